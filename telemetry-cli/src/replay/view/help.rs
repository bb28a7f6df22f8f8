//! The list of keys over the screen.

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Modifier, Style};
use telemetry_text::{columns, cut};

use crate::terminal::screen::centered;

/// The keys and their effects.
const KEYS: [(&str, &str); 9] = [
    ("Space", "pause, continue; at the end play again"),
    ("← →", "one frame back, one frame on"),
    ("n N", "next error, error before"),
    ("+ -", "faster, slower"),
    ("Home End", "first frame, last frame"),
    (
        "h j k l",
        "move over a screen that is larger than this terminal; 0 follows the cursor",
    ),
    ("Tab", "show or hide spans and requests"),
    ("?", "show the keys; any key hides them"),
    ("q Esc", "quit"),
];

pub(super) fn draw(buffer: &mut Buffer) {
    let lines = KEYS.map(|(keys, meaning)| format!(" {keys:9} {meaning} "));
    let widest = lines.iter().map(|line| columns(line)).max().unwrap_or(0);
    let size = |size: usize| u16::try_from(size).unwrap_or(u16::MAX);
    let area = centered(buffer.area, size(widest), size(lines.len()));
    let style = Style::reset().add_modifier(Modifier::REVERSED);
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        let room = usize::from(area.width);
        let line = cut(line, room);
        let padding = " ".repeat(room.saturating_sub(columns(&line)));
        buffer.set_stringn(area.x, y, format!("{line}{padding}"), room, style);
    }
}
