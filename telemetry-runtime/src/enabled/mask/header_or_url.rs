//! Secrets that are known by what stands before them.

use std::ops::Range;

use super::{REDACTED, keys, run};

/// Names whose value is a secret, by their last letter, without the `-` and `_` that they have in many
/// ways. Each counts as the end of a longer name too: `Proxy-Authorization`, `x-goog-api-key`,
/// `OPENAI_API_KEY`, `dbPassword`.
fn names(last: u8) -> &'static [&'static [u8]] {
    match last {
        b'n' | b'N' => &[b"authorization"],
        b'y' | b'Y' => &[b"apikey"],
        b'd' | b'D' => &[b"password", b"passwd"],
        b'e' | b'E' => &[b"passphrase", b"cookie"],
        b't' | b'T' => &[b"secret"],
        _ => &[],
    }
}
/// The same, but not as the end of a longer word: an `invalid_token` is no `id_token`.
fn words(last: u8) -> &'static [&'static [u8]] {
    match last {
        b'n' | b'N' => &[
            b"accesstoken",
            b"apitoken",
            b"authtoken",
            b"bearertoken",
            b"bottoken",
            b"idtoken",
            b"refreshtoken",
            b"secrettoken",
            b"securitytoken",
            b"sessiontoken",
        ],
        b'y' | b'Y' => &[
            b"accesskey",
            b"accountkey",
            b"authkey",
            b"encryptionkey",
            b"masterkey",
            b"privatekey",
            b"secretkey",
            b"signingkey",
            b"subscriptionkey",
            b"virtualkey",
        ],
        _ => &[],
    }
}
/// What a shell calls so, whoever it is for: `SOME_SERVICE_TOKEN`. Not a `MAX_TOKEN=4096`.
const VARIABLE: &[u8] = b"_TOKEN";
/// Whose value may be a list, up to the end of its line.
const LISTS: [&[u8]; 2] = [b"authorization", b"cookie"];
/// Schemes of `Authorization` with one word of credentials after them. Others, such as `Digest`,
/// have a list.
const ONE_WORD_SCHEMES: [&[u8]; 5] = [b"bearer", b"basic", b"token", b"negotiate", b"apikey"];
/// What stands in the place of a value and is none, in what brackets it may be.
const NO_VALUES: [&[u8]; 6] = [b"null", b"none", b"true", b"false", b"redacted", b"hidden"];
/// How deep `Some(Secret("…"))` may go.
const MAX_WRAPPERS: usize = 4;

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
    if names(*unquoted.last()?).is_empty() {
        return None;
    }
    let name_is_quoted = unquoted.len() < before.len();
    let (name, name_start) = secret_name(unquoted)?;

    // `=>` and `: ` are separators as well.
    let start = run(text, at + 1, |byte| is_blank(byte) || byte == b'>');
    let start = behind_wrappers(text, start);
    if text[start..].starts_with(REDACTED.as_bytes()) {
        return None;
    }
    if name == VARIABLE
        && !text[start..word_end(text, start)]
            .iter()
            .any(u8::is_ascii_alphabetic)
    {
        return None;
    }
    let quote = run(text, start, |byte| byte == b'\\');
    if text.get(quote).copied().is_some_and(is_quote) {
        let end = closing_quote(text, quote, quote - start);
        return not_empty(text, quote + 1..end);
    }
    if text.get(start) == Some(&b'[') {
        let end = run(text, start, |byte| !ends_line(byte) && byte != b']');
        return not_empty(text, start + 1..end);
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
    let end = if word.last().is_some_and(|before| b"?&".contains(before)) {
        // One of the values in a URL's query.
        let value = &text[start..word_end(text, start)];
        let ends = value.iter().position(|byte| b"&#".contains(byte));
        start + ends.unwrap_or(value.len())
    } else {
        let may_be_list = text[at] == b':' && LISTS.contains(&name);
        end_of_plain(text, start, enclosing, may_be_list)
    };
    not_empty(text, start..end)
}

/// The name of a secret that a text ends with, and where it begins.
fn secret_name(text: &[u8]) -> Option<(&'static [u8], usize)> {
    let found = |name: &&'static [u8]| Some((*name, begin_of(text, name)?));
    let last = *text.last()?;
    if let Some(found) = names(last).iter().find_map(found) {
        return Some(found);
    }
    if let Some((name, start)) = words(last).iter().find_map(found)
        && begins_word(text, start)
    {
        return Some((name, start));
    }
    text.ends_with(VARIABLE)
        .then(|| (VARIABLE, text.len() - VARIABLE.len()))
}

/// Where a name begins that a text ends with, in any case and with any `-` and `_` in it.
fn begin_of(text: &[u8], name: &[u8]) -> Option<usize> {
    let mut rest = name;
    for (at, byte) in text.iter().enumerate().rev() {
        let (last, before) = rest.split_last()?;
        if byte.eq_ignore_ascii_case(last) {
            rest = before;
        } else if rest.len() == name.len() || (*byte != b'-' && *byte != b'_') {
            return None;
        }
        if rest.is_empty() {
            return Some(at);
        }
    }
    None
}

/// Whether a word begins there, by itself or as in `userAccessToken`.
fn begins_word(text: &[u8], start: usize) -> bool {
    keys::begins_word(text, start)
        || text[start].is_ascii_uppercase() && text[start - 1].is_ascii_lowercase()
}

/// Where the value begins that is wrapped as Rust shows it: `Some("…")`, on several lines as well.
fn behind_wrappers(text: &[u8], start: usize) -> usize {
    let mut inner = start;
    for _ in 0..MAX_WRAPPERS {
        let word = run(text, inner, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
        });
        if word == inner || text.get(word) != Some(&b'(') {
            break;
        }
        inner = run(text, word + 1, |byte| byte.is_ascii_whitespace());
    }
    inner
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
    let bare = trim_end(found, |byte| b"])}>*".contains(&byte));
    let bare = &bare[run(bare, 0, |byte| b"[({<*".contains(&byte))..];
    let none = NO_VALUES.iter().any(|none| bare.eq_ignore_ascii_case(none));
    (!bare.is_empty() && !none).then_some(value)
}

fn trim_end(text: &[u8], belongs: impl Fn(u8) -> bool) -> &[u8] {
    let kept = text
        .iter()
        .rposition(|byte| !belongs(*byte))
        .map_or(0, |last| last + 1);
    &text[..kept]
}
