//! The prefilter: finds the rows of the table whose keys may begin at a place of a text.
//!
//! The compiler makes both parts from the table: a bit for each three bytes that can begin a key, with 5
//! bits of each byte (4 KiB in all), and the rows by their first two bytes. An automaton of the crate
//! `aho-corasick` over the same beginnings was measured at 18,600 instructions per KiB of prose and 664 KB
//! of memory (42,900 instructions as a contiguous NFA); all of masking needs 7,850 with this one, which needs no memory.

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

/// The rows in the order of their buckets: area and row.
static ROWS: [(u8, u8); KINDS] = rows();
/// Where each bucket begins in [`ROWS`].
static STARTS: [u16; BUCKETS + 1] = starts();
static BEGINNINGS: [u32; 1024] = beginnings();

/// Five bits of a byte: letters of either case have the same ones.
const fn bits(byte: u8) -> usize {
    (byte & 31) as usize
}

/// Returns the bit of three bytes: 15 bits that a multiplication gathers from them.
const fn place(first: u8, second: u8, third: u8) -> (usize, u32) {
    place_of(u32::from_le_bytes([first, second, third, 0]))
}

/// Returns the bit of the first three of four bytes.
const fn place_of(four: u32) -> (usize, u32) {
    let hash = (four & 0x1f_1f1f).wrapping_mul(SPREAD) >> 17;
    ((hash >> 5) as usize, hash & 31)
}

/// Spreads three bytes over 32 bits.
const SPREAD: u32 = 0x9e37_79b1;

/// Returns whether a key, or one of the words of other rules, may begin with the first three of these bytes.
#[inline]
pub(super) fn may_begin(four: [u8; 4]) -> bool {
    let (word, bit) = place_of(u32::from_le_bytes(four));
    BEGINNINGS[word] >> bit & 1 == 1
}

/// Returns the kinds whose anchor has these first two bytes; a few others are among them.
pub(super) fn kinds(first: u8, second: u8) -> impl Iterator<Item = &'static Kind> {
    let bucket = bits(first) << 5 | bits(second);
    let rows = usize::from(STARTS[bucket])..usize::from(STARTS[bucket + 1]);
    ROWS[rows]
        .iter()
        .map(|(area, row)| &AREAS[usize::from(*area)].kinds[usize::from(*row)])
}

/// The words that the rules without a row begin with, by their first three bytes.
const WORDS: [&[u8; 3]; 6] = [b"bea", b"beg", b"end", b"pri", b"pas", b"ide"];

const fn beginnings() -> [u32; 1024] {
    let mut table = [0; 1024];
    let mut area = 0;
    while area < AREAS.len() {
        let mut row = 0;
        while row < AREAS[area].kinds.len() {
            add(&mut table, &AREAS[area].kinds[row].pattern);
            row += 1;
        }
        area += 1;
    }
    // A web token: the header's first letter is most often `J`.
    let mut byte = 0;
    while byte < 128 {
        set(&mut table, b'e', b'y', byte);
        byte += 1;
    }
    let mut word = 0;
    while word < WORDS.len() {
        set(&mut table, WORDS[word][0], WORDS[word][1], WORDS[word][2]);
        word += 1;
    }
    table
}

const fn add(table: &mut [u32; 1024], pattern: &Pattern) {
    let (literal, at) = (pattern.literal(), pattern.anchor());
    let len = literal.len() - at;
    if len >= 3 {
        return set(table, literal[at], literal[at + 1], literal[at + 2]);
    }
    // The literal lacks one byte: the class behind it supplies the values of that byte.
    let mut byte = 0;
    while byte < 128 {
        if pattern.may_follow(byte) && len == 2 {
            set(table, literal[at], literal[at + 1], byte);
        }
        byte += 1;
    }
}

const fn set(table: &mut [u32; 1024], first: u8, second: u8, third: u8) {
    let (word, bit) = place(first, second, third);
    table[word] |= 1 << bit;
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
const fn rows() -> [(u8, u8); KINDS] {
    let mut next = starts();
    let mut rows = [(0, 0); KINDS];
    let mut area = 0;
    while area < AREAS.len() {
        let mut row = 0;
        while row < AREAS[area].kinds.len() {
            let bucket = bucket(&AREAS[area].kinds[row].pattern);
            rows[next[bucket] as usize] = (area as u8, row as u8);
            next[bucket] += 1;
            row += 1;
        }
        area += 1;
    }
    rows
}
