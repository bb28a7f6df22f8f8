//! The prefilter: finds the rows of the table whose keys may begin at a place of a text.
//!
//! The compiler makes both parts from the table: a byte for each hash of three bytes that can begin a key (8 KiB in
//! all), and the rows by their first two bytes. An automaton of the crate `aho-corasick` over the same beginnings was
//! measured at 18,600 instructions per KiB of prose and 664 KB of memory (42,900 instructions as a contiguous NFA).

use super::kinds::{AREAS, Kind};
use super::pattern::Pattern;

const KINDS: usize = {
    let mut sum = 0;
    let mut area = 0;
    while area < AREAS.len() {
        sum += AREAS[area].kinds.len();
        area += 1;
    }
    sum
};
const BUCKETS: usize = 1 << 10;

/// A row of the table: its area and its place there, and up to four bytes of its literal with their mask.
#[derive(Clone, Copy)]
struct Row {
    area: u8,
    row: u8,
    head: u32,
    mask: u32,
}

/// The rows in the order of their buckets.
static ROWS: [Row; KINDS] = rows();
/// Where each bucket begins in [`ROWS`].
static STARTS: [u16; BUCKETS + 1] = starts();
/// What may begin with three bytes of a hash.
static BEGINNINGS: [u8; BEGINNINGS_LEN] = beginnings();
const BEGINNINGS_LEN: usize = 1 << HASH_BITS;
const HASH_BITS: u32 = 13;

/// A key of the table may begin there.
pub(super) const KEY: u8 = 1;
/// A word may begin there by which a rule without a row finds a secret.
pub(super) const WORD: u8 = 2;

/// Five bits of a byte: letters of either case have the same ones.
const fn bits(byte: u8) -> usize {
    (byte & 31) as usize
}

/// Hashes the first three of four bytes.
#[inline]
const fn hash(four: u32) -> usize {
    ((four & 0x1f_1f1f).wrapping_mul(SPREAD) >> (u32::BITS - HASH_BITS)) as usize
}

/// Spreads three bytes over 32 bits.
const SPREAD: u32 = 0x9e37_79b1;

/// Returns [`KEY`] and [`WORD`] for what may begin with the first three of these bytes, or 0.
#[inline]
pub(super) fn begins(four: [u8; 4]) -> u8 {
    BEGINNINGS[hash(u32::from_le_bytes(four))]
}

/// Returns the kinds whose anchor has these first two bytes, and whose literal begins as `head` does; a few others
/// are among them.
pub(super) fn kinds(first: u8, second: u8, head: u32) -> impl Iterator<Item = &'static Kind> {
    let bucket = bits(first) << 5 | bits(second);
    let rows = usize::from(STARTS[bucket])..usize::from(STARTS[bucket + 1]);
    ROWS[rows]
        .iter()
        .filter(move |row| (row.head ^ head) & row.mask == 0)
        .map(|row| &AREAS[usize::from(row.area)].kinds[usize::from(row.row)])
}

/// The beginnings of words by which a rule without a row finds a secret. A shorter one has any byte behind it.
#[rustfmt::skip]
const WORDS: [&str; 25] = [
    "bear", "begi", "end", "priv", "pass", "iden", "basi", "base", "chpa", "set", "env", "defi", "conf",
    "para", "key", "toke", "secr", "pwd", "cred", "api", "psk", "auth", "requ", "mast", "ey",
];

const fn beginnings() -> [u8; BEGINNINGS_LEN] {
    let mut table = [0; BEGINNINGS_LEN];
    let mut area = 0;
    while area < AREAS.len() {
        let mut row = 0;
        while row < AREAS[area].kinds.len() {
            add(&mut table, &AREAS[area].kinds[row].pattern);
            row += 1;
        }
        area += 1;
    }
    add_words(&mut table);
    table
}

const fn add_words(table: &mut [u8; BEGINNINGS_LEN]) {
    let mut word = 0;
    while word < WORDS.len() {
        let bytes = WORDS[word].as_bytes();
        // Five bits tell bytes apart in a hash.
        let mut last = 0;
        while last < 32 {
            let third = if bytes.len() > 2 { bytes[2] } else { last };
            set(table, [bytes[0], bytes[1], third], WORD);
            last += 1;
        }
        word += 1;
    }
}

/// Whether a word of [`WORDS`] may begin with four bytes of a hash.
static WORD_BEGINNINGS: [bool; BEGINNINGS_LEN] = {
    let mut table = [false; BEGINNINGS_LEN];
    let mut word = 0;
    while word < WORDS.len() {
        let bytes = WORDS[word].as_bytes();
        let mut third = 0;
        while third < 32 {
            let mut fourth = 0;
            while fourth < 32 {
                let four = [
                    bytes[0],
                    bytes[1],
                    if bytes.len() > 2 { bytes[2] } else { third },
                    if bytes.len() > 3 { bytes[3] } else { fourth },
                ];
                table[hash_four(u32::from_le_bytes(four))] = true;
                fourth += 1;
            }
            third += 1;
        }
        word += 1;
    }
    table
};

/// Hashes four bytes.
#[inline]
const fn hash_four(four: u32) -> usize {
    ((four & 0x1f1f_1f1f).wrapping_mul(SPREAD) >> (u32::BITS - HASH_BITS)) as usize
}

/// Returns whether a word of [`WORDS`] may begin with these bytes.
#[inline]
pub(super) fn may_be_word(four: [u8; 4]) -> bool {
    WORD_BEGINNINGS[hash_four(u32::from_le_bytes(four))]
}

const fn add(table: &mut [u8; BEGINNINGS_LEN], pattern: &Pattern) {
    let (literal, at) = (pattern.literal(), pattern.anchor());
    let len = literal.len() - at;
    if len >= 3 {
        return set(table, [literal[at], literal[at + 1], literal[at + 2]], KEY);
    }
    // The literal lacks one byte: the class behind it supplies the values of that byte.
    let mut byte = 0;
    while byte < 128 {
        if pattern.may_follow(byte) && len == 2 {
            set(table, [literal[at], literal[at + 1], byte], KEY);
        }
        byte += 1;
    }
}

const fn set(table: &mut [u8; BEGINNINGS_LEN], three: [u8; 3], what: u8) {
    let [first, second, third] = three;
    table[hash(u32::from_le_bytes([first, second, third, 0]))] |= what;
}

/// Returns the bucket of a row. A literal of one byte has the bucket of that byte and 0.
const fn bucket(pattern: &Pattern) -> usize {
    let (literal, at) = (pattern.literal(), pattern.anchor());
    let second = if literal[at].is_ascii_alphanumeric() {
        bits(literal[at + 1])
    } else {
        0
    };
    bits(literal[at]) << 5 | second
}

const fn starts() -> [u16; BUCKETS + 1] {
    let mut starts = [0; BUCKETS + 1];
    let mut area = 0;
    while area < AREAS.len() {
        let mut row = 0;
        while row < AREAS[area].kinds.len() {
            starts[bucket(&AREAS[area].kinds[row].pattern) + 1] += 1;
            row += 1;
        }
        area += 1;
    }
    let mut bucket = 0;
    while bucket < BUCKETS {
        starts[bucket + 1] += starts[bucket];
        bucket += 1;
    }
    starts
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "areas and rows are fewer than 256"
)]
const fn rows() -> [Row; KINDS] {
    let mut next = starts();
    let mut rows = [Row {
        area: 0,
        row: 0,
        head: 0,
        mask: 0,
    }; KINDS];
    let mut area = 0;
    while area < AREAS.len() {
        let mut row = 0;
        while row < AREAS[area].kinds.len() {
            let pattern = &AREAS[area].kinds[row].pattern;
            let bucket = bucket(pattern);
            let (head, mask) = head(pattern);
            rows[next[bucket] as usize] = Row {
                area: area as u8,
                row: row as u8,
                head,
                mask,
            };
            next[bucket] += 1;
            row += 1;
        }
        area += 1;
    }
    rows
}

/// Returns up to four bytes of a pattern's literal from its anchor on, and their mask.
const fn head(pattern: &Pattern) -> (u32, u32) {
    let (literal, anchor) = (pattern.literal(), pattern.anchor());
    let (mut head, mut mask) = ([0; 4], [0; 4]);
    let mut at = 0;
    while at < 4 && anchor + at < literal.len() {
        head[at] = literal[anchor + at];
        mask[at] = u8::MAX;
        at += 1;
    }
    (u32::from_le_bytes(head), u32::from_le_bytes(mask))
}
