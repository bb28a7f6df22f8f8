//! Names of secrets: of settings, headers, flags, variables and fields.

use super::name_lists::{
    ENDS, HEADERS, LIKELY, OF_DIGESTS, OTHERS, PASSWORDS, SECRETS, SUFFIXES, TOKENS,
};
use super::provider_names::{self, PROVIDERS};
use super::shape;

/// How much a name promises that its value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// The value is a secret unless it is an expression or a placeholder.
    Secret,
    /// Like `Secret`, but people choose the value, so it may have spaces.
    Password,
    /// The value of a header that may be a list: `Authorization`, `Cookie`.
    Header,
    /// The value is a secret where it looks random.
    Likely,
    /// Like `Likely`, and a long hexadecimal number counts as random.
    Key,
    /// Like `Key`, and a UUID counts as random.
    Token,
}

/// The maximum length of a name, and the maximum number of its words.
pub(super) const MAX_NAME: usize = 64;
const MAX_WORDS: usize = 12;

/// The words of a name, in lower case.
struct Words {
    text: [u8; MAX_NAME],
    ends: [usize; MAX_WORDS],
    count: usize,
}

impl Words {
    fn of(name: &[u8]) -> Self {
        let mut words = Self {
            text: [0; MAX_NAME],
            ends: [0; MAX_WORDS],
            count: 0,
        };
        let mut len = 0;
        let mut before = b'_';
        for (at, byte) in name.iter().take(MAX_NAME).copied().enumerate() {
            let hump = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_uppercase()
                        && name.get(at + 1).is_some_and(u8::is_ascii_lowercase));
            if !byte.is_ascii_alphanumeric() || hump {
                words.end(len);
            }
            if byte.is_ascii_alphanumeric() {
                words.text[len] = byte.to_ascii_lowercase();
                len += 1;
            }
            before = byte;
        }
        words.end(len);
        words
    }

    fn end(&mut self, len: usize) {
        if len > self.start(self.count) && self.count < MAX_WORDS {
            self.ends[self.count] = len;
            self.count += 1;
        }
    }

    fn start(&self, word: usize) -> usize {
        if word == 0 { 0 } else { self.ends[word - 1] }
    }

    /// Returns the words from one to the last, joined.
    fn from(&self, word: usize) -> &[u8] {
        let end = if self.count == 0 {
            0
        } else {
            self.ends[self.count - 1]
        };
        &self.text[self.start(word).min(end)..end]
    }

    fn word(&self, word: usize) -> &[u8] {
        &self.text[self.start(word)..self.ends[word]]
    }

    /// Removes the numbers and words at the end that number or distinguish several secrets.
    fn without_suffixes(mut self) -> Self {
        while self.count > 1 {
            let last = self.word(self.count - 1);
            let number = last.len() <= 2 && last.iter().all(u8::is_ascii_digit);
            if !number && !is_one_of(last, &SUFFIXES) {
                break;
            }
            self.count -= 1;
        }
        self
    }
}

/// Beginnings of words. Every name of a secret has one of them, except the names of providers.
#[rustfmt::skip]
const ROOTS: [&str; 18] = [
    "key", "tok", "sec", "pas", "pwd", "aut", "cre", "sig", "jwt", "pat", "coo", "web", "doc", "psk",
    "phr", "con", "ogi", "tea",
];
/// A bit for each three bytes, with 5 bits of each, that may be a root.
static MAY_BE_ROOT: [u64; 512] = {
    let mut table = [0; 512];
    let mut at = 0;
    while at < ROOTS.len() {
        let word = ROOTS[at].as_bytes();
        let index = root(word[0], word[1], word[2]);
        table[index >> 6] |= 1 << (index & 63);
        at += 1;
    }
    table
};

/// A bit for the length and the first four letters of each provider.
static MAY_BE_PROVIDER: [u64; 64] = {
    let mut table = [0; 64];
    add_beginnings(&mut table, &PROVIDERS);
    table
};

/// A bit for the length and the first four letters of each last part by which a name is that of a secret.
static MAY_BE_TAIL: [u64; 64] = {
    let mut table = [0; 64];
    add_beginnings(&mut table, &SECRETS);
    add_beginnings(&mut table, &PASSWORDS);
    add_beginnings(&mut table, &HEADERS);
    table
};

const fn add_beginnings(table: &mut [u64; 64], names: &[&str]) {
    let mut at = 0;
    while at < names.len() {
        let index = beginning(names[at].as_bytes());
        table[index >> 6] |= 1 << (index & 63);
        at += 1;
    }
}

/// Hashes the length and the first three or four letters of a name to 12 bits.
const fn beginning(name: &[u8]) -> usize {
    let fourth = if name.len() > 3 { name[3] } else { 0 };
    let letters = u32::from_le_bytes([name[0], name[1], name[2], fourth]) & 0x1f1f_1f1f;
    ((letters.wrapping_mul(0x9e37_79b1) >> 20) as usize ^ name.len()) & 0xfff
}

/// Returns whether a name may be one of a table: a quick test that most names fail.
fn may_be_in(table: &[u64; 64], name: &[u8]) -> bool {
    name.len() >= 3 && {
        let index = beginning(name);
        table[index >> 6] >> (index & 63) & 1 == 1
    }
}

const fn root(first: u8, second: u8, third: u8) -> usize {
    ((first & 31) as usize) << 10 | ((second & 31) as usize) << 5 | (third & 31) as usize
}

/// Returns whether a name may be one of a secret: a quick test that most names fail.
fn may_be_secret(name: &[u8]) -> bool {
    name.windows(3).any(|three| {
        let index = root(three[0], three[1], three[2]);
        MAY_BE_ROOT[index >> 6] >> (index & 63) & 1 == 1
    })
}

/// Returns the promise of a name, or `None` if its value is not a secret.
pub(super) fn promise(name: &[u8]) -> Option<Promise> {
    if !may_be_secret(name) {
        return (may_be_in(&MAY_BE_PROVIDER, name) && is_provider(&Words::of(name)))
            .then_some(Promise::Token);
    }
    let words = Words::of(name).without_suffixes();
    let last = words.count.checked_sub(1)?;
    let end = words.word(last);
    let tails = (0..words.count)
        .rev()
        .take(3)
        .map(|first| words.from(first));
    for tail in tails.filter(|tail| may_be_in(&MAY_BE_TAIL, tail)) {
        if is_among(tail, &PASSWORDS) {
            return Some(Promise::Password);
        }
        if is_among(tail, &HEADERS) {
            return Some(Promise::Header);
        }
        if is_one_of(tail, &SECRETS) {
            return Some(Promise::Secret);
        }
    }
    let joined = words.from(0);
    if ENDS.iter().any(|known| joined.ends_with(known.as_bytes())) {
        return Some(Promise::Secret);
    }
    if joined.ends_with(HEADERS[0].as_bytes()) {
        return Some(Promise::Header);
    }
    if end == b"pass" && last > 0 || is_password_in_one_word(end) {
        return Some(Promise::Secret);
    }
    let (is_token, is_likely) = (is_among(end, &TOKENS), is_among(end, &LIKELY));
    if !is_token && !is_likely {
        return (last == 0 && is_provider(&words)).then_some(Promise::Token);
    }
    let before = last.checked_sub(1).map(|before| words.word(before));
    if before.is_some_and(|before| is_one_of(before, &OTHERS)) {
        return None;
    }
    // A variable of a shell, for any service: `SOME_SERVICE_TOKEN`.
    let is_variable = last > 0 && !name.iter().any(u8::is_ascii_lowercase);
    if is_variable && (end == b"token" || end == b"pat") {
        return Some(Promise::Secret);
    }
    Some(if is_token || is_of_provider(&words) {
        Promise::Token
    } else if end == b"key" && before.is_some_and(|before| !is_one_of(before, &OF_DIGESTS)) {
        Promise::Key
    } else {
        Promise::Likely
    })
}

/// Returns whether a name is one word with `pass` at its end: `dbpass`, `storepass`.
fn is_password_in_one_word(name: &[u8]) -> bool {
    let others = [
        "bypass",
        "compass",
        "encompass",
        "surpass",
        "trespass",
        "underpass",
        "overpass",
    ];
    name.len() >= 6 && name.ends_with(b"pass") && !is_among(name, &others)
}

/// Returns whether a name is a provider's alone, in any spelling.
fn is_provider(words: &Words) -> bool {
    is_name_of_provider(words.from(0))
}

fn is_of_provider(words: &Words) -> bool {
    (0..words.count).any(|at| {
        is_name_of_provider(words.word(at))
            || at + 1 < words.count && words.word(at) == b"new" && words.word(at + 1) == b"relic"
    })
}

fn is_name_of_provider(word: &[u8]) -> bool {
    may_be_in(&MAY_BE_PROVIDER, word) && provider_names::contains(word)
}

/// Returns whether a word is in a sorted list.
fn is_one_of(word: &[u8], sorted: &[&str]) -> bool {
    sorted
        .binary_search_by(|known| known.as_bytes().cmp(word))
        .is_ok()
}

/// Returns whether a word is in a short list.
fn is_among(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|known| known.as_bytes() == word)
}

#[test]
fn the_lists_are_sorted() {
    for list in [&SECRETS[..], &OTHERS, &OF_DIGESTS, &SUFFIXES, &PROVIDERS] {
        assert!(list.is_sorted(), "{list:?}");
    }
}

/// Returns whether a value is the name of a secret instead of one, as in `password: user_password`. Names of variables
/// may have digits: `AI21_API_KEY`.
pub(super) fn is_name_of_secret(value: &[u8]) -> bool {
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let is_variable = value.contains(&b'_') && !value.iter().any(u8::is_ascii_lowercase);
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.';
    let ends_in_word =
        || value.iter().all(is_path) && NAMES_END.iter().any(|end| value.ends_with(end));
    value.len() <= MAX_NAME
        && (!has_digit || is_variable)
        && (shape::is_name(value) || ends_in_word())
        && promise(value).is_some()
}

/// Ends of names of types and variables whose other words may look random: `LiteLLM_VerificationToken`.
const NAMES_END: [&[u8]; 8] = [
    b"Token",
    b"Key",
    b"Secret",
    b"Password",
    b"_token",
    b"_key",
    b"_secret",
    b"_password",
];
