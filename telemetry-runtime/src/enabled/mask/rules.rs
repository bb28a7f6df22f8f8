//! Chooses the rules for a word and for a mark of a text, and refuses most of them by a quick test.

#![expect(
    clippy::inline_always,
    reason = "the loop over the blocks is compiled for several processors"
)]

use std::ops::Range;

use memchr::memmem;

use super::bytes::{Set, is_blank, run_back};
use super::kinds::{CLASSES, Check, Kind};
use super::{
    columns, command, context, index, letter_pairs, name_ends, pairs, pem, positional, prompts,
    sentence, shape, shell, sql, token, url, value,
};

/// The length of the beginning of a key that a placeholder would fill.
const JUDGED: usize = 12;
/// A length at which no random text of a large alphabet has small letters alone.
const LONG_WORD: usize = 32;

/// The bytes with which the text of a tag does not begin: they follow a type of a program.
static BEHIND_TYPES: Set = Set::of(b",);>(:<");
/// Returns a secret by the word that begins at `at`, by the rules outside of the table.
pub(super) fn word(text: &[u8], at: usize, four: u32) -> Option<Range<usize>> {
    let [first, second, third, fourth] = (four | 0x2020_2020).to_le_bytes();
    match &[first, second, third] {
        b"bea" => token::bearer(text, at),
        b"beg" => pem::private_key(text, at),
        b"bas" => token::basic(text, at).or_else(|| shell::word(text, at)),
        b"end" => pem::tail(text, at),
        b"xox" | [b's', b'k', b'-' | 0x7f] => longest(text, at, index::at_word(four), four),
        b"pri" => pem::putty(text, at),
        b"ide" => sql::identified_by(text, at),
        b"unw" => sentence::unwrapped(text, at),
        b"pas" => sentence::named(text, at).or_else(|| shell::word(text, at)),
        b"exp" => positional::argument(text, at, four).or_else(|| prompts::sent(text, at)),
        b"key" | b"tok" | b"sec" | b"pwd" | b"cre" | b"api" | b"psk" => sentence::named(text, at),
        b"chp" | b"set" | b"env" | b"def" | b"con" | b"par" | b"aut" | b"req" | b"mas"
            if shell::may_be_word([first, second, third, fourth]) =>
        {
            shell::word(text, at).or_else(|| positional::argument(text, at, four))
        }
        _ => positional::argument(text, at, four),
    }
}

/// Returns whether a rule may find a secret by the mark at `at`, before the byte `next`: a quick test that most marks
/// fail.
#[inline(always)]
pub(super) fn may_be_marked(text: &[u8], at: usize, mark: u8, next: u8) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map_or(b' ', |at| text[at]);
    let behind = |distance: usize| text.get(at + distance).copied().unwrap_or(b' ');
    // A part of this length without a blank is before the mark.
    let follows = |distance: usize| before(1) > b' ' && before(distance) > b' ';
    match mark {
        b',' => matches!(before(1), b'"' | b'\'') && name_ends::may_end(text, at - 1),
        b'(' => {
            before(1) > b' ' && name_ends::may_end(text, at)
                || before(1) == b'='
                || before(1) == b'p' && text[..at].ends_with(b"@tcp")
                || next == b'"' && text[at + 1..].starts_with(b"\"dbi:")
        }
        b'>' => next > b' ' && !BEHIND_TYPES.has(next) && !matches!(before(1), b'-' | b'=' | b' '),
        b'-' => {
            at > 0 && next == b' ' && before(1) == b' ' && name_ends::may_end(text, at - 1)
                || (before(1) < b'-' || matches!(before(1), b'[' | b'`'))
                    && (next == b'-' || next.is_ascii_alphabetic())
                || behind(9) == b'-' && before(1).is_ascii_hexdigit() && follows(32)
        }
        b'.' => behind(7) == b'.' && follows(24),
        b'_' => behind(5) == b'_' && follows(64),
        b'|' if at > 0 && (next == b' ' || before(1) == b' ') => {
            name_ends::may_end(text, at - usize::from(before(1) == b' '))
        }
        b'|' | b'~' => before(1) > b'-' && joins(text, at),
        b':' | b'=' => {
            next == b'/'
                || mark == b'=' && next == b'"' && text[..at].ends_with(b"; name")
                || mark == b':' && before(1) == b'n' && text[..at].ends_with(b":thin")
                || mark == b':' && before(1) == b']' && text[..at].ends_with(b" [None]")
                || mark == b'='
                    && matches!(before(1), b'd' | b'e')
                    && context::is_before_parameter(text, at)
                || name_ends::may_be_before_separator(text, context::name_end(text, at))
                || next > b' '
                    && before(1) > b'\''
                    && (behind(32) > b'/' && joins(text, at) || command::is_port(text, at))
        }
        _ => false,
    }
}

/// Returns a secret by the mark at `at`.
pub(super) fn mark(text: &[u8], at: usize) -> Option<Range<usize>> {
    match text[at] {
        b',' => pairs::tuple(text, at),
        b'(' => pairs::call(text, at)
            .or_else(|| pairs::credentials(text, at))
            .or_else(|| url::socket_user(text, at)),
        b'|' => joined(text, at).or_else(|| columns::beside(text, run_back(text, at, 1, is_blank))),
        b'-' if text.get(at + 1) == Some(&b' ') => sentence::dashed(text, at),
        b'>' => pairs::tag(text, at),
        b'-' => command::option(text, at).or_else(|| joined(text, at)),
        b':' | b'=' => assignment(text, at),
        _ => joined(text, at),
    }
}

/// Returns a key whose anchor is the mark at `at`.
fn joined(text: &[u8], at: usize) -> Option<Range<usize>> {
    joins(text, at).then(|| longest(text, at, index::at_mark(text[at]), four(text, at)))?
}

/// Returns whether the mark at `at` may stand in the middle of a key.
#[inline]
fn joins(text: &[u8], at: usize) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-=".contains(&byte);
    let before = at.checked_sub(1).map(|before| text[before]);
    before.is_some_and(is_part) && text.get(at + 1).copied().is_some_and(is_part)
}

/// Returns a secret by the `:` or `=` at `at`.
fn assignment(text: &[u8], at: usize) -> Option<Range<usize>> {
    let user = if text[at] == b':' {
        url::user_info(text, at).or_else(|| url::oracle_user(text, at))
    } else {
        None
    };
    user.or_else(|| context::assigned(text, at))
        .or_else(|| pairs::paired(text, at))
        .or_else(|| pairs::form_data(text, at))
        .or_else(|| joined(text, at))
        .or_else(|| command::pgpass(text, at))
}

/// Returns the longest key of the kinds of a bucket whose anchor, with these four bytes, is at `at`.
pub(super) fn longest(text: &[u8], at: usize, bucket: usize, four: u32) -> Option<Range<usize>> {
    index::kinds(bucket, four)
        .filter_map(|kind| key(kind, text, at))
        .max_by_key(|key| key.end)
}

/// Returns the four bytes at `at`; 0 where fewer follow.
fn four(text: &[u8], at: usize) -> u32 {
    let four = text.get(at..at + 4).and_then(<[u8]>::first_chunk);
    four.map_or(0, |four| u32::from_le_bytes(*four))
}

/// Returns the key of a kind whose anchor is at `at`.
fn key(kind: &Kind, text: &[u8], at: usize) -> Option<Range<usize>> {
    let (key, body) = kind.pattern.find(&CLASSES, text, at)?;
    // The match of a class before the literal belongs to the body.
    let body = &text[if kind.pattern.begins_with_class() {
        key.start
    } else {
        body
    }..key.end];
    // No key of letters of both cases and digits has small letters alone.
    let is_word = body.len() >= LONG_WORD
        && body.iter().all(u8::is_ascii_lowercase)
        && letter_pairs::are_of_names(body);
    let is_key = match kind.check {
        Check::Pattern => !shape::is_filler(body),
        Check::Words => {
            // The text behind the key may be a placeholder.
            let beginning = &body[..body.len().min(JUDGED)];
            !is_word
                && !shape::is_filler(body)
                && !shape::is_words(body)
                && !value::is_placeholder(beginning)
        }
        Check::Random => !is_word && shape::is_random_behind_prefix(body),
        Check::PrivateKey => {
            memmem::find(&shape::decoded(&text[key.clone()]), b"PRIVATE").is_some()
        }
    };
    is_key.then(|| kind.pattern.whole(&CLASSES, text, &key))?
}

/// Returns whether a text is a key of the table from its first byte on.
pub(super) fn begins_with_key(text: &[u8]) -> bool {
    let four = four(text, 0);
    longest(text, 0, index::at_word(four), four).is_some_and(|key| key.start == 0)
        || token::web_token(text, 0).is_some()
}
