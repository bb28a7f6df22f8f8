//! A row of the screen, without hidden areas, and its parts between borders and wide gaps.

use std::ops::Range;

use ratatui_core::layout::{Position, Rect};
use telemetry_text::{CellStyle, Screen};

/// A cell, or the two cells of a wide character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowCell {
    /// The bytes of the text in [`ScreenRow::text`].
    pub(super) text: Range<usize>,
    pub(super) x: u16,
    pub(super) width: u16,
    pub(super) style: CellStyle,
}

/// The part of a row between borders or wide gaps: its cells, and its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowPart {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) left: u16,
    /// The column behind the last cell.
    pub(super) right: u16,
    /// The end of the last part before the next border.
    pub(super) end_of_pane: u16,
    /// Whether there is a blank in it.
    pub(super) has_blank: bool,
}

/// The cells of a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ScreenRow {
    pub(super) text: String,
    pub(super) cells: Vec<RowCell>,
    pub(super) parts: Vec<RowPart>,
    /// Whether it may have a part of the begin or the end of a private key in PEM.
    pub(super) may_have_pem: bool,
}

impl ScreenRow {
    /// Reads a row of the screen, without the hidden areas.
    pub(super) fn of(screen: &mut Screen, y: u16, hidden: &[Rect]) -> Self {
        let mut row = Self::default();
        let width = usize::from(screen.size().0);
        row.text.reserve(width);
        row.cells.reserve(width);
        let mut x = 0;
        screen.each_cell(y, |cell| {
            let is_hidden = !hidden.is_empty()
                && (x..x + cell.width)
                    .any(|x| hidden.iter().any(|area| area.contains(Position { x, y })));
            if is_hidden {
                for x in x..x + cell.width {
                    row.push(" ", x, 1, CellStyle::PLAIN);
                }
            } else if cell.text == " " {
                row.push(" ", x, 1, cell.style.of_blank());
            } else {
                row.push(cell.text, x, cell.width, cell.style);
            }
            x += cell.width;
        });
        row.find_parts();
        row.may_have_pem = row.text.contains("---");
        row
    }

    pub(super) fn push(&mut self, text: &str, x: u16, width: u16, style: CellStyle) {
        let start = self.text.len();
        self.text.push_str(text);
        self.cells.push(RowCell {
            text: start..self.text.len(),
            x,
            width,
            style,
        });
    }

    /// Returns the text of a cell.
    pub(super) fn text_of(&self, cell: &RowCell) -> &str {
        self.text.get(cell.text.clone()).unwrap_or(" ")
    }

    fn find_parts(&mut self) {
        let mut parts: Vec<RowPart> = Vec::new();
        // The first part behind the last border.
        let mut pane = 0;
        // Whether a border or a wide gap ends the last part.
        let (mut is_ended, mut blanks) = (true, 0);
        for (index, cell) in self.cells.iter().enumerate() {
            let text = self.text_of(cell);
            if text == " " {
                blanks += 1;
                is_ended |= blanks > 1;
                continue;
            }
            let is_after_blank = std::mem::take(&mut blanks) > 0;
            if is_border(text) {
                is_ended = true;
                end_pane(&mut parts[pane..]);
                pane = parts.len();
                continue;
            }
            let right = cell.x + cell.width;
            match parts.last_mut() {
                Some(part) if !is_ended => {
                    (part.last, part.right) = (index, right);
                    part.has_blank |= is_after_blank;
                }
                _ => parts.push(RowPart {
                    first: index,
                    last: index,
                    left: cell.x,
                    right,
                    end_of_pane: 0,
                    has_blank: false,
                }),
            }
            is_ended = false;
        }
        end_pane(&mut parts[pane..]);
        self.parts = parts;
    }
}

/// Notes the end of a pane in its parts.
fn end_pane(parts: &mut [RowPart]) {
    let end = parts.last().map_or(0, |last| last.right);
    for part in parts {
        part.end_of_pane = end;
    }
}

/// Returns whether a cell is a line or a block of a frame.
pub(super) fn is_border(text: &str) -> bool {
    text == "|" || text.starts_with(|found: char| ('\u{2500}'..='\u{259f}').contains(&found))
}
