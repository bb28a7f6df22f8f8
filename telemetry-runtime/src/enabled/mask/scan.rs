//! Finds the secrets of one layer of a text.
//!
//! [`Places`] finds the beginnings of words and the marks of a text, and a quick test refuses most of them:
//!
//! | place | quick test | looks for |
//! |---|---|---|
//! | the beginning of a long word, or of a part of one | its first three bytes | rows of the table |
//! | the beginning of a word | its first four bytes, and the byte behind it | `Bearer …`, PEM, netrc, `the password is …` |
//! | `:` and `=` | the last four bytes of the name before it | a name before a value; a URL's user, a line of pgpass |
//! | `,` and `(` | the same bytes of the name before it | tuples and calls |
//! | `>` | `</` behind the text of the tag | tags |
//! | `-` | a blank or a quote before it | options of commands |
//! | other marks | letters and digits around it | rows of the table that have no word at their beginning |

#![expect(
    clippy::inline_always,
    reason = "the loop over the blocks is compiled for several processors"
)]

use std::ops::Range;

use memchr::memmem;

use super::blocks::Common;
use super::bytes::{REDACTED, Set, is_key_byte, run};
use super::classes::{BLOCK, Classes, Places};
use super::decode::ESCAPE;
use super::kinds::{Check, Kind};
#[cfg(target_arch = "x86_64")]
use super::vector;
use super::{
    command, context, index, name_ends, pairs, pem, positional, sentence, shape, shell, sql, token,
    url, value,
};

/// The least number of bytes behind a secret that belong to another key.
const JOINED: usize = 8;
/// The length of the beginning of a key that a placeholder would fill.
const JUDGED: usize = 12;
/// A block and the bytes behind it that belong to a beginning in it.
const NEAR: usize = BLOCK + 4;

/// Adds the secrets that begin in the parts of a text, in no order; some are added twice. Returns where the first byte is
/// that may begin an escape.
pub(super) fn secrets(
    text: &[u8],
    parts: &[Range<usize>],
    found: &mut Vec<Range<usize>>,
) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(escape) = vector::run(|wide| secrets_in(wide, text, parts, found)) {
        return escape;
    }
    secrets_in(Common, text, parts, found)
}

#[inline(always)]
fn secrets_in(
    classes: impl Classes,
    text: &[u8],
    parts: &[Range<usize>],
    found: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let mut scan = Scan {
        text,
        found,
        by_word: 0..0,
        by_mark: 0..0,
        escape: usize::MAX,
    };
    let mut base = 0;
    for part in parts {
        base = base.max(part.start / BLOCK * BLOCK);
        let before = base.checked_sub(1).map(|before| text[before]);
        let mut is_inside = u64::from(before.is_some_and(|byte| byte.is_ascii_alphanumeric()));
        let end = part.end.min(text.len());
        while base < end {
            // The last block, and one more where only the bytes behind a block are missing, are copied.
            let copy;
            let near = if let Some(near) = text[base..].first_chunk() {
                near
            } else {
                copy = padded(&text[base..]);
                &copy
            };
            let places = near
                .first_chunk()
                .map_or_else(Places::default, |block| classes.places(block));
            is_inside = scan.block(base, near, places, is_inside);
            base += BLOCK;
        }
    }
    Some(scan.escape).filter(|escape| *escape < text.len())
}

/// Returns a text that is shorter than a block and what is read behind it, with zeros behind its end.
#[cold]
fn padded(text: &[u8]) -> [u8; NEAR] {
    let mut padded = [0; NEAR];
    padded[..text.len()].copy_from_slice(text);
    padded
}

struct Scan<'a> {
    text: &'a [u8],
    found: &'a mut Vec<Range<usize>>,
    /// The last secrets that were found by a word, and by a mark. No rule begins within one of its kind.
    by_word: Range<usize>,
    by_mark: Range<usize>,
    /// Where the first byte is that may begin an escape.
    escape: usize,
}

impl Scan<'_> {
    /// Looks at the places of a block. `is_inside` is 1 where a word goes on from the block before; the result is that
    /// for the next block.
    #[inline(always)]
    fn block(&mut self, base: usize, near: &[u8; NEAR], places: Places, is_inside: u64) -> u64 {
        // A key has more than two bytes. What follows the block is not known.
        let goes_on = places.parts >> 1 & places.parts >> 2 | 3 << (BLOCK - 2);
        let starts = places.words & !(places.words << 1 | is_inside) & goes_on;
        let four_at = |place: usize| {
            let four = [
                near[place],
                near[place + 1],
                near[place + 2],
                near[place + 3],
            ];
            u32::from_le_bytes(four)
        };
        // A key is long, or its beginning is a part of another word. What is before the block is not known.
        let may_be_key = long_runs(places.parts) | places.parts << 1 | 1;
        let mut words = starts & !may_be_key;
        while words != 0 {
            let place = words.trailing_zeros() as usize % BLOCK;
            words &= words - 1;
            let four = four_at(place);
            if index::may_be_word(four) && may_follow(near, place, places.words) {
                self.word(base + place, four);
            }
        }
        let mut keys = starts & may_be_key;
        while keys != 0 {
            let place = keys.trailing_zeros() as usize % BLOCK;
            keys &= keys - 1;
            let four = four_at(place);
            if index::may_be_key(four) {
                self.key(base + place, four);
            } else if index::may_be_word(four) && may_follow(near, place, places.words) {
                self.word(base + place, four);
            }
        }
        let mut marks = places.marks;
        while marks != 0 {
            let place = marks.trailing_zeros() as usize % BLOCK;
            marks &= marks - 1;
            let (mark, behind) = (near[place], near[place + 1]);
            if behind == b' ' && IS_TIGHT.has(mark) {
                continue;
            }
            let at = base + place;
            match mark {
                b'\\' | b'%' | b'&' | ESCAPE => self.escape = self.escape.min(at),
                _ if may_be_marked(self.text, at, mark, behind) => self.mark(at),
                _ => {}
            }
        }
        places.words >> (BLOCK - 1)
    }

    /// Looks for a key at the beginning of a word, and for a secret by the word.
    #[inline(never)]
    fn key(&mut self, at: usize, four: u32) {
        if self.by_word.contains(&at) {
            return;
        }
        let secret = longest(self.text, at, index::at_word(four), four)
            .or_else(|| index::may_be_web_token(four).then(|| token::web_token(self.text, at))?)
            .or_else(|| index::may_be_word(four).then(|| word(self.text, at, four))?);
        self.add_word(secret);
    }

    /// Looks for a secret by the word at its beginning.
    #[inline(never)]
    fn word(&mut self, at: usize, four: u32) {
        if self.by_word.contains(&at) {
            return;
        }
        if (four | 0x2020_2020).to_le_bytes() == *b"inse" {
            for value in sql::inserted(self.text, at) {
                self.add(Some(value));
            }
            return;
        }
        self.add_word(word(self.text, at, four));
    }

    fn add_word(&mut self, secret: Option<Range<usize>>) {
        let secret = secret.map(|secret| {
            // A key that follows without a blank has its beginning in this one.
            let end = run(self.text, secret.end, is_key_byte);
            let is_joined =
                end >= secret.end + JOINED && !self.text[secret.end..].starts_with(b"--");
            secret.start..if is_joined { end } else { secret.end }
        });
        if let Some(secret) = self.add(secret) {
            self.by_word = secret;
        }
    }

    #[inline(never)]
    fn mark(&mut self, at: usize) {
        if self.by_mark.contains(&at) {
            return;
        }
        if let Some(secret) = self.add(mark(self.text, at)) {
            self.by_mark = secret;
        }
    }

    /// Reports a secret and returns it.
    fn add(&mut self, secret: Option<Range<usize>>) -> Option<Range<usize>> {
        let secret = secret.filter(|secret| {
            !secret.is_empty() && !self.text[secret.start..].starts_with(REDACTED.as_bytes())
        })?;
        self.found.push(secret.clone());
        Some(secret)
    }
}

/// Returns the places from which on twelve bytes are parts of a key. What follows the block counts as such parts.
#[inline]
fn long_runs(parts: u64) -> u64 {
    let gaps = !parts;
    let two = gaps | gaps >> 1;
    let four = two | two >> 2;
    let eight = four | four >> 4;
    !(eight | four >> 8)
}

/// Returns whether what follows the word at a place of a block lets a rule find a secret by the word. The bits of `words`
/// are letters and digits.
#[inline(always)]
fn may_follow(near: &[u8; NEAR], place: usize, words: u64) -> bool {
    let len = (!(words >> place)).trailing_zeros() as usize;
    // Not known where the word goes on behind the block, and any for `base64` and `chpasswd`.
    place + len >= BLOCK
        || BEHIND_WORDS.has(near[(place + len) % BLOCK])
        || matches!(near[place] | 0x20, b'b' | b'c')
}

/// The bytes with which the text of a tag does not begin: they follow a type of a program.
static BEHIND_TYPES: Set = Set::of(b",);>(:<");
/// The bytes behind the words of most rules.
static BEHIND_WORDS: Set = Set::of(b" \t+_-(");

/// Marks by which no rule finds a secret where a blank follows.
static IS_TIGHT: Set = Set::of(b"'(-.;<>^_|~");

/// Returns a secret by the word that begins at `at`, by the rules outside of the table.
fn word(text: &[u8], at: usize, four: u32) -> Option<Range<usize>> {
    let [first, second, third, _] = (four | 0x2020_2020).to_le_bytes();
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
        b"key" | b"tok" | b"sec" | b"pwd" | b"cre" | b"api" | b"psk" => sentence::named(text, at),
        b"chp" | b"set" | b"env" | b"def" | b"con" | b"par" | b"aut" | b"req" | b"mas" => {
            shell::word(text, at).or_else(|| positional::argument(text, at, four))
        }
        _ => positional::argument(text, at, four),
    }
}

/// Returns whether a rule may find a secret by the mark at `at`, before the byte `next`: a quick test that most marks
/// fail.
#[inline(always)]
fn may_be_marked(text: &[u8], at: usize, mark: u8, next: u8) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map_or(b' ', |at| text[at]);
    let behind = |distance: usize| text.get(at + distance).copied().unwrap_or(b' ');
    // A part of this length without a blank is before the mark.
    let follows = |distance: usize| before(1) > b' ' && before(distance) > b' ';
    match mark {
        b',' => matches!(before(1), b'"' | b'\'') && name_ends::may_end(text, at - 1),
        b'(' => before(1) > b' ' && name_ends::may_end(text, at) || before(1) == b'=',
        b'>' => next > b' ' && !BEHIND_TYPES.has(next) && !matches!(before(1), b'-' | b'=' | b' '),
        b'-' => {
            (before(1) < b'-' || matches!(before(1), b'[' | b'`'))
                && (next == b'-' || next.is_ascii_alphabetic())
                || behind(9) == b'-' && before(1).is_ascii_hexdigit() && follows(32)
        }
        b'.' => behind(7) == b'.' && follows(24),
        b'_' => behind(5) == b'_' && follows(64),
        b'|' | b'~' => before(1) > b'-' && joins(text, at),
        b':' | b'=' => {
            next == b'/'
                || mark == b'=' && next == b'"' && text[..at].ends_with(b"; name")
                || name_ends::may_be_before_separator(text, context::name_end(text, at))
                || next > b' '
                    && before(1) > b'\''
                    && (behind(32) > b'/' && joins(text, at) || command::is_port(text, at))
        }
        _ => false,
    }
}

/// Returns a secret by the mark at `at`.
fn mark(text: &[u8], at: usize) -> Option<Range<usize>> {
    match text[at] {
        b',' => pairs::tuple(text, at),
        b'(' => pairs::call(text, at).or_else(|| pairs::credentials(text, at)),
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
        url::user_info(text, at)
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
fn longest(text: &[u8], at: usize, bucket: usize, four: u32) -> Option<Range<usize>> {
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
            // The text behind the key may be a placeholder.
            let beginning = &body[..body.len().min(JUDGED)];
            !shape::is_filler(body) && !shape::is_words(body) && !value::is_placeholder(beginning)
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
    let four = four(text, 0);
    longest(text, 0, index::at_word(four), four).is_some_and(|key| key.start == 0)
        || token::web_token(text, 0).is_some()
}
