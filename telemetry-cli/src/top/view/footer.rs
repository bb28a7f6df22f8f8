//! The line of the keys.

use ratatui_core::layout::Rect;

use super::canvas::Canvas;
use crate::top::page::Page;
use crate::top::state::{Panel, ViewState};

pub(super) fn draw(state: &ViewState, page: &Page<'_>, line: Rect, canvas: &mut Canvas<'_>) {
    if state.is_typing {
        let text = format!(
            "Filter: {}▏ Enter keeps, Esc clears",
            state.filter(state.focus)
        );
        canvas.text(line, 0, &text, Canvas::bold());
        return;
    }
    let of_panel = match state.focus {
        Panel::Sessions => "Enter requests  s sort  r reverse",
        Panel::Requests => "Enter waterfall  e next error  Esc back",
        Panel::Spans => "s sort  r reverse  e next error",
        Panel::Waterfall => "←→ fold  [ ] turn  e error  Esc back",
    };
    let paused = if state.is_paused { "PAUSED  " } else { "" };
    let text = format!("{paused}? keys  q quit  Tab panel  {of_panel}  / filter  p pause");
    canvas.text(line, 0, &text, Canvas::bold());
    let version = concat!("telemetry ", env!("CARGO_PKG_VERSION"));
    let used = u16::try_from(telemetry_text::columns(&text)).unwrap_or(u16::MAX);
    let processes = page.model.launches.alive();
    let note = format!("{processes} writing · {version}");
    canvas.right(line, used.saturating_add(2), &note, canvas.dim());
}
