//! The conversation on the screen.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};

use super::wrap::wrap;

/// The speaker or the kind of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    User,
    Assistant,
    /// A detail of an answer, such as its reasoning.
    Detail,
    /// A message of the demo itself.
    Notice,
    Error,
}

#[derive(Debug)]
struct Cell {
    kind: CellKind,
    text: String,
}

impl Cell {
    fn style(&self) -> Style {
        match self.kind {
            CellKind::User => Style::new().add_modifier(Modifier::BOLD),
            CellKind::Assistant => Style::new(),
            CellKind::Detail => Style::new().add_modifier(Modifier::DIM),
            CellKind::Notice => Style::new().fg(Color::Cyan),
            CellKind::Error => Style::new().fg(Color::Red),
        }
    }

    /// Returns the rows of the cell, with a sign before the first one.
    fn rows(&self, width: usize) -> Vec<String> {
        let sign = match self.kind {
            CellKind::User => "> ",
            CellKind::Error => "! ",
            CellKind::Assistant | CellKind::Detail | CellKind::Notice => "  ",
        };
        let rows = wrap(&self.text, width.saturating_sub(sign.len()));
        let sign_of = |at| if at == 0 { sign } else { "  " };
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, row)| format!("{}{row}", sign_of(at)))
            .collect()
    }
}

/// The cells of the conversation.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    cells: Vec<Cell>,
    /// The rows below the area; 0 follows the conversation.
    scrolled: usize,
}

impl Transcript {
    pub(crate) fn push(&mut self, kind: CellKind, text: impl Into<String>) {
        let text = text.into();
        self.cells.push(Cell { kind, text });
        self.scrolled = 0;
    }

    /// Adds text to an answer that is the last cell, or begins an answer.
    pub(crate) fn extend_answer(&mut self, text: &str) {
        match self.cells.last_mut() {
            Some(cell) if cell.kind == CellKind::Assistant => cell.text.push_str(text),
            _ => self.push(CellKind::Assistant, text),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.cells.clear();
        self.scrolled = 0;
    }

    /// Scrolls up by a number of rows, or down by a negative one.
    pub(crate) fn scroll(&mut self, rows: isize) {
        self.scrolled = self.scrolled.saturating_add_signed(rows);
    }

    pub(crate) fn render(&mut self, area: Rect, screen: &mut Buffer) {
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        // From the last row up, so that a long conversation costs no more than a short one.
        let wanted = self.scrolled + height;
        let mut rows = Vec::new();
        for (at, cell) in self.cells.iter().enumerate().rev() {
            let style = cell.style();
            rows.extend(cell.rows(width).into_iter().rev().map(|row| (row, style)));
            if cell.kind == CellKind::User && at > 0 {
                rows.push((String::new(), style));
            }
            if rows.len() > wanted {
                break;
            }
        }
        self.scrolled = self.scrolled.min(rows.len().saturating_sub(height));
        let visible = rows.iter().skip(self.scrolled).take(height);
        let count = visible.len();
        for ((row, style), y) in visible.rev().zip(area.y..) {
            debug_assert!(count <= height, "{count} rows in {height}");
            screen.set_stringn(area.x, y, row, width, *style);
        }
    }
}
