//! Quick tests of the end of a name, which most names fail.

#![expect(
    clippy::inline_always,
    reason = "the scanner calls these tests at each separator, in code compiled for several processors"
)]

use super::bytes::run_back;
use super::name_lists::{ENDS, HEADERS, LIKELY, PASSWORDS, SECRETS, SUFFIXES, TOKENS};
use super::provider_names::PROVIDERS;

/// Words that may stand between a name and its separator: `apiKey string = …`, `API key provided: …`.
pub(super) const BEHIND_NAMES: [&str; 8] = [
    "string",
    "String",
    "str",
    "provided",
    "received",
    "generated",
    "used",
    "issued",
];

/// The letters at the end of the name of a provider that its table has.
const SIX: usize = 6;
/// A bit for each four letters at the end of a name, with 5 bits of each, hashed to 15 bits.
static MAY_BE_END: [u64; 512] = ends();
/// Like [`MAY_BE_END`], with the words behind names.
static MAY_BE_BEHIND: [u64; 512] = {
    let mut table = ends();
    add_ends(&mut table, &BEHIND_NAMES);
    table
};
/// Like [`MAY_BE_END`] and [`MAY_BE_BEHIND`], with the providers, of which many end like common words.
static MAY_BE_END_OR_PROVIDER: [u64; 512] = {
    let mut table = MAY_BE_BEHIND;
    add_ends(&mut table, &PROVIDERS);
    table
};
/// A bit for each six letters at the end of a provider, with 5 bits of each, hashed to 15 bits.
static MAY_BE_PROVIDER: [u64; 512] = {
    let mut table = [0; 512];
    let mut at = 0;
    while at < PROVIDERS.len() {
        if let Some(six) = PROVIDERS[at].as_bytes().last_chunk() {
            let index = end_of_six(*six);
            table[index >> 6] |= 1 << (index & 63);
        }
        at += 1;
    }
    table
};

const fn ends() -> [u64; 512] {
    let mut table = [0; 512];
    add_ends(&mut table, &SECRETS);
    add_ends(&mut table, &PASSWORDS);
    add_ends(&mut table, &HEADERS);
    add_ends(&mut table, &ENDS);
    add_ends(&mut table, &LIKELY);
    add_ends(&mut table, &TOKENS);
    add_ends(&mut table, &SUFFIXES);
    // A call that takes a user and a password.
    add_ends(&mut table, &["login"]);
    // Names of providers that are too short for their own table.
    let mut at = 0;
    while at < PROVIDERS.len() {
        if PROVIDERS[at].len() < SIX {
            add_ends(&mut table, &[PROVIDERS[at]]);
        }
        at += 1;
    }
    add_ends(&mut table, &["t id"]);
    table
}

const fn add_ends(table: &mut [u64; 512], names: &[&str]) {
    let mut at = 0;
    while at < names.len() {
        let name = names[at].as_bytes();
        let len = name.len();
        if len >= 4 {
            set_end(
                table,
                [name[len - 4], name[len - 3], name[len - 2], name[len - 1]],
            );
        } else if len == 3 {
            let mut before = 0;
            while before < 32 {
                set_end(table, [before, name[0], name[1], name[2]]);
                before += 1;
            }
        }
        at += 1;
    }
}

/// Hashes the last six letters of a name.
const fn end_of_six(six: [u8; SIX]) -> usize {
    let [first, second, third, fourth, fifth, sixth] = six;
    let letters = u64::from_le_bytes([first, second, third, fourth, fifth, sixth, 0, 0]);
    ((letters & 0x1f1f_1f1f_1f1f).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 49) as usize
}

const fn set_end(table: &mut [u64; 512], four: [u8; 4]) {
    let index = end(u32::from_le_bytes(four));
    table[index >> 6] |= 1 << (index & 63);
}

const fn end(four: u32) -> usize {
    ((four & 0x1f1f_1f1f).wrapping_mul(0x9e37_79b1) >> 17) as usize
}

/// Returns whether the name that ends at `end` may be one of a secret: a quick test of its last four bytes that most names
/// fail. The number at the end of a name does not count.
#[inline(always)]
pub(super) fn may_end(text: &[u8], end: usize) -> bool {
    ends_known(&MAY_BE_END, text, end) || ends_in_number(text, end)
}

/// Like [`may_end`], where a separator follows.
#[inline(always)]
pub(super) fn may_be_before_separator(text: &[u8], end: usize) -> bool {
    ends_known(&MAY_BE_BEHIND, text, end) || ends_in_number(text, end)
}

#[inline(always)]
fn ends_known(table: &[u64; 512], text: &[u8], end: usize) -> bool {
    let four = match end.checked_sub(4) {
        Some(start) => text[start..end]
            .first_chunk()
            .map_or(0, |four| u32::from_le_bytes(*four)),
        None => text[..end]
            .iter()
            .fold(0, |four, byte| four >> 8 | u32::from(*byte) << 24),
    };
    let index = self::end(four);
    let has = |table: &[u64; 512]| table[index >> 6] >> (index & 63) & 1 == 1;
    has(&MAY_BE_END_OR_PROVIDER)
        && (has(table) && !is_of_others(text, end, four) || ends_in_provider(text, end))
}

/// Returns whether the name that ends at `end` may end with one of a provider.
#[inline(never)]
fn ends_in_provider(text: &[u8], end: usize) -> bool {
    text[..end].last_chunk().is_some_and(|six| {
        let index = end_of_six(*six);
        MAY_BE_PROVIDER[index >> 6] >> (index & 63) & 1 == 1
    })
}

/// Returns whether a name with these last four bytes has an end of many names: `function`, `temperature`. Of the names of
/// secrets, `authorization` and `signature` have these ends.
fn is_of_others(text: &[u8], end: usize, four: u32) -> bool {
    let before: &[u8; 2] = match &(four | 0x2020_2020).to_le_bytes() {
        b"tion" => b"za",
        b"ture" => b"na",
        _ => return false,
    };
    let start = end.saturating_sub(6);
    !text[start..end]
        .get(..2)
        .is_some_and(|two| two.eq_ignore_ascii_case(before))
}

/// Returns whether the name that ends at `end` may be one of a secret with a number: `API_KEY_2`, `token-v3`.
#[inline(always)]
fn ends_in_number(text: &[u8], end: usize) -> bool {
    end > 0
        && text[end - 1].is_ascii_digit()
        && ends_known(&MAY_BE_END, text, without_number(text, end))
}

fn without_number(text: &[u8], end: usize) -> usize {
    let end = run_back(text, end, 3, |byte| byte.is_ascii_digit());
    let end = run_back(text, end, 1, |byte| byte | 0x20 == b'v');
    run_back(text, end, 2, |byte| b"_-.[ ".contains(&byte))
}
