//! The rows of a screen as JSON, without their secrets.

use std::sync::Arc;

use telemetry_text::CellStyle;

use super::row::ScreenRow;
use super::wrapped::{self, Marks};
use crate::enabled::json;
use crate::enabled::mask::REDACTED;

/// Bytes that the text of one row may take. A row of a thousand wide characters has 3,000.
const MAX_ROW: usize = 16 * 1024;
/// Changes of style that are kept in one row.
const MAX_STYLES: usize = 500;

/// The rows of a screen. Screens share the rows in which they do not differ.
pub(super) type Rows = Arc<[Arc<ScreenRow>]>;

/// The rows of a screen with their secrets marked, and as JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct MaskedRows {
    source: Rows,
    marks: Marks,
    /// Each row as a JSON object.
    pub(super) json: Vec<Arc<[u8]>>,
}

impl MaskedRows {
    /// Masks a screen. `known` has the rows of an earlier one, of which those are taken that are unchanged.
    pub(super) fn of(source: Rows, known: &Self) -> Self {
        let marks = wrapped::secrets(&source);
        let rows = source.iter().zip(&marks).enumerate();
        let json = rows.map(|(y, (row, marks))| {
            let is_known = known.source.get(y).is_some_and(|old| Arc::ptr_eq(old, row))
                && known.marks.get(y) == Some(marks);
            match known.json.get(y).filter(|_| is_known) {
                Some(json) => Arc::clone(json),
                None if marks.is_empty() => json_row(y, row).into(),
                None => json_row(y, &redacted(row, marks)).into(),
            }
        });
        Self {
            json: json.collect(),
            source,
            marks,
        }
    }

    /// Returns the rows that are not those of another screen, or all of them.
    pub(super) fn changed(&self, other: &Self, all: bool) -> Vec<&[u8]> {
        let is_changed = |y: usize, row: &Arc<[u8]>| {
            let old = other.json.get(y);
            old.is_none_or(|old| !Arc::ptr_eq(old, row) && old != row)
        };
        let rows = self.json.iter().enumerate();
        rows.filter(|(y, row)| all || is_changed(*y, row))
            .map(|(_, row)| &row[..])
            .collect()
    }
}

/// Returns the row with `[redacted]` in place of the cells that are marked as secret, in the columns that they take.
pub(super) fn redacted(old: &ScreenRow, marks: &[bool]) -> ScreenRow {
    let mut row = ScreenRow::default();
    let mut at = 0;
    while let Some(first) = old.cells.get(at) {
        let is_marked = |marked: &&bool| **marked;
        let count = marks[at..].iter().take_while(is_marked).count();
        if count == 0 {
            row.push(old.text_of(first), first.x, first.width, first.style);
            at += 1;
            continue;
        }
        let columns = old.cells[at..at + count].iter().map(|cell| cell.width);
        push_redacted(&mut row, first.x, columns.sum(), first.style);
        at += count;
    }
    row
}

fn push_redacted(row: &mut ScreenRow, x: u16, columns: u16, style: CellStyle) {
    let word = if usize::from(columns) >= REDACTED.len() {
        REDACTED
    } else {
        ""
    };
    let letters = word
        .char_indices()
        .map(|(at, letter)| &word[at..at + letter.len_utf8()]);
    for (x, letter) in (x..x + columns).zip(letters.chain(std::iter::repeat("*"))) {
        row.push(letter, x, 1, style);
    }
}

fn json_row(y: usize, row: &ScreenRow) -> Vec<u8> {
    let end = row
        .cells
        .iter()
        .rposition(|cell| row.text_of(cell) != " " || cell.style != CellStyle::PLAIN)
        .map_or(0, |last| last + 1);
    let (mut len, mut chars) = (0, 0);
    let mut styles: Vec<(usize, usize, CellStyle)> = Vec::new();
    for cell in &row.cells[..end] {
        let part = row.text_of(cell);
        if len + part.len() > MAX_ROW {
            break;
        }
        let count = part.chars().count();
        let is_full = styles.len() == MAX_STYLES;
        match styles.last_mut() {
            Some((start, len, style)) if *style == cell.style && *start + *len == chars => {
                *len += count;
            }
            _ if cell.style == CellStyle::PLAIN || is_full => {}
            _ => styles.push((chars, count, cell.style)),
        }
        len += part.len();
        chars += count;
    }
    let mut out = b"{\"y\":".to_vec();
    json::unsigned(&mut out, y as u64).extend_from_slice(b",\"text\":");
    // The texts of the cells are one after the other.
    json::string(&mut out, row.text.get(..len).unwrap_or_default());
    for (index, (start, len, style)) in styles.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b",\"style\":[[" } else { b",[" });
        json::unsigned(&mut out, *start as u64).push(b',');
        json::unsigned(&mut out, *len as u64).push(b',');
        let mut parameters = String::new();
        style.write_parameters(&mut parameters);
        json::string(&mut out, &parameters).push(b']');
    }
    out.extend_from_slice(if styles.is_empty() { b"}" } else { b"]}" });
    out
}
