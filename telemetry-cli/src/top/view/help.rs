//! The list of keys over the panels.

use super::canvas::Canvas;
use crate::terminal::screen::{centered, line};

/// The keys and their effects.
const KEYS: [(&str, &str); 16] = [
    ("↑ ↓ j k, wheel", "move"),
    ("PgUp PgDn", "move by a page"),
    ("Home End g G", "first and last row"),
    ("Tab, 1 to 4", "next panel, this panel"),
    ("Enter, click", "select, then open"),
    ("Esc, Backspace", "clear the filter, go back"),
    ("← → - +", "waterfall: hide, show children"),
    ("[ ]", "previous and next turn"),
    ("e", "next error"),
    ("s > F6", "sort by the next column"),
    ("r I", "reverse the order"),
    ("/ F3 F4", "filter the panel"),
    ("p Space", "pause, continue"),
    ("Ctrl-L", "draw again"),
    ("Ctrl-Z", "stop; fg continues"),
    ("q F10 Ctrl-C", "quit"),
];
/// The width with the frame.
const WIDTH: u16 = 52;

pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let height = u16::try_from(KEYS.len()).unwrap_or(u16::MAX) + 2;
    let area = centered(canvas.area(), WIDTH, height);
    canvas.clear(area);
    let inner = usize::from(area.width.saturating_sub(2));
    let title = format!("┌ Keys {}┐", "─".repeat(inner.saturating_sub(6)));
    canvas.text(line(area, 0), 0, &title, Canvas::bold());
    for (at, (keys, meaning)) in (1..area.height.saturating_sub(1)).zip(KEYS) {
        let text = format!(" {}{meaning}", telemetry_text::pad_right(keys, 16));
        let text = telemetry_text::pad_right(&telemetry_text::cut(&text, inner), inner);
        canvas.text(line(area, at), 0, &format!("│{text}│"), Canvas::plain());
    }
    let bottom = format!("└{}┘", "─".repeat(inner));
    let last = area.height.saturating_sub(1);
    canvas.text(line(area, last), 0, &bottom, Canvas::bold());
}
