//! Secrets of interactive sessions: the answer to a prompt, the password that a program announces, the output of the
//! command that shows a secret, the input that a script sends.

use std::ops::Range;

use memchr::memmem;

use super::bytes::{REDACTED, ends_line, is_blank, is_quote, run_back, short_run};
use super::extent::{JUDGED, NEAR, argument, checked, is_name_byte, quoted, word_end};
use super::names::{self, MAX_NAME, Promise};
use super::shape;
use super::value::Form;

/// The shortest secret that is alone in its line.
const LEAST: usize = 8;
/// The most lines between an announcement and the secret.
const MAX_LINES: usize = 3;

/// Returns whether a word that is alone in its line can be a secret: it has letters and digits, and is neither a path nor a time.
fn is_shown(word: &[u8]) -> bool {
    let is_marked = word.iter().any(u8::is_ascii_digit)
        && word.iter().any(u8::is_ascii_alphabetic)
        && !word.iter().any(|byte| b"/<>(){}[]|=,".contains(byte));
    let is_time = word
        .iter()
        .all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(byte));
    word.len() >= LEAST && is_marked && !is_time
}

/// Returns the word that is alone in its line, at most a few lines behind the end of the line at `at`.
fn next_line(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = short_run(text, at, 2 * MAX_LINES, ends_line);
    if end == at {
        return None;
    }
    let start = short_run(text, end, MAX_NAME, is_blank);
    let word = word_end(text, start);
    let line = short_run(text, word, MAX_NAME, is_blank);
    // The quote closes the string that has the lines.
    let is_alone = text
        .get(line)
        .copied()
        .is_none_or(|byte| ends_line(byte) || is_quote(byte) || byte == b'&');
    is_alone.then_some(start..word)
}

/// Returns the secret in the line behind the announcement whose colon is at `at`: `the following password:`.
pub(super) fn announced(text: &[u8], at: usize) -> Option<Range<usize>> {
    let value = next_line(text, at + 1)?;
    let word = &text[value.clone()];
    let is_secret = is_shown(word) && (shape::is_random(word) || shape::is_hex(word));
    is_secret.then(|| new(text, value, Promise::Password, Form::Setting))?
}

/// Returns the answer behind the prompt whose colon is at `at`: `Enter the password for ada: …`.
pub(super) fn answer(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = short_run(text, at + 1, MAX_NAME, is_blank);
    if start == at + 1 {
        return None;
    }
    let end = word_end(text, start);
    let is_last = text
        .get(end)
        .copied()
        .is_none_or(|byte| ends_line(byte) || is_quote(byte) || byte == b'&');
    (is_last && is_shown(&text[start..end]))
        .then(|| new(text, start..end, Promise::Password, Form::Setting))?
}

/// Returns the output of the command whose last argument, the name of a secret, ends at `end`:
/// `$ terraform output -raw admin_password`.
pub(super) fn output(text: &[u8], end: usize) -> Option<Range<usize>> {
    text.get(end).filter(|byte| ends_line(**byte))?;
    let name = run_back(text, end, MAX_NAME, is_name_byte);
    names::promise(&text[name..end])?;
    shown(text, end)
}

/// Returns the output of the command `pass show …`, whose name begins at `at`.
pub(super) fn stored(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !text[at..].starts_with(b"pass ") {
        return None;
    }
    shown(text, short_run(text, at, JUDGED, |byte| !ends_line(byte)))
}

/// Returns the line behind that of a command, which has a prompt before it and ends at `end`.
fn shown(text: &[u8], end: usize) -> Option<Range<usize>> {
    let line = run_back(text, end, NEAR, |byte| !ends_line(byte));
    let mut dollars = memchr::memchr2_iter(b'$', b'#', &text[line..end]);
    let is_command = dollars.any(|at| {
        let before = at.checked_sub(1).map_or(b'"', |before| text[line + before]);
        text.get(line + at + 1) == Some(&b' ') && (is_quote(before) || b"=[ ".contains(&before))
    });
    if !is_command {
        return None;
    }
    let value = next_line(text, end)?;
    is_shown(&text[value.clone()]).then(|| new(text, value, Promise::Password, Form::Setting))?
}

/// Returns the string that a script sends behind the prompt for a password that it expects: `expect "password:"` and
/// `send "…\r"` in the next line.
pub(super) fn sent(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !text[at..].starts_with(b"expect ") {
        return None;
    }
    let end = short_run(text, at, JUDGED, |byte| !ends_line(byte));
    let line = &text[at..end];
    memmem::find(line, b"assword").or_else(|| memmem::find(line, b"assphrase"))?;
    let next = short_run(text, end, 2 * MAX_NAME, |byte| byte.is_ascii_whitespace());
    let behind = text.get(next..)?.strip_prefix(b"send ")?;
    let start = text.len() - behind.len();
    let start = short_run(text, start, 4, |byte| byte == b'-' || is_blank(byte));
    let inside = quoted(text, start)?;
    let len = memmem::find(&text[inside.clone()], b"\\r").unwrap_or(inside.len());
    new(
        text,
        inside.start..inside.start + len,
        Promise::Password,
        Form::Quoted,
    )
}

/// Returns the argument of the command `PASS` of FTP, IRC and POP3 that ends at `end`.
pub(super) fn passed(text: &[u8], at: usize, end: usize) -> Option<Range<usize>> {
    let before = run_back(text, at, 1, is_blank);
    let begins = before == 0 || ends_line(text[before - 1]) || b">:".contains(&text[before - 1]);
    if text[at..end] != *b"PASS" || !begins {
        return None;
    }
    let (value, _) = argument(text, short_run(text, end, 4, is_blank));
    let has_digit = text[value.clone()].iter().any(u8::is_ascii_digit);
    let is_last = text
        .get(value.end)
        .copied()
        .is_none_or(|byte| ends_line(byte) || is_quote(byte) || byte == b'\\');
    (has_digit && is_last).then(|| new(text, value, Promise::Password, Form::Setting))?
}

/// Returns the first password of the block `chpasswd:` of cloud-init: `list: |` and `ada:…` in the line below.
pub(super) fn listed(text: &[u8], end: usize) -> Option<Range<usize>> {
    let near = &text[..text.len().min(end + NEAR)];
    let list = end + memmem::find(near.get(end..)?, b"list:")?;
    let line = short_run(text, list, MAX_NAME, |byte| !ends_line(byte));
    let start = short_run(text, line, MAX_NAME, |byte| {
        byte.is_ascii_whitespace() || byte == b'-'
    });
    let user = short_run(text, start, MAX_NAME, is_name_byte);
    text.get(user)
        .filter(|byte| **byte == b':' && user > start)?;
    let value = user + 1..word_end(text, user + 1);
    is_shown(&text[value.clone()]).then(|| new(text, value, Promise::Password, Form::Setting))?
}

fn new(text: &[u8], value: Range<usize>, promise: Promise, form: Form) -> Option<Range<usize>> {
    let is_old = text[value.clone()].starts_with(REDACTED.as_bytes());
    (!is_old).then(|| checked(text, value, promise, form))?
}
