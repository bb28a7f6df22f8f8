//! One line of the screen, for which a small terminal may have no room.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

/// Draws text into the first row of an area. An empty area, which may lie outside of the screen, has no row.
pub(crate) fn draw_line(text: impl AsRef<str>, area: Rect, style: Style, screen: &mut Buffer) {
    if !area.is_empty() {
        screen.set_stringn(area.x, area.y, text, area.width.into(), style);
    }
}
