//! Secrets in tables: a name and its value in two columns, and columns of CSV with the name of a secret at their top.

use std::ops::Range;

use memchr::memchr_iter;

use super::bytes::{REDACTED, Set, ends_line, is_blank, is_quote, run_back, short_run};
use super::extent::{JUDGED, checked, is_name_byte};
use super::names::{self, MAX_NAME, Promise};
use super::value::Form;
use super::{name_ends, shape};

/// The most bytes between a name and its value.
const MAX_GAP: usize = 64;
/// The shortest value in a column whose name promises a secret.
const LEAST: usize = 6;
/// The longest beginning of a table of CSV that is read.
const MAX_TABLE: usize = 1 << 16;

static IS_GAP: Set = Set::of(b" \t|`\"'*");

/// Returns whether a byte stands between two columns: a blank, a bar or a quote, or a part of a bar such as `│`.
fn is_gap(byte: u8) -> bool {
    IS_GAP.has(byte) || byte >= 0x80
}

/// Returns whether two columns meet at the blank at `at`, the first of which may be the name of a secret: a quick test.
pub(super) fn may_meet(text: &[u8], at: usize) -> bool {
    let is_wide = |next: u8| is_blank(next) || next >= 0x80;
    text.get(at).copied().is_some_and(is_blank)
        && text.get(at + 1).copied().is_some_and(is_wide)
        && name_ends::may_end(text, at)
}

/// Returns the value in the column behind the name that ends at `end`: `API_TOKEN    …`, `│ API_TOKEN │ … │`.
pub(super) fn beside(text: &[u8], end: usize) -> Option<Range<usize>> {
    let name = run_back(text, end, MAX_NAME, is_name_byte);
    let promise = names::promise(text.get(name..end).filter(|name| !name.is_empty())?)?;
    if name > 0 && !is_gap(text[name - 1]) && !ends_line(text[name - 1]) {
        return None;
    }
    let start = short_run(text, end, MAX_GAP, is_gap);
    let value_end = short_run(text, start, JUDGED, |byte| {
        !byte.is_ascii_whitespace() && byte < 0x80 && !b"|`\"'".contains(&byte)
    });
    let value = &text[start..value_end];
    let behind = short_run(text, value_end, MAX_GAP, is_gap);
    let closes = |byte: &u8| ends_line(*byte) || *byte == b'\\';
    let is_alone = text.get(behind).is_none_or(closes) || is_column(&text[value_end..behind]);
    let is_marked = value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !value.iter().any(|byte| b"/<>()[]{}=".contains(byte));
    // A checksum or a time stands beside a name as well.
    let is_checksum = shape::is_hex(value) && value.len() < 32 || is_time(value);
    let is_value = is_alone && value.len() >= LEAST && is_marked && !is_checksum;
    let is_old = value.starts_with(REDACTED.as_bytes());
    (is_value && !is_old).then(|| checked(text, start..value_end, promise, Form::Setting))?
}

/// Returns whether the text behind a value begins a further column.
fn is_column(gap: &[u8]) -> bool {
    gap.iter()
        .any(|byte| *byte == b'|' || *byte == b'\t' || *byte >= 0x80)
        || gap.windows(2).any(|two| two == b"  ")
}

fn is_time(value: &[u8]) -> bool {
    value
        .iter()
        .all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(byte))
}

/// Returns whether the word at `at` may be in the first line of a table of CSV: a quick test.
pub(super) fn may_be_head(text: &[u8], at: usize) -> bool {
    let end = short_run(text, at, MAX_NAME, is_name_byte);
    let is_edge = |byte: u8| ends_line(byte) || byte == b',';
    text.get(end).copied().is_some_and(is_edge) && {
        let start = run_back(text, at, MAX_NAME, is_name_byte);
        let before = start.checked_sub(1).map(|before| text[before]);
        before.is_none_or(|byte| is_edge(byte) || is_quote(byte))
    }
}

/// The values in a column of a table, and where its rows are.
#[derive(Default)]
pub(super) struct Column {
    pub(super) values: Vec<Range<usize>>,
    pub(super) rows: Range<usize>,
}

/// Returns the values of the cookies in the file of a browser or of curl, whose first line has its name at `at`.
pub(super) fn cookies(text: &[u8], at: usize) -> Column {
    let mut found = Vec::new();
    if !text[at..].starts_with(b"Netscape HTTP Cookie File") {
        return Column::default();
    }
    let table = &text[..text.len().min(at + MAX_TABLE)];
    let mut start = at;
    while start < table.len() {
        let end = short_run(table, start, MAX_TABLE, |byte| !ends_line(byte));
        let row = &table[start..end];
        if let Some(last) = row.iter().rposition(|byte| *byte == b'\t')
            && memchr_iter(b'\t', row).count() == 6
            && shape::is_random(&row[last + 1..])
        {
            found.push(start + last + 1..end);
        }
        start = short_run(table, end, MAX_GAP, ends_line).max(start + 1);
    }
    Column {
        values: found,
        rows: at + 1..start,
    }
}

/// Returns the values of the column of CSV whose name, at the top of the table, begins at `at`:
/// `user,password` and `ada,…` below it.
pub(super) fn column(text: &[u8], at: usize) -> Column {
    let mut found = Vec::new();
    let is_head = |byte: u8| is_name_byte(byte) || byte == b',';
    let head = run_back(text, at, JUDGED, is_head);
    let head_end = short_run(text, at, JUDGED, is_head);
    let names = &text[head..head_end];
    let begins = head == 0 || ends_line(text[head - 1]) || is_quote(text[head - 1]);
    if !begins || !names.contains(&b',') || !text.get(head_end).copied().is_some_and(ends_line) {
        return Column::default();
    }
    let name = run_back(text, at, MAX_NAME, is_name_byte);
    let name_end = short_run(text, at, MAX_NAME, is_name_byte);
    let Some(promise @ (Promise::Password | Promise::Secret)) =
        names::promise(&text[name..name_end])
    else {
        return Column::default();
    };
    let count = |row: &[u8]| memchr_iter(b',', row).count();
    let (columns, before) = (count(names), count(&text[head..at]));
    let table = &text[..text.len().min(head_end + MAX_TABLE)];
    let mut start = short_run(table, head_end, 2, ends_line);
    while start < table.len() {
        let end = short_run(table, start, MAX_TABLE, |byte| !ends_line(byte));
        let row = &table[start..end];
        if count(row) != columns {
            break;
        }
        let mut cell = start;
        for _ in 0..before {
            cell = short_run(table, cell, MAX_TABLE, |byte| byte != b',') + 1;
        }
        let first = usize::from(table.get(cell) == Some(&b'"'));
        let cell_end = short_run(&table[..end], cell + first, MAX_TABLE, |byte| {
            byte != b',' && !is_quote(byte) && byte != b'&'
        });
        let cell = cell + first..cell_end.max(cell + first);
        if !table[cell.clone()].starts_with(REDACTED.as_bytes()) {
            found.extend(checked(text, cell, promise, Form::Quoted));
        }
        start = short_run(table, end, 2, ends_line);
    }
    Column {
        values: found,
        rows: head_end..start,
    }
}
