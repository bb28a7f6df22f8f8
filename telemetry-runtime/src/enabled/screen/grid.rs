//! The rows of the screen at the end of a frame. Only rows that may have changed are read again.

use std::sync::Arc;

use ratatui_core::layout::Rect;
use telemetry_text::Screen;

use super::row::ScreenRow;

/// The rows. An unchanged row is shared by the frames.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub(super) rows: Vec<Arc<ScreenRow>>,
    /// The size of the screen and the areas for which the rows were read.
    size: (u16, u16),
    hidden: Vec<Rect>,
}

impl Grid {
    /// Reads the rows that may have changed, without the hidden areas.
    pub(super) fn update(&mut self, screen: &mut Screen, hidden: &[Rect]) {
        let mut changed = screen.take_changed_rows();
        let size = screen.size();
        if self.size != size || self.hidden != hidden {
            changed = (0..size.1).collect();
            self.size = size;
            self.hidden = hidden.to_vec();
            self.rows.resize_with(size.1.into(), Arc::default);
        }
        for y in changed {
            let row = ScreenRow::of(screen, y, hidden);
            if let Some(known) = self.rows.get_mut(usize::from(y))
                && **known != row
            {
                *known = Arc::new(row);
            }
        }
    }
}

/// Returns the number of cells in the rows that another screen does not share, or `None` if both have the same rows in memory,
/// which are equal then.
pub(super) fn changed_cells(rows: &[Arc<ScreenRow>], others: &[Arc<ScreenRow>]) -> Option<usize> {
    let mut is_changed = rows.len() != others.len();
    let mut cells = 0;
    for (y, row) in rows.iter().enumerate() {
        if !others.get(y).is_some_and(|other| Arc::ptr_eq(row, other)) {
            is_changed = true;
            cells += row.cells.len();
        }
    }
    is_changed.then_some(cells)
}
