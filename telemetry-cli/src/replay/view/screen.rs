//! The screen of the host.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Modifier, Style};
use ratatui_core::text::Span;
use telemetry_text::columns;

use super::style::style;
use crate::recording::ShownScreen;

/// Draws the part of a screen that begins at a column and a row.
pub(super) fn draw(
    screen: &ShownScreen,
    has_color: bool,
    area: Rect,
    (left, top): (usize, usize),
    buffer: &mut Buffer,
) {
    for (row, y) in screen
        .rows()
        .iter()
        .skip(top)
        .zip(area.top()..area.bottom())
    {
        let mut column = 0;
        for (text, parameters) in row.parts() {
            let style = style(parameters, has_color);
            for cluster in Span::raw(text).styled_graphemes(style) {
                let width = columns(cluster.symbol);
                let start = column;
                column += width;
                // Half of a wide character cannot be shown.
                let is_shown = start >= left && column <= left + usize::from(area.width);
                if is_shown && width > 0 {
                    let x = area.x + u16::try_from(start - left).unwrap_or(u16::MAX);
                    buffer.set_stringn(x, y, cluster.symbol, width, style);
                }
            }
        }
    }
    if let Some((x, y)) = screen.cursor
        && let (Some(x), Some(y)) = (x.checked_sub(left), y.checked_sub(top))
        && let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y))
        && x < area.width
        && y < area.height
    {
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        buffer.set_style(Rect::new(area.x + x, area.y + y, 1, 1), reversed);
    }
}
