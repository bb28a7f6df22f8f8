//! Where values begin and end: strings, words, wrappers of Rust, types before a value.

use std::ops::Range;

use super::bytes::{Set, ends_line, is_blank, is_quote, run, short_run, trim_end};
use super::names::{MAX_NAME, Promise};
use super::value::{self, Form};

/// How deep `Some(Secret("…"))` may go.
const MAX_WRAPPERS: usize = 4;
/// How many blanks may stand around a separator.
pub(super) const MAX_BLANKS: usize = 24;
/// The length of the part of a value that the rules judge. Only accepted values are read further, so that the cost
/// of a text full of names stays linear.
pub(super) const JUDGED: usize = 256;
/// The distance before an option within which its command is searched.
pub(super) const NEAR: usize = 256;

#[inline]
pub(super) fn is_name_byte(byte: u8) -> bool {
    static NAME_BYTES: Set = Set::of_word(b"-_.");
    NAME_BYTES.has(byte)
}

/// Returns the range of a value that is a secret. If only the beginning of a long word was judged, the range includes
/// the rest of the word.
pub(super) fn checked(
    text: &[u8],
    range: Range<usize>,
    promise: Promise,
    form: Form,
) -> Option<Range<usize>> {
    let is_secret = value::is_secret(&text[range.clone()], promise, form);
    is_secret.then(|| {
        let is_cut = form != Form::Quoted && range.len() + MAX_BLANKS >= JUDGED;
        let whole = |byte: u8| !byte.is_ascii_whitespace() && !is_quote(byte);
        range.start..if is_cut {
            run(text, range.end, whole)
        } else {
            range.end
        }
    })
}

/// Returns the value at `start`, in quotes or a word.
pub(super) fn argument(text: &[u8], start: usize) -> (Range<usize>, bool) {
    if let Some(inside) = quoted(text, start) {
        return (inside, true);
    }
    let end = word_end(text, start);
    // `user:'password'` is one argument.
    let tail = quoted(text, end + 1).filter(|_| text.get(end) == Some(&b':'));
    (start..tail.map_or(end, |tail| tail.end), false)
}

/// Returns where the value begins behind a type: `const KEY: &str = "…"`.
pub(super) fn behind_type(text: &[u8], start: usize) -> usize {
    let mut depth = 0_u32;
    let end = short_run(text, start, MAX_NAME, |byte| {
        match byte {
            b'[' | b'<' => depth += 1,
            b']' | b'>' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return false,
            _ => {}
        }
        byte.is_ascii_alphanumeric() || TYPE.has(byte)
    });
    let value = short_run(text, end + 1, MAX_BLANKS, is_blank);
    let is_value = end > start
        && text.get(end) == Some(&b'=')
        && !text[start].is_ascii_digit()
        && text.get(value).is_some_and(|first| {
            let is_call = first.is_ascii_alphabetic() && text[end - 1] == b' ';
            is_quote(*first)
                || *first == b'\\'
                || is_call && quoted(text, behind_wrappers(text, value)).is_some()
        });
    if is_value { value } else { start }
}

/// The marks of types.
static TYPE: Set = Set::of(b"_&'<>[]|?. :,");

/// Verbs of functions that read a secret by its name.
const READERS: [&[u8]; 14] = [
    b"get", b"read", b"env", b"ask", b"input", b"fetch", b"load", b"find", b"has", b"test",
    b"getenv", b"var", b"lookup", b"require",
];

/// Returns whether a function reads a secret instead of taking it.
pub(super) fn is_reader(function: &[u8]) -> bool {
    let name = function
        .rsplit(|byte| *byte == b':' || *byte == b'.')
        .next()
        .unwrap_or(function);
    READERS.iter().any(|verb| name.starts_with(verb))
}

/// Returns where the value begins that is wrapped as Rust shows it: `Some("…")`, on several lines as well.
pub(super) fn behind_wrappers(text: &[u8], start: usize) -> usize {
    let mut inner = start;
    for _ in 0..MAX_WRAPPERS {
        let word = short_run(text, inner, MAX_NAME, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
        });
        if word == inner || text.get(word) != Some(&b'(') || is_reader(&text[inner..word]) {
            break;
        }
        inner = short_run(text, word + 1, MAX_NAME, |byte| byte.is_ascii_whitespace());
        // `var_dump` of PHP: `string(16) "…"`.
        let len = short_run(text, inner, 6, |byte| byte.is_ascii_digit());
        if len > inner && text[..inner].ends_with(b"string(") && text.get(len) == Some(&b')') {
            return short_run(text, len + 1, 2, is_blank);
        }
    }
    inner
}

/// Returns the inside of the string whose opening quote is at `start`, behind backslashes or a letter such as the
/// `b` of `b"…"`.
pub(super) fn quoted(text: &[u8], start: usize) -> Option<Range<usize>> {
    let letter = short_run(text, start, 2, |byte| b"bBrRfFuU@".contains(&byte));
    let start = if text.get(letter).copied().is_some_and(is_quote) {
        letter
    } else {
        start
    };
    let quote = short_run(text, start, 8, |byte| byte == b'\\');
    text.get(quote).copied().filter(|byte| is_quote(*byte))?;
    Some(quote + 1..closing_quote(text, quote, quote - start))
}

/// Returns where the string ends whose opening quote is at `quote`, after `escapes` backslashes: JSON in JSON
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

/// Returns the end of the word at `start`; a comma or a bracket belongs to it only in its middle.
pub(super) fn word_end(text: &[u8], start: usize) -> usize {
    let end = short_run(text, start, JUDGED, |byte| {
        !byte.is_ascii_whitespace() && !is_quote(byte)
    });
    // The word ends before an escaped end of the line and before a closing tag.
    let is_end = |pair: &[u8]| pair[0] == b'\\' && b"nrt".contains(&pair[1]);
    let end = text[start..end]
        .windows(2)
        .position(is_end)
        .map_or(end, |len| start + len);
    let end = memchr::memmem::find(&text[start..end], b"</").map_or(end, |tag| start + tag);
    let end = next_pair(text, start, end);
    let word = trim_end(&text[start..end], |byte| b",;:)}]>\\&".contains(&byte));
    // A full stop ends a sentence; an ellipsis stands for the rest of a value.
    let is_sentence = word.ends_with(b".") && !word.ends_with(b"..");
    start + word.len() - usize::from(is_sentence)
}

/// Returns where the next pair of a connection string or a form begins, `…;Encrypt=true`, or the end of the word.
fn next_pair(text: &[u8], start: usize, end: usize) -> usize {
    let mut semicolons = memchr::memchr2_iter(b';', b'&', &text[start..end]).map(|at| start + at);
    semicolons
        .find(|at| {
            let name = short_run(text, at + 1, MAX_NAME, |byte| {
                byte.is_ascii_alphabetic() || byte == b' '
            });
            name > at + 1 && text.get(name) == Some(&b'=')
        })
        .unwrap_or(end)
}
