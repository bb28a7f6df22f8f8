//! Finds the secrets on a screen, also those that wrap over rows.
//!
//! The screen is read several times: row by row, and along the parts of rows that are below each other. A word that was
//! wrapped ends where its part ends, and continues where the part below begins; so the parts are joined there without a
//! space. Joined with a space and with a newline, a name is found above its value. A false positive costs the reader of the
//! recording one word.
//!
//! The text that is read grows linearly with the text of the screen, because [`Sharing`] limits the parts that are read twice.

use std::ops::Range;
use std::sync::Arc;

use super::row::{RowPart, ScreenRow, is_border};
use crate::enabled::mask;

/// How often the screen is read again after a secret was found, because its replacement can make another one recognizable.
const MAX_READS: usize = 3;

/// The limits for a chain that continues below a part which another chain has as well.
#[derive(Clone, Copy)]
pub(super) struct Sharing {
    /// The text that all chains may have in common, as a multiple of the text of the screen.
    pub(super) text: usize,
    /// Parts with blanks: a wrapped key has none, and its name may be in the part before it.
    pub(super) with_blanks: usize,
}

pub(super) const SHARING: Sharing = Sharing {
    text: 4,
    with_blanks: 2,
};

/// For each row the cells that are secrets; empty for a row without one.
pub(super) type Marks = Vec<Vec<bool>>;

/// A part of a row, with the index of the row.
#[derive(Clone, Copy, Debug)]
struct PlacedPart {
    y: usize,
    part: RowPart,
}

/// Parts that are below each other.
#[derive(Debug, Default)]
struct Chain {
    parts: Vec<PlacedPart>,
    /// The number of parts with blanks that may still be added, if another chain has the further parts as well.
    shared: Option<usize>,
}

/// Cells of one row that are one after the other in a view, and the place of their text in it.
struct Piece {
    start: usize,
    y: usize,
    cells: Range<usize>,
}

/// A text with the place of its cells.
struct TextView {
    text: String,
    pieces: Vec<Piece>,
}

impl TextView {
    fn with_capacity(text: usize, pieces: usize) -> Self {
        Self {
            text: String::with_capacity(text),
            pieces: Vec::with_capacity(pieces),
        }
    }

    fn push_cells(
        &mut self,
        rows: &[Arc<ScreenRow>],
        marks: &Marks,
        y: usize,
        cells: Range<usize>,
    ) {
        let (row, marks) = (&*rows[y], &*marks[y]);
        self.pieces.push(Piece {
            start: self.text.len(),
            y,
            cells: cells.clone(),
        });
        if marks.is_empty() {
            self.text.push_str(whole_text(row, cells));
            return;
        }
        for index in cells {
            self.text.push_str(text_of(row, marks, index));
        }
    }

    /// Marks the cells of the secrets in the text. Returns whether one is marked that `marks` does not have.
    fn find(&self, rows: &[Arc<ScreenRow>], marks: &Marks, found: &mut Marks) -> bool {
        let mut is_new = false;
        for secret in mask::secrets(self.text.as_bytes()) {
            // The last piece that begins before the secret, and the pieces in it.
            let after = self
                .pieces
                .partition_point(|piece| piece.start <= secret.start);
            for piece in &self.pieces[after.saturating_sub(1)..] {
                if piece.start >= secret.end {
                    break;
                }
                is_new |= mark_piece(rows, marks, piece, &secret, found);
            }
        }
        is_new
    }
}

/// Marks the cells of a piece that are in a secret. Returns whether one is marked that `marks` does not have.
fn mark_piece(
    rows: &[Arc<ScreenRow>],
    marks: &Marks,
    piece: &Piece,
    secret: &Range<usize>,
    found: &mut Marks,
) -> bool {
    let row = &rows[piece.y];
    let mut is_new = false;
    let mut at = piece.start;
    for index in piece.cells.clone() {
        if at >= secret.end {
            break;
        }
        let text = text_of(row, &marks[piece.y], index);
        at += text.len();
        let is_marked = marks[piece.y].get(index) == Some(&true);
        if at > secret.start && !is_marked && !is_border(text) {
            let found = &mut found[piece.y];
            found.resize(row.cells.len(), false);
            found[index] = true;
            is_new = true;
        }
    }
    is_new
}

/// Returns the bytes of all rows, each with a separator.
fn size_of(rows: &[Arc<ScreenRow>]) -> usize {
    rows.iter().map(|row| row.text.len() + 1).sum()
}

/// Returns the text of a cell, without a secret.
fn text_of<'a>(row: &'a ScreenRow, marks: &[bool], index: usize) -> &'a str {
    match marks.get(index) {
        Some(true) => "*",
        _ => row.text_of(&row.cells[index]),
    }
}

/// Returns the text of cells that are one after the other.
fn whole_text(row: &ScreenRow, cells: Range<usize>) -> &str {
    let text = match (row.cells.get(cells.start), cells.end.checked_sub(1)) {
        (Some(first), Some(last)) => first.text.start..row.cells[last].text.end,
        _ => 0..0,
    };
    row.text.get(text).unwrap_or_default()
}

/// Returns the secrets.
pub(super) fn secrets(rows: &[Arc<ScreenRow>]) -> Marks {
    secrets_and_read(rows, SHARING).0
}

/// Returns the secrets, and the number of bytes that were read for them.
pub(super) fn secrets_and_read(rows: &[Arc<ScreenRow>], sharing: Sharing) -> (Marks, usize) {
    let mut read = 0;
    let chains = chains(rows, sharing);
    let mut marks = vec![Vec::new(); rows.len()];
    for _ in 0..MAX_READS {
        // The part of a secret that one view finds must not hide the secret from the next view.
        let mut found = marks.clone();
        let mut views: Vec<TextView> = vec![of_rows(rows, &marks)];
        for join in [Join::Word, Join::Space, Join::Newline] {
            let view = of_chains(rows, &marks, &chains, join);
            if views.iter().all(|known| known.text != view.text) {
                views.push(view);
            }
        }
        let mut is_new = false;
        for view in views {
            read += view.text.len();
            is_new |= view.find(rows, &marks, &mut found);
        }
        if !is_new {
            break;
        }
        marks = found;
    }
    (marks, read)
}

/// Returns all rows, one below the other.
fn of_rows(rows: &[Arc<ScreenRow>], marks: &Marks) -> TextView {
    let mut view = TextView::with_capacity(size_of(rows), rows.len());
    for (y, row) in rows.iter().enumerate() {
        if !row.cells.is_empty() {
            view.push_cells(rows, marks, y, 0..row.cells.len());
        }
        view.text.push('\n');
    }
    view
}

/// How the parts of a chain are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// Without a separator where a word may continue.
    Word,
    Space,
    Newline,
}

fn of_chains(rows: &[Arc<ScreenRow>], marks: &Marks, chains: &[Chain], join: Join) -> TextView {
    let parts = chains.iter().map(|chain| chain.parts.len() + 1).sum();
    let mut view = TextView::with_capacity(2 * size_of(rows), parts);
    for chain in chains {
        let mut above: Option<PlacedPart> = None;
        // The end of the rows in which the last word was wrapped.
        let mut end_of_rows = 0;
        for place in &chain.parts {
            if let Some(above) = above {
                let continued = is_continued(rows, above, place.part, end_of_rows);
                end_of_rows = continued.unwrap_or(0);
                view.text.push_str(match join {
                    Join::Word if continued.is_some() => "",
                    Join::Space => " ",
                    Join::Word | Join::Newline => "\n",
                });
            }
            let cells = place.part.first..place.part.last + 1;
            view.push_cells(rows, marks, place.y, cells);
            above = Some(*place);
        }
        view.text.push_str("\n\n");
    }
    view
}

/// Returns the column at which the rows of a wrapped word end, if the last word of a part may continue in the part below: the
/// part has its full width, or ends with a character at which words are wrapped. `end_of_rows` is the result for the row
/// before, or 0. The last row of the word may be shorter.
fn is_continued(
    rows: &[Arc<ScreenRow>],
    place: PlacedPart,
    below: RowPart,
    end_of_rows: u16,
) -> Option<u16> {
    let above = place.part;
    // The last column stays free where a wide character did not fit.
    if above.right + 1 >= below.right.max(end_of_rows) {
        return Some(above.right.max(end_of_rows));
    }
    let row = &rows[place.y];
    let ends_inside = row
        .text_of(&row.cells[above.last])
        .ends_with(['-', '_', '.', '/', '+', '=', ':', '\\', '?', '&', '%', ',']);
    ends_inside.then_some(above.end_of_pane.max(end_of_rows))
}

/// Returns the parts of all rows, each chain with the parts that are below each other. Where chains meet, only the last one
/// continues without a limit. The others continue within the limits of [`Sharing`], which suffice for a secret that begins in
/// them, because without limits the text would grow with each row in which chains meet.
fn chains(rows: &[Arc<ScreenRow>], sharing: Sharing) -> Vec<Chain> {
    let mut done: Vec<Chain> = Vec::new();
    let mut open: Vec<Chain> = Vec::new();
    // A private key in PEM has many rows, and the words of its begin and its end may be wrapped.
    let may_have_pem = rows.iter().any(|row| row.may_have_pem);
    let with_blanks = if may_have_pem {
        usize::MAX
    } else {
        sharing.with_blanks
    };
    let mut left_to_share = size_of(rows).saturating_mul(sharing.text);
    for (y, row) in rows.iter().enumerate() {
        let mut next = Vec::new();
        for part in &row.parts {
            let place = PlacedPart { y, part: *part };
            let is_above = |chain: &mut Chain| {
                let last = chain.parts.last();
                last.is_some_and(|above| {
                    above.part.left < part.right && part.left < above.part.right
                })
            };
            // A row may continue below the left one of its parts although the last one was wrapped.
            let mut above: Vec<Chain> = open.extract_if(.., is_above).collect();
            if above.is_empty() {
                above.push(Chain::default());
            }
            let whole = above.iter().rposition(|chain| chain.shared.is_none());
            let len = whole_text(row, part.first..part.last + 1).len() + 1;
            for (index, mut chain) in above.into_iter().enumerate() {
                if Some(index) != whole {
                    let blanks = chain.shared.unwrap_or(with_blanks);
                    let left = blanks.checked_sub(usize::from(part.has_blank));
                    let is_within = len <= left_to_share;
                    let Some(left) = left.filter(|_| blanks > 0 && is_within) else {
                        done.push(chain);
                        continue;
                    };
                    left_to_share -= len;
                    chain.shared = Some(left);
                }
                chain.parts.push(place);
                next.push(chain);
            }
        }
        done.append(&mut open);
        open = next;
    }
    done.append(&mut open);
    done
}
