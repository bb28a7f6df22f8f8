//! Finds the secrets of one layer of a text, in three passes.
//!
//! | pass | reads | looks for |
//! |---|---|---|
//! | [`words`] | each run of at least [`LEAST`] bytes without a blank | rows of the table, by the first three bytes of each word; tuples, calls, tags, options |
//! | [`assignments`] | each `:` and `=` | a name before a value, a URL's user, a line of pgpass |
//! | [`sentences`] | each ` is ` | `the password is …` |
//!
//! Most of prose is shorter words, which the first pass skips eight bytes at a time.

use std::ops::Range;

use memchr::{memchr2_iter, memmem};

use super::bytes::{REDACTED, run};
use super::kinds::{Check, Kind};
use super::{command, context, index, pairs, pem, shape, token, url, value};

/// The shortest run without a blank that holds a secret, or the word that tells of one: `Bearer`.
const LEAST: usize = 6;

/// The class of a byte in a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    /// A letter or a digit.
    Word,
    /// A byte that rules begin with.
    Mark,
}

const MARKS: &[u8] = b",(>-._|~%";

static CLASSES: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = Class::Word;
        }
        byte += 1;
    }
    let mut mark = 0;
    while mark < MARKS.len() {
        table[MARKS[mark] as usize] = Class::Mark;
        mark += 1;
    }
    table
};

/// Calls `found` with each secret of a text, in no order; some are found twice.
pub(super) fn secrets(text: &[u8], mut found: impl FnMut(Range<usize>)) {
    let mut add = |secret: Option<Range<usize>>, from: usize| {
        let secret = secret.filter(|secret| {
            !secret.is_empty() && !text[secret.start..].starts_with(REDACTED.as_bytes())
        })?;
        let end = secret.end;
        found(secret);
        Some(end.max(from))
    };
    words(text, &mut add);
    assignments(text, &mut add);
    sentences(text, &mut add);
}

/// Takes a secret and where its rule looked; returns where to go on where there is one.
type Add<'a> = dyn FnMut(Option<Range<usize>>, usize) -> Option<usize> + 'a;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Looks at the runs without a blank.
fn words(text: &[u8], add: &mut Add<'_>) {
    let mut from = 0;
    let mut start = 0;
    let mut run = |start: usize, end: usize| {
        if end > from {
            from = word_run(text, start.max(from), end, add).max(from);
        }
    };
    let mut blocks = text.chunks_exact(8);
    let mut base = 0;
    for block in &mut blocks {
        let block = block
            .first_chunk()
            .map_or(0, |block| u64::from_le_bytes(*block));
        // The high bit of each byte that is a blank: up to 0x20.
        let mut blanks = !(((block & !HIGH) + (0x80 - 0x21) * ONES) | block) & HIGH;
        while blanks != 0 {
            let end = base + (blanks.trailing_zeros() >> 3) as usize;
            if end >= start + LEAST {
                run(start, end);
            }
            start = end + 1;
            blanks &= blanks - 1;
        }
        base += 8;
    }
    for (after, byte) in blocks.remainder().iter().enumerate() {
        if *byte <= b' ' {
            if base + after >= start + LEAST {
                run(start, base + after);
            }
            start = base + after + 1;
        }
    }
    if text.len() >= start + LEAST {
        run(start, text.len());
    }
}

/// Looks at a run without a blank; returns where the next one may begin.
#[cold]
fn word_run(text: &[u8], start: usize, end: usize, add: &mut Add<'_>) -> usize {
    let is_word = |byte: u8| CLASSES[usize::from(byte)] == Class::Word;
    let mut at = start;
    if may_be_argument(text, start)
        && let Some(next) = add(command::argument_at(text, start), start)
    {
        at = next;
    } else if start > 0 && is_word(text[start - 1]) {
        at = run(text, start, is_word);
    }
    while at < end {
        let (secret, next) = match CLASSES[usize::from(text[at])] {
            Class::Other => (None, at + 1),
            Class::Mark => (mark(text, at), at + 1),
            Class::Word => {
                let four = text[at..].first_chunk();
                let may_begin = four.is_some_and(|four| index::may_begin(*four));
                let secret = if may_begin { word(text, at) } else { None };
                (secret, run(text, at + 1, is_word))
            }
        };
        at = match secret {
            None => next,
            secret => add(secret, at + 1).unwrap_or(next),
        };
    }
    at
}

/// Returns whether an option may begin at `start`, or the value of a short option or of `Basic`.
#[inline]
fn may_be_argument(text: &[u8], start: usize) -> bool {
    let before = start
        .checked_sub(3)
        .map(|before| (text[before], text[before + 1] | 0x20));
    b"-\"'[`".contains(&text[start])
        || before.is_some_and(|(dash, letter)| dash == b'-' || letter == b'c')
}

/// Returns a secret by the word that begins at `at`.
fn word(text: &[u8], at: usize) -> Option<Range<usize>> {
    longest(text, at, text[at], text[at + 1]).or_else(|| match text[at] | 0x20 {
        b'b' => token::bearer(text, at).or_else(|| pem::private_key(text, at)),
        b'e' => token::web_token(text, at).or_else(|| pem::tail(text, at)),
        b'p' => pem::putty(text, at).or_else(|| command::word(text, at)),
        _ => command::word(text, at),
    })
}

/// Returns a secret by a mark in a run.
fn mark(text: &[u8], at: usize) -> Option<Range<usize>> {
    match text[at] {
        b',' => pairs::tuple(text, at),
        b'(' => pairs::call(text, at),
        b'>' => pairs::tag(text, at),
        byte if joins(text, at) => longest(text, at, byte, 0),
        _ => None,
    }
}

/// Returns whether the mark at `at` may stand in the middle of a key.
#[inline]
fn joins(text: &[u8], at: usize) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-=".contains(&byte);
    let before = at.checked_sub(1).map(|before| text[before]);
    let is_inside = before.is_some_and(is_part) && text.get(at + 1).copied().is_some_and(is_part);
    // The parts of the token of a Discord bot are 6 bytes apart.
    is_inside && (text[at] != b'.' || text.get(at + 7) == Some(&b'.'))
}

/// Looks at each `:` and `=`.
fn assignments(text: &[u8], add: &mut Add<'_>) {
    let mut from = 0;
    for at in memchr2_iter(b':', b'=', text) {
        if at < from {
            continue;
        }
        let mut secret = None;
        if text[at] == b':' {
            secret = url::user_info(text, at);
        }
        let secret = secret
            .or_else(|| context::assigned(text, at))
            .or_else(|| pairs::paired(text, at))
            .or_else(|| {
                if joins(text, at) {
                    longest(text, at, text[at], 0)
                } else {
                    None
                }
            })
            .or_else(|| command::colon(text, at));
        if secret.is_some() {
            from = add(secret, at).unwrap_or(from);
        }
    }
}

/// Looks at each ` is `.
fn sentences(text: &[u8], add: &mut Add<'_>) {
    for at in memmem::find_iter(text, b" is ") {
        add(command::sentence(text, at), at);
    }
}

/// Returns the longest key of the kinds whose anchor, with these first two bytes, is at `at`.
fn longest(text: &[u8], at: usize, first: u8, second: u8) -> Option<Range<usize>> {
    index::kinds(first, second)
        .filter_map(|kind| key(kind, text, at))
        .max_by_key(|key| key.end)
}

/// Returns the key of a kind whose anchor is at `at`.
fn key(kind: &Kind, text: &[u8], at: usize) -> Option<Range<usize>> {
    let (key, body) = kind.pattern.find(text, at)?;
    // The match of a class before the literal belongs to the body.
    let body = &text[if kind.pattern.begins_with_class() {
        key.start
    } else {
        body
    }..key.end];
    let is_key = match kind.check {
        Check::Pattern => !shape::is_filler(body),
        Check::Words => {
            !shape::is_filler(body) && !shape::is_words(body) && !value::is_placeholder(body)
        }
        Check::Random => shape::is_random(body),
        Check::PrivateKey => {
            memmem::find(&shape::decoded(&text[key.clone()]), b"PRIVATE").is_some()
        }
    };
    is_key.then(|| kind.pattern.whole(text, &key))?
}

/// Returns whether a text is a key of the table from its first byte on.
pub(super) fn begins_with_key(text: &[u8]) -> bool {
    let Some([first, second, ..]) = text.first_chunk::<4>() else {
        return false;
    };
    longest(text, 0, *first, *second).is_some_and(|key| key.start == 0)
        || token::web_token(text, 0).is_some()
}
