//! Tokens whose form needs more than a row of the table: `Bearer …`, `Basic …`, JSON web tokens.

use std::ops::Range;

use super::bytes::{begins_word, ends_line, is_base64, is_blank, is_key_byte, run, short_run};
use super::{shape, value};

/// A bearer token without a single digit or mark is longer than any English word after "bearer".
const LETTERS_OF_TOKEN: usize = 16;
/// A bearer token with one.
const MARKED_TOKEN_LEN: usize = 6;
/// The least of a JWT's header after `eyJ`, and of its other parts.
const JWT_HEADER_LEN: usize = 8;
const JWT_PART_LEN: usize = 4;
/// How far a token on the next line may be indented, and how much of it is judged.
const MAX_INDENT: usize = 24;
const MAX_JUDGED: usize = 64;
/// A text in base64 that may be a user and a password.
const LEAST_BASIC: usize = 8;

/// A token of this length at the end of a text counts as a token whose end is cut off.
pub(crate) const CUT_TOKEN_LEN: usize = 512;

/// Returns a JSON web token, signed or encrypted, that begins at `start`.
pub(super) fn web_token(text: &[u8], start: usize) -> Option<Range<usize>> {
    // Only where a run of token bytes begins: a text of nothing else is walked through once.
    let before = start.checked_sub(1).map(|before| text[before]);
    if !text[start..].starts_with(b"ey") || before.is_some_and(is_key_byte) {
        return None;
    }
    let header = run(text, start, is_key_byte);
    let claims = run(text, header + 1, is_key_byte);
    // `{"` is `eyJ`; other white space in it makes other letters.
    let is_json = text[start..].starts_with(b"eyJ")
        || text
            .get(header + 1..)
            .is_some_and(|claims| claims.starts_with(b"ey"));
    let whole = is_json
        && text.get(header) == Some(&b'.')
        && text.get(claims) == Some(&b'.')
        && header - start > JWT_HEADER_LEN + 2
        && claims - header > JWT_PART_LEN;
    // The writer sees only the beginning of a long text: the token can go on behind that.
    let cut =
        is_json && claims.min(text.len()) == text.len() && text.len() - start >= CUT_TOKEN_LEN;
    // The signature is empty in an unsigned token; an encrypted one has two parts more.
    (whole || cut).then(|| start..run(text, claims, |byte| is_key_byte(byte) || byte == b'.'))
}

/// Returns where the word after a scheme at `at` begins.
fn behind_scheme(text: &[u8], at: usize, scheme: &[u8]) -> Option<usize> {
    let word = text.get(at..at + scheme.len())?;
    if !word.eq_ignore_ascii_case(scheme) || !begins_word(text, at) {
        return None;
    }
    let start = run(text, at + scheme.len(), |byte| {
        is_blank(byte) || byte == b'+'
    });
    (start > at + scheme.len()).then_some(start)
}

/// Returns the token after the `Bearer` at `at`, in any case.
pub(super) fn bearer(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = behind_scheme(text, at, b"bearer")
        // A list of protocols: `Sec-WebSocket-Protocol: bearer, …`.
        .or_else(|| {
            text[at..]
                .starts_with(b"bearer, ")
                .then_some(at + b"bearer, ".len())
        })?;
    let start = on_next_line(text, start).unwrap_or(start);
    let letters = run(text, start, |byte| {
        is_key_byte(byte) || b".~+/".contains(&byte)
    });
    let end = run(text, letters, |byte| byte == b'=');
    let token = &text[start..letters];
    let sentence = token.strip_suffix(b".").unwrap_or(token);
    let marked = sentence.iter().any(|byte| !byte.is_ascii_alphabetic());
    let least = if marked {
        MARKED_TOKEN_LEN
    } else {
        LETTERS_OF_TOKEN
    };
    let is_token = sentence.len() >= least
        && !shape::is_filler(sentence)
        && !value::is_placeholder(sentence)
        && (!sentence.contains(&b'_') || !value::stands_for_credentials(sentence));
    is_token.then_some(start..end)
}

/// Returns where a random token begins in the line after the one that ends at `end`.
pub(super) fn on_next_line(text: &[u8], end: usize) -> Option<usize> {
    text.get(end).filter(|byte| ends_line(**byte))?;
    let start = short_run(text, end, MAX_INDENT, |byte| byte.is_ascii_whitespace());
    let token = &text[start..short_run(text, start, MAX_JUDGED, is_key_byte)];
    (token.len() >= LETTERS_OF_TOKEN && shape::is_random(token)).then_some(start)
}

/// Returns the credentials after the `Basic` at `at`: a user and a password in base64.
pub(super) fn basic(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = behind_scheme(text, at, b"basic")?;
    let end = run(text, start, is_base64);
    (end - start >= LEAST_BASIC && shape::is_credentials(&text[start..end])).then_some(start..end)
}
