//! The parser of `vt100`, and the cells that it has.

use std::num::NonZeroU16;

use super::cell::{self, ScreenCell};
use super::clusters::Clusters;
use crate::screen_size::{MAX_HEIGHT, MAX_WIDTH};

/// The last byte of U+FE0F, which makes the character before it wide.
const LAST_OF_WIDENING: u8 = 0x8f;

/// A parser without a scrollback.
pub(super) struct Parser(vt100::Parser);

impl Parser {
    pub(super) fn new(width: u16, height: u16) -> Self {
        let width = clamped(width, MAX_WIDTH);
        Self(vt100::Parser::new(clamped(height, MAX_HEIGHT), width, 0))
    }

    pub(super) fn set_size(&mut self, width: u16, height: u16) {
        let width = clamped(width, MAX_WIDTH);
        self.0.set_size(clamped(height, MAX_HEIGHT), width);
    }

    /// Returns the width and the height.
    pub(super) fn size(&self) -> (u16, u16) {
        let (height, width) = self.0.screen().size();
        (width.get(), height.get())
    }

    /// Returns the column and the row of the cursor. The column is the width behind a character in the last column.
    pub(super) fn cursor(&self) -> (u16, u16) {
        let (y, x) = self.0.screen().cursor_position();
        (x, y)
    }

    pub(super) fn hides_cursor(&self) -> bool {
        self.0.screen().hide_cursor()
    }

    /// Interprets bytes.
    ///
    /// Where a character in the last column of the last row becomes wide, `vt100` leaves a wide cell without a second half behind,
    /// and panics when that cell is drawn again, or at once on a screen of one column. Such a cell is erased.
    pub(super) fn process(&mut self, bytes: &[u8]) {
        let (width, _) = self.size();
        for part in bytes.split_inclusive(|byte| *byte == LAST_OF_WIDENING) {
            let Some(before) = part.strip_suffix(&[LAST_OF_WIDENING]) else {
                self.0.process(part);
                continue;
            };
            self.0.process(if width == 1 { before } else { part });
            let (x, y) = self.cursor();
            let above = y
                .checked_sub(1)
                .and_then(|y| self.0.screen().cell(y, width - 1));
            if above.is_some_and(vt100::Cell::is_wide) {
                let erase = format!("\x1b[A\x1b[{width}G\x1b[K\x1b[B\x1b[{}G", x + 1);
                self.0.process(erase.as_bytes());
            }
        }
    }

    /// Calls `each` with the cells of a row as the parser has them, and with the character or the representative of a cell that has
    /// only one.
    pub(super) fn each_cell(
        &self,
        clusters: &Clusters,
        y: u16,
        mut each: impl FnMut(Option<char>, ScreenCell<'_>),
    ) {
        let screen = self.0.screen();
        let (width, _) = self.size();
        let mut x = 0;
        while let Some(cell) = screen.cell(y, x) {
            let columns = if cell.is_wide() && x + 1 < width {
                2
            } else {
                1
            };
            let contents = if cell.is_wide_continuation() {
                ""
            } else {
                cell.contents()
            };
            let mut characters = contents.chars();
            let first = characters.next().unwrap_or(' ');
            let text = clusters.get(first).unwrap_or(contents);
            let shown = ScreenCell {
                text: if text.is_empty() { " " } else { text },
                width: columns,
                style: cell::style(cell),
            };
            let is_simple = characters.next().is_none() && cell.is_wide() == (columns == 2);
            each(is_simple.then_some(first), shown);
            x += columns;
        }
    }
}

fn clamped(size: u16, max: u16) -> NonZeroU16 {
    NonZeroU16::new(size.min(max)).unwrap_or(NonZeroU16::MIN)
}
