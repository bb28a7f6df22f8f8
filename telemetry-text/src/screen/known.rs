//! The rows whose cells are known without the parser.
//!
//! A user interface draws cells, and a recording reads them at the end of a frame. With the parser, both take several hundred
//! instructions for each cell. A cell of a known row is replaced without the parser, if the new character has the columns of the old
//! one or two narrow ones, so that no other cell changes. The parser receives the replaced cells before it interprets other bytes.

use crate::cell_style::CellStyle;

/// A cell of a known row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownCell {
    pub(super) text: char,
    /// 1, 2, or 0 for the second half of a wide character.
    pub(super) columns: u16,
    pub(super) style: CellStyle,
}

impl KnownCell {
    const BLANK: Self = Self {
        text: ' ',
        columns: 1,
        style: CellStyle::PLAIN,
    };
    pub(super) const SECOND_HALF: Self = Self {
        columns: 0,
        ..Self::BLANK
    };
}

/// A row, one cell for each column.
#[derive(Clone, Debug)]
struct KnownRow {
    cells: Vec<KnownCell>,
    /// The first column of the cells that the parser does not have, and the column behind the last one.
    unsent: Option<(u16, u16)>,
}

/// The rows of a screen.
#[derive(Debug)]
pub(super) struct KnownRows {
    rows: Vec<Option<KnownRow>>,
    has_unsent: bool,
    /// The last cell that was put, and whether the cursor was moved since.
    last: Option<(u16, u16)>,
    is_moved: bool,
}

impl KnownRows {
    /// Returns rows that are blank.
    pub(super) fn blank(width: u16, height: u16) -> Self {
        let row = KnownRow {
            cells: vec![KnownCell::BLANK; width.into()],
            unsent: None,
        };
        Self {
            rows: vec![Some(row); height.into()],
            has_unsent: false,
            last: None,
            is_moved: false,
        }
    }

    /// Returns rows none of which is known.
    pub(super) fn unknown(height: u16) -> Self {
        Self {
            rows: vec![None; height.into()],
            has_unsent: false,
            last: None,
            is_moved: false,
        }
    }

    /// Returns whether the parser does not have all cells.
    pub(super) fn has_unsent(&self) -> bool {
        self.has_unsent
    }

    pub(super) fn is_known(&self, y: u16) -> bool {
        self.row(y).is_some()
    }

    pub(super) fn row(&self, y: u16) -> Option<&[KnownCell]> {
        let row = self.rows.get(usize::from(y))?.as_ref()?;
        Some(&row.cells)
    }

    /// Sets the cells of a row that the parser has.
    pub(super) fn set(&mut self, y: u16, cells: Vec<KnownCell>) {
        if let Some(row) = self.rows.get_mut(usize::from(y)) {
            *row = Some(KnownRow {
                cells,
                unsent: None,
            });
        }
    }

    pub(super) fn forget(&mut self, y: u16) {
        if let Some(row) = self.rows.get_mut(usize::from(y)) {
            *row = None;
        }
    }

    pub(super) fn forget_all(&mut self) {
        self.rows.fill(None);
    }

    /// Puts a cell into a known row. Returns `false` if this would change other cells as well.
    pub(super) fn put(&mut self, x: u16, y: u16, cell: KnownCell) -> bool {
        let row = self.rows.get_mut(usize::from(y));
        let Some(row) = row.and_then(Option::as_mut) else {
            return false;
        };
        let end = x.saturating_add(cell.columns);
        let Some(old) = row.cells.get_mut(usize::from(x)..usize::from(end)) else {
            return false;
        };
        match old {
            [old] if old.columns == 1 => *old = cell,
            [first, second] if matches!((first.columns, second.columns), (1, 1) | (2, 0)) => {
                (*first, *second) = (cell, KnownCell::SECOND_HALF);
            }
            _ => return false,
        }
        let (from, to) = row.unsent.unwrap_or((x, end));
        row.unsent = Some((from.min(x), to.max(end)));
        self.has_unsent = true;
        self.last = Some((x, y));
        self.is_moved = false;
        true
    }

    /// Notes that the parser has moved the cursor.
    pub(super) fn move_cursor(&mut self) {
        self.is_moved = true;
    }

    /// Returns the column and the row behind the last cell, unless the cursor was moved since.
    pub(super) fn cursor(&self) -> Option<(u16, u16)> {
        let (x, y) = self.last.filter(|_| !self.is_moved)?;
        let cell = self.row(y)?.get(usize::from(x))?;
        Some((x + cell.columns, y))
    }

    /// Returns the column, the row and the contents of the last cell that was put, and forgets its place.
    pub(super) fn take_last(&mut self) -> Option<(u16, u16, KnownCell)> {
        let (x, y) = self.last.take()?;
        Some((x, y, *self.row(y)?.get(usize::from(x))?))
    }

    /// Returns the cells that the parser does not have, each time with the row and the first column. The parser has them
    /// afterwards.
    pub(super) fn take_unsent(&mut self) -> Vec<(u16, u16, Vec<KnownCell>)> {
        self.has_unsent = false;
        let mut unsent = Vec::new();
        for (y, row) in (0..).zip(&mut self.rows) {
            let Some(row) = row else { continue };
            if let Some((first, end)) = row.unsent.take() {
                let cells = row.cells.get(usize::from(first)..usize::from(end));
                unsent.push((y, first, cells.unwrap_or_default().to_vec()));
            }
        }
        unsent
    }
}
