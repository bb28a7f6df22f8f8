//! Finds the secrets of one layer of a text.
//!
//! [`Places`] finds the beginnings of words and the marks of a text, and a quick test refuses most of them:
//!
//! | place | quick test | looks for |
//! |---|---|---|
//! | the beginning of a word | its first three bytes | rows of the table, `Bearer …`, PEM, netrc, `the password is …` |
//! | `:` and `=` | the last four bytes of the name before it | a name before a value; a URL's user, a line of pgpass |
//! | `,` and `(` | the same bytes of the name before it | tuples and calls |
//! | `>` | `</` behind the text of the tag | tags |
//! | `-` | a blank or a quote before it | options of commands |
//! | other marks | letters and digits around it | rows of the table that have no word at their beginning |

use std::ops::Range;

use memchr::memmem;

use super::blocks::{BLOCK, Places};
use super::bytes::{REDACTED, Set, is_key_byte, run};
use super::decode::ESCAPE;
use super::kinds::{Check, Kind};
use super::{command, context, index, names, pairs, pem, shape, shell, token, url, value};

/// The least number of bytes behind a secret that belong to another key.
const JOINED: usize = 8;
/// The length of the beginning of a key that a placeholder would fill.
const JUDGED: usize = 12;
/// A block and the bytes behind it that belong to a beginning in it.
const NEAR: usize = BLOCK + 4;
/// A bit for each of the first bytes of a key: letters, digits and marks.
const RUN: u64 = (1 << 12) - 1;

/// Calls `found` with each secret of a text, in no order; some are found twice. Returns where the first byte is that may
/// begin an escape.
pub(super) fn secrets(text: &[u8], mut found: impl FnMut(Range<usize>)) -> Option<usize> {
    let mut scan = Scan {
        text,
        found: &mut found,
        by_word: 0..0,
        by_mark: 0..0,
        escape: usize::MAX,
    };
    let (mut base, mut is_inside) = (0, 0);
    while let Some(near) = text.get(base..).and_then(<[u8]>::first_chunk) {
        is_inside = scan.block(base, near, is_inside);
        base += BLOCK;
    }
    // The last block, and one more where only the bytes behind a block are missing.
    while base < text.len() {
        let mut near = [0; NEAR];
        let rest = &text[base..text.len().min(base + NEAR)];
        near[..rest.len()].copy_from_slice(rest);
        is_inside = scan.block(base, &near, is_inside);
        base += BLOCK;
    }
    Some(scan.escape).filter(|escape| *escape < text.len())
}

struct Scan<'a> {
    text: &'a [u8],
    found: &'a mut dyn FnMut(Range<usize>),
    /// The last secrets that were found by a word, and by a mark. No rule begins within one of its kind.
    by_word: Range<usize>,
    by_mark: Range<usize>,
    /// Where the first byte is that may begin an escape.
    escape: usize,
}

impl Scan<'_> {
    /// Looks at the places of a block. `is_inside` is 1 where a word goes on from the block before; the result is that
    /// for the next block.
    #[inline]
    fn block(&mut self, base: usize, near: &[u8; NEAR], is_inside: u64) -> u64 {
        let places = near.first_chunk().map_or_else(Places::default, Places::of);
        // A key has more than two bytes. What follows the block is not known.
        let parts = places.words | places.marks;
        let goes_on = parts >> 1 & parts >> 2 | 3 << (BLOCK - 2);
        let mut starts = places.words & !(places.words << 1 | is_inside) & goes_on;
        let text = self.text;
        while starts != 0 {
            let place = starts.trailing_zeros() as usize % BLOCK;
            starts &= starts - 1;
            let four = [
                near[place],
                near[place + 1],
                near[place + 2],
                near[place + 3],
            ];
            let what = index::begins(four);
            if what != 0 {
                // Where the block ends before the run does, the run counts as long.
                let is_long = !parts >> place & RUN == 0;
                let is_word = what & index::WORD != 0 && index::may_be_word(four);
                if is_word || is_long || is_joined(text, base + place) {
                    self.word(base + place, u32::from_le_bytes(four));
                }
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
                _ if may_be_marked(text, at, mark, behind) => self.mark(at),
                _ => {}
            }
        }
        places.words >> (BLOCK - 1)
    }

    #[inline(never)]
    fn word(&mut self, at: usize, four: u32) {
        if self.by_word.contains(&at) {
            return;
        }
        let [first, second, ..] = four.to_le_bytes();
        let key = longest(self.text, at, first, second);
        let secret = key.or_else(|| word(self.text, at, four)).map(|secret| {
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
        (self.found)(secret.clone());
        Some(secret)
    }
}

/// Marks by which no rule finds a secret where a blank follows.
static IS_TIGHT: Set = Set::of(b"'()*+-./;<>^_|~");

/// Returns a secret by the word that begins at `at`, by the rules that are no row of the table.
fn word(text: &[u8], at: usize, four: u32) -> Option<Range<usize>> {
    let [first, second, third, _] = (four | 0x2020_2020).to_le_bytes();
    match &[first, second, third] {
        b"bea" => token::bearer(text, at),
        b"beg" => pem::private_key(text, at),
        b"bas" => token::basic(text, at).or_else(|| shell::word(text, at)),
        b"end" => pem::tail(text, at),
        b"pri" => pem::putty(text, at),
        b"ide" => command::identified_by(text, at),
        b"key" | b"tok" | b"sec" | b"pas" | b"pwd" | b"cre" | b"api" | b"psk" => {
            command::named(text, at)
        }
        b"chp" | b"set" | b"env" | b"def" | b"con" | b"par" | b"aut" | b"req" | b"mas" => {
            shell::word(text, at)
        }
        [b'e', b'y', _] => token::web_token(text, at),
        _ => None,
    }
}

/// Returns whether the word at `at` may be the end of a key, or is a short key.
fn is_joined(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| text[before]);
    before.is_some_and(|before| matches!(before, b'-' | b'_' | b'+' | b'.'))
        || matches!(
            text[at..],
            [b's', b'k', b'-' | b'_', ..] | [b'x', b'o', b'x', ..]
        )
}

/// Returns whether a rule may find a secret by the mark at `at`, before the byte `next`: a quick test that most marks
/// fail.
#[inline]
fn may_be_marked(text: &[u8], at: usize, mark: u8, next: u8) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map_or(b' ', |at| text[at]);
    let behind = |distance: usize| text.get(at + distance).copied().unwrap_or(b' ');
    // A part of this length without a blank is before the mark.
    let follows = |distance: usize| before(1) > b' ' && before(distance) > b' ';
    match mark {
        b',' => matches!(before(1), b'"' | b'\'') && names::may_end(text, at - 1),
        b'(' => before(1) > b' ' && names::may_end(text, at) || before(1) == b'=',
        b'>' => next > b' ',
        b'-' => {
            (before(1) < b'-' || matches!(before(1), b'[' | b'`')) && next > b' '
                || behind(9) == b'-' && before(1).is_ascii_hexdigit() && follows(32)
        }
        b'.' => behind(7) == b'.' && follows(24),
        b'_' => behind(5) == b'_' && follows(64),
        b'|' | b'~' => joins(text, at),
        b':' | b'=' => {
            next == b'/'
                || mark == b'=' && next == b'"' && text[..at].ends_with(b"; name")
                || names::may_end(text, context::name_end(text, at))
                || next > b' '
                    && before(1) > b'\''
                    && (behind(32) > b'/' && joins(text, at) || is_port(text, at))
        }
        _ => false,
    }
}

/// Returns whether a number and a colon follow a colon, as in a line of pgpass.
fn is_port(text: &[u8], at: usize) -> bool {
    let port = text.get(at + 1..).unwrap_or_default();
    let begins = port
        .first()
        .is_some_and(|first| first.is_ascii_digit() || *first == b'*');
    begins && port.iter().take(6).any(|byte| *byte == b':')
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
    joins(text, at).then(|| longest(text, at, text[at], 0))?
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

/// Returns the longest key of the kinds whose anchor, with these first two bytes, is at `at`.
fn longest(text: &[u8], at: usize, first: u8, second: u8) -> Option<Range<usize>> {
    let head = text.get(at..at + 4).and_then(<[u8]>::first_chunk);
    let head = head.map_or(0, |head| u32::from_le_bytes(*head));
    index::kinds(first, second, head)
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
            // What follows the key may be a placeholder.
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
    let Some([first, second, ..]) = text.first_chunk::<4>() else {
        return false;
    };
    longest(text, 0, *first, *second).is_some_and(|key| key.start == 0)
        || token::web_token(text, 0).is_some()
}
