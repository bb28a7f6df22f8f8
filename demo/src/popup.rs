//! The frame of a popup.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use ratatui_widgets::clear::Clear;

/// Draws a frame in the middle of an area and returns the area inside. `size` is the width and the height that the
/// content needs; a smaller area limits it.
pub(crate) fn frame(title: &str, size: (u16, u16), area: Rect, screen: &mut Buffer) -> Rect {
    let width = size.0.saturating_add(2).min(area.width);
    let height = size.1.saturating_add(2).min(area.height);
    let outside = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    Clear.render(outside, screen);
    let block = Block::bordered().title(format!(" {title} "));
    let inside = block.inner(outside);
    block.render(outside, screen);
    inside
}
