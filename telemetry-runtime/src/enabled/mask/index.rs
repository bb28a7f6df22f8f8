//! The prefilter: finds the rows of the table whose keys may begin at a place of a text.
//!
//! The compiler makes both parts from the table: a byte for each hash of three bytes that can begin a key (8 KiB in
//! all), and the rows by their first two bytes. An automaton of the crate `aho-corasick` over the same beginnings was
//! measured at 18,600 instructions per KiB of prose and 664 KB of memory (42,900 instructions as a contiguous NFA).

use super::kinds::{CLASSES, KIND_COUNT, KINDS, Kind};
use super::pattern::Pattern;

const BUCKETS: usize = 1 << 10;

/// A kind: its place in the table, and up to four bytes of its literal with their mask.
#[derive(Clone, Copy)]
struct IndexedKind {
    place: u16,
    head: u32,
    mask: u32,
}

/// The rows in the order of their buckets.
static ROWS: [IndexedKind; KIND_COUNT] = rows();
/// Where each bucket begins in [`ROWS`].
static STARTS: [u16; BUCKETS + 1] = starts();
/// Whether a key may begin with the three bytes of a hash.
static KEY_BEGINNINGS: [bool; BEGINNINGS_LEN] = beginnings();
const BEGINNINGS_LEN: usize = 1 << HASH_BITS;
const HASH_BITS: u32 = 13;

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

/// Returns whether a key of the table or a JSON web token may begin with the first three of these bytes.
#[inline]
pub(super) fn may_be_key(four: u32) -> bool {
    KEY_BEGINNINGS[hash(four)]
}

/// Returns whether these are the first bytes of a JSON web token.
#[inline]
pub(super) fn may_be_web_token(four: u32) -> bool {
    let [first, second, ..] = four.to_le_bytes();
    [first, second] == WEB_TOKEN
}

/// Returns the bucket of the kinds whose anchor is a word with these first bytes.
pub(super) fn at_word(four: u32) -> usize {
    let [first, second, ..] = four.to_le_bytes();
    bits(first) << 5 | bits(second)
}

/// Returns the bucket of the kinds whose anchor is a mark.
pub(super) fn at_mark(mark: u8) -> usize {
    bits(mark) << 5
}

/// Returns the kinds of a bucket whose literal begins with these four bytes; a few others are among them.
pub(super) fn kinds(bucket: usize, four: u32) -> impl Iterator<Item = &'static Kind> {
    let rows = usize::from(STARTS[bucket])..usize::from(STARTS[bucket + 1]);
    ROWS[rows]
        .iter()
        .filter(move |row| (row.head ^ four) & row.mask == 0)
        .map(|row| &KINDS[usize::from(row.place)])
}

/// The beginnings of words by which a rule without a row finds a secret. A shorter one has any byte behind it.
#[rustfmt::skip]
const WORDS: [&str; 68] = [
    "bear", "begi", "end ", "end+", "end_", "priv", "pass", "iden", "basi", "base", "chpa", "set ", "sete", "setx",
    "set_", "set\t", "env ", "env\t", "defi", "conf", "para", "key", "toke", "secr", "pwd", "cred", "api", "psk",
    "auth", "requ", "mast", "xox", "sk-", "sk_",
    "set(", "inse", "unwr", "conv", "htpa", "vaul", "bao ", "alia", "net ", "smbc", "xfre",
    "wlfr", "mkpa", "rclo", "nmcl", "wpa_", "sqlp", "sqll", "impd", "expd", "rman", "ansi", "poet",
    "carg", "hub ", "wand", "ngro", "snyk", "nuge", "oper", "expe", "nets", "rabb", "root",
];
/// The beginnings of JSON web tokens.
const WEB_TOKEN: [u8; 2] = *b"ey";

const fn beginnings() -> [bool; BEGINNINGS_LEN] {
    let mut table = [false; BEGINNINGS_LEN];
    let mut row = 0;
    while row < KIND_COUNT {
        add(&mut table, &KINDS[row].pattern);
        row += 1;
    }
    // Any third byte may follow. A hash contains five bits of it, so that 32 values set all entries.
    let mut third = 0;
    while third < 32 {
        set(&mut table, [WEB_TOKEN[0], WEB_TOKEN[1], third]);
        third += 1;
    }
    table
}

/// A bit for each of two hashes of the first four bytes of each word of [`WORDS`].
static WORD_BEGINNINGS: [u8; BEGINNINGS_LEN] = {
    let mut table = [0; BEGINNINGS_LEN];
    let mut word = 0;
    while word < WORDS.len() {
        let bytes = WORDS[word].as_bytes();
        let mut last = 0;
        while last < 32 {
            let fourth = if bytes.len() > 3 { bytes[3] } else { last };
            let four = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], fourth]);
            table[hash_four(four, SPREAD)] |= 1;
            table[hash_four(four, OTHER_SPREAD)] |= 2;
            last += 1;
        }
        word += 1;
    }
    table
};
/// Spreads four bytes over 32 bits in another way.
const OTHER_SPREAD: u32 = 0x85eb_ca6b;

/// Hashes four bytes.
#[inline]
const fn hash_four(four: u32, spread: u32) -> usize {
    ((four & 0x1f1f_1f1f).wrapping_mul(spread) >> (u32::BITS - HASH_BITS)) as usize
}

/// Returns whether a word of [`WORDS`] may begin with these bytes.
#[inline]
pub(super) fn may_be_word(four: u32) -> bool {
    WORD_BEGINNINGS[hash_four(four, SPREAD)] & 1 != 0
        && WORD_BEGINNINGS[hash_four(four, OTHER_SPREAD)] & 2 != 0
}

const fn add(table: &mut [bool; BEGINNINGS_LEN], pattern: &Pattern) {
    let (literal, at) = (pattern.literal(), pattern.anchor());
    let len = literal.len() - at;
    if len >= 3 {
        return set(table, [literal[at], literal[at + 1], literal[at + 2]]);
    }
    // The literal lacks one byte: the class behind it supplies the values of that byte.
    let mut byte = 0;
    while byte < 128 {
        if pattern.may_follow(&CLASSES, byte) && len == 2 {
            set(table, [literal[at], literal[at + 1], byte]);
        }
        byte += 1;
    }
}

const fn set(table: &mut [bool; BEGINNINGS_LEN], three: [u8; 3]) {
    let [first, second, third] = three;
    table[hash(u32::from_le_bytes([first, second, third, 0]))] = true;
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
    let mut row = 0;
    while row < KIND_COUNT {
        starts[bucket(&KINDS[row].pattern) + 1] += 1;
        row += 1;
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
    reason = "rows are fewer than 65,536"
)]
const fn rows() -> [IndexedKind; KIND_COUNT] {
    let mut next = starts();
    let mut rows = [IndexedKind {
        place: 0,
        head: 0,
        mask: 0,
    }; KIND_COUNT];
    let mut row = 0;
    while row < KIND_COUNT {
        let pattern = &KINDS[row].pattern;
        let bucket = bucket(pattern);
        let (head, mask) = head(pattern);
        rows[next[bucket] as usize] = IndexedKind {
            place: row as u16,
            head,
            mask,
        };
        next[bucket] += 1;
        row += 1;
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
