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
//! | two blanks | the last four bytes of the name before them | a table with a name and a value in two columns |
//! | other marks | letters and digits around it | rows of the table that have no word at their beginning |

#![expect(
    clippy::inline_always,
    reason = "the loop over the blocks is compiled for several processors"
)]

use std::ops::Range;

use super::blocks::Common;
use super::bytes::{REDACTED, Set, is_key_byte, run};
use super::classes::{BLOCK, Classes, Places, Work};
use super::decode::ESCAPE;
#[cfg(target_arch = "x86_64")]
use super::vector;
use super::{columns, index, rules, sql, token};

/// The least number of bytes behind a secret that belong to another key.
const JOINED: usize = 8;
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
    if let Some(escape) = vector::run(Search { text, parts, found }) {
        return escape;
    }
    Search { text, parts, found }.work(Common)
}

/// A search for the secrets in parts of a text.
struct Search<'a> {
    text: &'a [u8],
    parts: &'a [Range<usize>],
    found: &'a mut Vec<Range<usize>>,
}

impl Work for Search<'_> {
    type Result = Option<usize>;

    #[inline(always)]
    fn work(self, classes: impl Classes) -> Option<usize> {
        secrets_in(classes, self.text, self.parts, self.found)
    }
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
        rows: 0..0,
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

/// Returns the text with zeros behind its end. The text is shorter than [`NEAR`].
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
    /// The rows of the last table, none of which is the head of a further one.
    rows: Range<usize>,
    /// Where the first byte is that may begin an escape.
    escape: usize,
}

impl Scan<'_> {
    /// Examines the places of a block. `is_inside` is 1 if a word continues from the block before; the result is that
    /// for the next block.
    #[inline(always)]
    fn block(&mut self, base: usize, near: &[u8; NEAR], places: Places, is_inside: u64) -> u64 {
        // A key has more than two bytes. The bytes behind the block count as parts of a key, because they are unknown.
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
        // A key is long, or its beginning is a part of another word. The byte before the block counts as a part, because it is
        // unknown.
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
                b'^' if matches!(behind, b'[' | b'(') => self.escape = self.escape.min(at),
                _ if rules::may_be_marked(self.text, at, mark, behind) => self.mark(at),
                _ => {}
            }
        }
        // Two bytes behind a word that keys do not have: a further column of a table may follow.
        let others = !places.parts;
        let mut gaps = (places.words << 1 | is_inside) & others & (others >> 1 | 1 << (BLOCK - 1));
        while gaps != 0 {
            let place = gaps.trailing_zeros() as usize % BLOCK;
            gaps &= gaps - 1;
            if columns::may_meet(self.text, base + place) {
                self.gap(base + place);
            }
        }
        places.words >> (BLOCK - 1)
    }

    /// Looks for the value in the column behind the name that ends at `at`.
    #[inline(never)]
    fn gap(&mut self, at: usize) {
        if !self.by_mark.contains(&at)
            && let Some(secret) = self.add(columns::beside(self.text, at))
        {
            self.by_mark = secret;
        }
    }

    /// Looks for a key at the beginning of a word, and for a secret by the word.
    #[inline(never)]
    fn key(&mut self, at: usize, four: u32) {
        if self.by_word.contains(&at) {
            return;
        }
        let secret = rules::longest(self.text, at, index::at_word(four), four)
            .or_else(|| index::may_be_web_token(four).then(|| token::web_token(self.text, at))?)
            .or_else(|| index::may_be_word(four).then(|| rules::word(self.text, at, four))?);
        self.add_word(secret);
    }

    /// Looks for a secret by the word at its beginning.
    #[inline(never)]
    fn word(&mut self, at: usize, four: u32) {
        if self.by_word.contains(&at) {
            return;
        }
        let lists = match &(four | 0x2020_2020).to_le_bytes() {
            b"inse" => sql::inserted(self.text, at),
            b"pass" | b"secr" | b"toke"
                if !self.rows.contains(&at) && columns::may_be_head(self.text, at) =>
            {
                let column = columns::column(self.text, at);
                self.rows = column.rows;
                column.values
            }
            b"nets" if !self.rows.contains(&at) => {
                let column = columns::cookies(self.text, at);
                self.rows = column.rows;
                column.values
            }
            _ => Vec::new(),
        };
        if lists.is_empty() {
            return self.add_word(rules::word(self.text, at, four));
        }
        for value in lists {
            self.add(Some(value));
        }
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
        if let Some(secret) = self.add(rules::mark(self.text, at)) {
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

/// Returns the places that begin twelve parts of a key. The bytes behind the block count as parts.
#[inline]
fn long_runs(parts: u64) -> u64 {
    let gaps = !parts;
    let two = gaps | gaps >> 1;
    let four = two | two >> 2;
    let eight = four | four >> 4;
    !(eight | four >> 8)
}

/// Returns whether the byte behind the word at a place of a block permits a rule to find a secret by the word. The bits of
/// `words` are letters and digits.
#[inline(always)]
fn may_follow(near: &[u8; NEAR], place: usize, words: u64) -> bool {
    let len = (!(words >> place)).trailing_zeros() as usize;
    // Not known where the word goes on behind the block, and any for `base64` and `chpasswd`.
    place + len >= BLOCK
        || BEHIND_WORDS.has(near[(place + len) % BLOCK])
        || matches!(near[place] | 0x20, b'b' | b'c')
}

/// The bytes behind the words of most rules.
static BEHIND_WORDS: Set = Set::of(b" \t+_-(,\r\n");

/// Marks by which no rule finds a secret where a blank follows.
static IS_TIGHT: Set = Set::of(b"'(.;<>^_~");
