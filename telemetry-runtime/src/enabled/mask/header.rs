//! The values of headers with a scheme or a list, such as `Authorization` and `Cookie`.

use std::ops::Range;

use super::bytes::{REDACTED, ends_line, is_blank, is_quote, run, short_run, trim_end};
use super::context::{JUDGED, MAX_BLANKS, Name, checked, word_end};
use super::names::Promise;
use super::token;
use super::value::{self, Form};

/// Returns the value without quotes of a field whose name has quotes.
pub(super) fn field(text: &[u8], start: usize, name: &Name) -> Option<Range<usize>> {
    let end = short_run(text, start, JUDGED, |byte| {
        !ends_line(byte) && !b",}])".contains(&byte)
    });
    let range = start..end;
    if name.promise == Promise::Header {
        let written = text[range.clone()].trim_ascii();
        // The name of a type whose value is hidden: `Sensitive`.
        let is_word = written.iter().all(u8::is_ascii_alphabetic)
            && written.first().is_some_and(u8::is_ascii_uppercase);
        if !is_word {
            return checked(text, range, name.promise, Form::Word);
        }
        let none = [
            &b"null"[..],
            b"None",
            b"nil",
            b"true",
            b"false",
            b"undefined",
        ];
        return (!none.contains(&written)).then_some(range);
    }
    checked(text, range, name.promise, Form::Word)
}

/// Returns the value of a header without quotes: one word, or a scheme with its credentials, or a list up to the
/// end of the line.
pub(super) fn header(text: &[u8], at: usize, start: usize, name: &Name) -> Option<Range<usize>> {
    let word = word_end(text, start);
    let next = short_run(text, word, MAX_BLANKS, is_blank);
    let scheme = &text[start..word];
    if value::is_one_word(scheme) {
        if let Some(next) = token::on_next_line(text, next) {
            return Some(start..word_end(text, next));
        }
        let end = word_end(text, next);
        if text[next..].starts_with(REDACTED.as_bytes()) {
            return None;
        }
        return (end > next && !value::stands_for_credentials(&text[next..end]))
            .then_some(start..end);
    }
    if text[at] != b':' {
        return checked(text, start..word, name.promise, Form::Word);
    }
    // `-H 'Authorization: …'`: the quote that stands before the name ends the value.
    let enclosing = name
        .start
        .checked_sub(1)
        .map(|before| text[before])
        .filter(|byte| is_quote(*byte));
    let belongs = |byte: u8| !ends_line(byte) && Some(byte) != enclosing;
    let judged = &text[start..short_run(text, start, JUDGED, belongs)];
    let is_cookie = text[name.start..at]
        .to_ascii_lowercase()
        .ends_with(b"cookie");
    let is_pair = scheme
        .iter()
        .position(|byte| *byte == b'=')
        .is_some_and(|at| at > 0 && at + 1 < scheme.len());
    let is_url = memchr::memmem::find(scheme, b"://").is_some();
    let is_list = is_pair || !is_cookie && !is_url && judged.iter().any(u8::is_ascii_digit);
    let is_sentence = !scheme.contains(&b'=') && value::is_sentence(judged);
    let is_value = is_list && !is_sentence && !value::is_placeholder(scheme);
    is_value.then(|| {
        let line = &text[start..run(text, start, belongs)];
        start..start + trim_end(line, is_blank).len()
    })
}
