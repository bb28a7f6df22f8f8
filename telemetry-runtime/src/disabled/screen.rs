//! Mirrors `enabled/screen`: nothing is recorded.
#![expect(
    clippy::unused_self,
    reason = "the signatures are those of the build with `enabled`"
)]

use ratatui_core::backend::ClearType;
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Rect, Size};

#[derive(Debug)]
pub(crate) struct Recorder;

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn is_recording(&mut self, size: impl FnOnce() -> Option<Size>) -> bool {
        false
    }

    pub(crate) fn hide(&mut self, area: Rect) {}
    pub(crate) fn show_all(&mut self) {}
    pub(crate) fn cell(&mut self, x: u16, y: u16, cell: &Cell) {}
    pub(crate) fn append_lines(&mut self, lines: u16) {}
    pub(crate) fn show_cursor(&mut self, is_shown: bool) {}
    pub(crate) fn move_cursor(&mut self, position: Position) {}
    pub(crate) fn clear(&mut self, clear_type: ClearType) {}
    #[inline]
    pub(crate) fn observe_size(&self, size: Size) {}
    #[inline]
    pub(crate) fn end_frame(&mut self) {}
    #[cfg(feature = "ratatui-scrolling-regions")]
    pub(crate) fn scroll(&mut self, rows: std::ops::Range<u16>, lines: u16, down: bool) {}
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {}
}
