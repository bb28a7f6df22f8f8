//! Tables for people: aligned columns that fit a width.
//!
//! The first column may be a [key](Column::key), which names the subject of a row. If the width does not suffice for the keys and
//! the columns that are never removed, the table is stacked: each row begins with a line for its key. A text is cut only after all
//! columns of a higher rank are removed. A [whole](Column::whole) text is never cut, but moves below its row.

mod cell;
mod column;
mod layout;
mod widths;
mod wrap;

#[cfg(test)]
mod tests;

use crate::columns;
use widths::{INDENT, Widths, total};

pub use cell::Cell;
pub use column::Column;
pub use layout::Layout;

/// Rows of cells under titles. `R` is the caller's data about a row, such as its colour.
#[derive(Debug)]
pub struct Table<R> {
    columns: Vec<Column>,
    rows: Vec<(R, Vec<Cell>)>,
}

impl<R> Table<R> {
    /// Creates a table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column, in the order of the columns.
    pub fn row(&mut self, row: R, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push((row, cells.into_iter().collect()));
    }

    /// Returns the table laid out in at most `limit` terminal columns: columns are removed by their
    /// [`rank`](Column::rank), then the texts of the highest rank are cut, the widest first, and then a table with keys is
    /// stacked. Without a limit nothing is cut. A table is wider than the limit where its numbers alone are.
    pub fn layout(&self, limit: Option<usize>) -> Layout<'_, R> {
        let mut widths = Widths {
            columns: &self.columns,
            shown: self.needed_widths(),
        };
        let is_stacked = limit.is_some_and(|limit| widths.need_stacking(limit));
        if let Some(limit) = limit {
            // A stacked key has a line of its own.
            let key = widths.shown.first_mut();
            let key = key.filter(|_| is_stacked).and_then(Option::take);
            widths.fit(limit.saturating_sub(if is_stacked { INDENT } else { 0 }));
            if let Some(key) = key {
                widths.shown[0] = Some(key.min(limit));
            }
        }
        Layout {
            columns: &self.columns,
            rows: &self.rows,
            widths: widths.shown,
            is_stacked,
            limit,
        }
    }

    /// Returns the width that each column needs for its widest cell.
    fn needed_widths(&self) -> Vec<Option<usize>> {
        let widest = |at: usize| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at));
            let lines = cells.flat_map(|cell| &cell.0);
            lines.map(|line| columns(line)).max().unwrap_or(0)
        };
        let width = |(at, column): (usize, &Column)| Some(widest(at).max(columns(column.title())));
        let mut widths: Vec<_> = self.columns.iter().enumerate().map(width).collect();
        for at in 1..widths.len() {
            let group = self.columns[at].group;
            let is_last = self
                .columns
                .get(at + 1)
                .is_none_or(|next| next.group != group);
            if !group.is_empty() && is_last {
                let first = self.columns[..at]
                    .iter()
                    .rposition(|column| column.group != group);
                let needed = columns(group)
                    .saturating_sub(total(&widths[first.map_or(0, |it| it + 1)..=at]));
                widths[at] = widths[at].map(|width| width + needed);
            }
        }
        widths
    }
}
