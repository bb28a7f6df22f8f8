//! Secrets in statements of SQL: `IDENTIFIED BY '…'`, and the values of columns with the names of secrets.

use std::ops::Range;

use super::bytes::{REDACTED, is_quote, short_run};
use super::extent::{checked, is_name_byte, quoted};
use super::names::{self, Promise};
use super::value::Form;

/// The longest list of columns or values, and the most columns, that are read.
const MAX_LIST: usize = 2048;
const MAX_COLUMNS: usize = 32;

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

/// Returns where the words behind `start` end, where they stand there in any case, with white space before and between them.
fn behind_words(text: &[u8], start: usize, words: &[&[u8]]) -> Option<usize> {
    words.iter().try_fold(start, |at, word| {
        let at = short_run(text, at, MAX_COLUMNS, is_space);
        let end = at + word.len();
        let found = text.get(at..end)?;
        found.eq_ignore_ascii_case(word).then_some(end)
    })
}

/// Returns the password of a statement whose word at `at` is `IDENTIFIED`: `IDENTIFIED BY '…'`,
/// `IDENTIFIED WITH plugin BY '…'`.
pub(super) fn identified_by(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = behind_words(text, at, &[b"identified"])?;
    let start = match behind_words(text, start, &[b"with"]) {
        Some(with) => {
            let plugin = short_run(text, with, MAX_COLUMNS, is_space);
            short_run(text, plugin, MAX_COLUMNS, |byte| {
                is_name_byte(byte) || is_quote(byte)
            })
        }
        None => start,
    };
    let start = behind_words(text, start, &[b"by"])?;
    let start = short_run(text, start, MAX_COLUMNS, is_space);
    let inside = quoted(text, start).filter(|inside| text[inside.start - 1] != b'`')?;
    let is_old = text[inside.clone()].starts_with(REDACTED.as_bytes());
    (!is_old).then(|| checked(text, inside, Promise::Password, Form::Quoted))?
}

/// The beginnings of statements that add rows to a table.
const INSERTS: [&[&[u8]]; 2] = [
    &[b"insert", b"into"],
    &[b"insert", b"or", b"replace", b"into"],
];

/// Returns the values of columns with the names of secrets in the statement that begins at `at`:
/// `INSERT INTO users (name, password) VALUES ('ada', '…')`.
pub(super) fn inserted(text: &[u8], at: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let _ = insert(text, at, &mut found);
    found
}

fn insert(text: &[u8], at: usize, found: &mut Vec<Range<usize>>) -> Option<()> {
    let start = INSERTS
        .iter()
        .find_map(|words| behind_words(text, at, words))?;
    let table = short_run(text, start, MAX_COLUMNS, is_space);
    let name = short_run(text, table, 4 * MAX_COLUMNS, |byte| {
        is_name_byte(byte) || is_quote(byte) || byte == b'[' || byte == b']'
    });
    let open = short_run(text, name, MAX_COLUMNS, is_space);
    if table == name || text.get(open) != Some(&b'(') {
        return None;
    }
    let mut promises = [None; MAX_COLUMNS];
    let close = items(text, open, |index, column| {
        let inside = quoted(text, column.start).map_or(column.clone(), |inside| inside);
        let name = &text[inside.start..inside.end.min(column.end)];
        if let Some(promise) = promises.get_mut(index) {
            *promise = names::promise(name.trim_ascii());
        }
    })?;
    if promises.iter().all(Option::is_none) {
        return None;
    }
    let mut at = behind_words(text, close, &[b"values"])?;
    loop {
        let open = short_run(text, at, MAX_COLUMNS, |byte| is_space(byte) || byte == b',');
        if text.get(open) != Some(&b'(') {
            return None;
        }
        at = items(text, open, |index, value| {
            let promise = promises.get(index).copied().flatten();
            let inside = quoted(text, value.start);
            if let (Some(promise), Some(inside)) = (promise, inside) {
                let is_old = text[inside.clone()].starts_with(REDACTED.as_bytes());
                let secret = (!is_old).then(|| checked(text, inside, promise, Form::Quoted));
                found.extend(secret.flatten());
            }
        })?;
    }
}

/// Calls `item` with each item of the list whose `(` is at `open`, and returns where the list ends. Strings may have commas.
fn items(text: &[u8], open: usize, mut item: impl FnMut(usize, Range<usize>)) -> Option<usize> {
    let end = text.len().min(open + MAX_LIST);
    let (mut at, mut index, mut depth) = (open + 1, 0, 0_u32);
    let mut start = short_run(text, at, MAX_COLUMNS, is_space);
    while at < end {
        match text[at] {
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b')' | b',' if depth == 0 => {
                item(index, start..at.max(start));
                if text[at] == b')' {
                    return Some(at + 1);
                }
                index += 1;
                start = short_run(text, at + 1, MAX_COLUMNS, is_space);
            }
            quote if is_quote(quote) => at = quoted(text, at)?.end,
            _ => {}
        }
        at += 1;
    }
    None
}
