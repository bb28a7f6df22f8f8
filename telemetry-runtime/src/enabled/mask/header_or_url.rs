//! Secrets that are known by what stands before them.

use std::ops::Range;

use super::{REDACTED, run};

/// Names whose value is a secret, as the end of a longer one too: `Proxy-Authorization`,
/// `x-goog-api-key`, `OPENAI_API_KEY`.
///
/// All end in `n` or `y`.
const NAMES: [&[u8]; 5] = [
    b"authorization",
    b"api-key",
    b"api_key",
    b"apikey",
    b"access_token",
];
/// Schemes of `Authorization` with one word of credentials after them. Others, such as `Digest`,
/// have a list.
const ONE_WORD_SCHEMES: [&[u8]; 5] = [b"bearer", b"basic", b"token", b"negotiate", b"apikey"];
/// What stands in the place of a value and is none.
const NO_VALUES: [&[u8]; 4] = [b"null", b"none", b"true", b"false"];

fn is_quote(byte: u8) -> bool {
    byte == b'"' || byte == b'\'' || byte == b'`'
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn ends_line(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// The user and password of a URL whose `://` is at `at`.
pub(super) fn user_info(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    if !rest.starts_with(b"://") {
        return None;
    }
    let start = at + 3;
    let ends =
        |byte: u8| byte.is_ascii_whitespace() || is_quote(byte) || b"/?#<>\\".contains(&byte);
    let end = run(text, start, |byte| !ends(byte));
    let at_sign = text[start..end].iter().rposition(|byte| *byte == b'@')?;
    (at_sign > 0).then_some(start..start + at_sign)
}

/// The value of a header or a setting whose `:` or `=` is at `at`.
pub(super) fn header(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = trim_end(&text[..at], is_blank);
    let unquoted = trim_end(before, |byte| is_quote(byte) || byte == b'\\');
    // Most colons and equals signs are done with here.
    let last = unquoted.last()?.to_ascii_lowercase();
    if last != b'n' && last != b'y' {
        return None;
    }
    let name_is_quoted = unquoted.len() < before.len();
    let name = NAMES.iter().find(|name| {
        let start = unquoted.len().checked_sub(name.len());
        start.is_some_and(|start| unquoted[start..].eq_ignore_ascii_case(name))
    })?;
    let name_start = unquoted.len() - name.len();

    // `=>` and `: ` are separators as well.
    let start = run(text, at + 1, |byte| is_blank(byte) || byte == b'>');
    if text[start..].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    let quote = run(text, start, |byte| byte == b'\\');
    if text.get(quote).copied().is_some_and(is_quote) {
        let end = closing_quote(text, quote, quote - start);
        return not_empty(text, quote + 1..end);
    }
    if name_is_quoted {
        // A field of some structure, with a value that is no string.
        return not_empty(
            text,
            start..run(text, start, |byte| {
                !ends_line(byte) && !b",}])".contains(&byte)
            }),
        );
    }
    // `-H 'Authorization: …'`: the quote that stands before the name's first word ends the value.
    let word = trim_end(&text[..name_start], |byte| {
        byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
    });
    let enclosing = word.last().copied().filter(|byte| is_quote(*byte));
    let is_list = **name == *b"authorization";
    not_empty(text, start..end_of_plain(text, start, enclosing, is_list))
}

/// The end of a value without quotes: one word, or the scheme and the word after it, or for a
/// scheme that takes a list all that is left of the line.
fn end_of_plain(text: &[u8], start: usize, enclosing: Option<u8>, may_be_list: bool) -> usize {
    let word = word_end(text, start);
    let next = run(text, word, is_blank);
    let is_scheme = |scheme: &&[u8]| text[start..word].eq_ignore_ascii_case(scheme);
    if ONE_WORD_SCHEMES.iter().any(is_scheme) {
        return word_end(text, next).max(word);
    }
    if !may_be_list {
        return word;
    }
    let ends = |byte| ends_line(byte) || Some(byte) == enclosing;
    let line = run(text, word, |byte| !ends(byte));
    trim_end(&text[..line], is_blank).len().max(word)
}

/// The end of the word at `start`; a comma or a bracket belongs to it only in its middle.
fn word_end(text: &[u8], start: usize) -> usize {
    let end = run(text, start, |byte| {
        !byte.is_ascii_whitespace() && !is_quote(byte)
    });
    let word = trim_end(&text[start..end], |byte| b",;)}]>\\&".contains(&byte));
    start + word.len()
}

/// Where the string ends whose opening quote is at `quote`, after `escapes` backslashes: JSON in JSON
/// has its own quotes escaped once more.
fn closing_quote(text: &[u8], quote: usize, escapes: usize) -> usize {
    let mut backslashes = 0;
    for (at, byte) in text.iter().enumerate().skip(quote + 1) {
        match *byte {
            b'\\' => backslashes += 1,
            found if found == text[quote] && backslashes <= escapes => return at - backslashes,
            found if ends_line(found) => return at,
            _ => backslashes = 0,
        }
    }
    text.len()
}

fn not_empty(text: &[u8], value: Range<usize>) -> Option<Range<usize>> {
    let found = text[value.clone()].trim_ascii();
    let none = NO_VALUES
        .iter()
        .any(|none| found.eq_ignore_ascii_case(none));
    (!found.is_empty() && !none).then_some(value)
}

fn trim_end(text: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    let kept = text
        .iter()
        .rposition(|byte| !belongs(*byte))
        .map_or(0, |last| last + 1);
    &text[..kept]
}
