//! Decides whether a text looks random, or like a name, a word, a placeholder or an expression of a program.

use super::letter_pairs;

/// The number of bytes at the beginning of a value that these rules read.
const JUDGED: usize = 96;
/// The longest word of most names, and of several joined in one case: `nonnumericidentifier`.
const WORD: usize = 14;
const LONGEST_WORD: usize = 26;

/// Returns the beginning of a text that these rules read.
fn head(text: &[u8]) -> &[u8] {
    &text[..text.len().min(JUDGED)]
}

/// Returns the number of different bytes in the beginning of a text.
pub(super) fn distinct(text: &[u8]) -> u32 {
    let mut seen = [0_u64; 4];
    for byte in head(text) {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    seen.iter().map(|bits| bits.count_ones()).sum()
}

/// Returns whether a text consists of few different bytes, as `xxxxxxxx` and `********` do.
pub(super) fn is_filler(text: &[u8]) -> bool {
    let fewest = match text.len() {
        0..8 => 2,
        8..16 => 3,
        _ => 5,
    };
    distinct(text) < fewest
}

/// Bits of entropy per byte in the beginning of a text.
pub(super) fn entropy(text: &[u8]) -> f32 {
    let text = head(text);
    let mut counts = [0_u8; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 96")]
    let len = text.len() as f32;
    let part = |count: &u8| f32::from(*count) / len;
    let bits = |share: f32| -share * share.log2();
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| bits(part(count)))
        .sum()
}

/// Returns whether a text looks random: it has digits among its letters, or changes of case that no name has, and
/// is not made of words.
pub(super) fn is_random(text: &[u8]) -> bool {
    !is_name(text) && is_varied(text)
}

/// Like [`is_random`], for a text behind the prefix of a key, which is evidence already: letters that have the capitals of a name
/// are random if their pairs are not those of names.
pub(super) fn is_random_behind_prefix(text: &[u8]) -> bool {
    !(is_name(text) && letter_pairs::are_of_names(head(text))) && is_varied(text)
}

/// Returns whether a text has as many different bytes as random texts.
fn is_varied(text: &[u8]) -> bool {
    let text = head(text);
    let least = if text.len() >= 16 { 3.0 } else { 2.5 };
    text.len() >= 8 && !is_filler(text) && entropy(text) >= least
}

/// Returns whether a text is a name of a program: words, numbers and versions between `_`, `-`, `.`, `:` or `/`.
pub(super) fn is_name(text: &[u8]) -> bool {
    head(text)
        .split(|byte| b"_-.:/@=+~ ".contains(byte))
        .all(is_word_of_name)
}

/// Returns whether a piece of a name is a word, words in camel case, a short number, or a word and a short number
/// such as `v3`, `sha256` and `2fa`.
fn is_word_of_name(piece: &[u8]) -> bool {
    let digits = piece.iter().filter(|byte| byte.is_ascii_digit()).count();
    // The words of long names are longer.
    let is_long = piece.len() > 24;
    let least = if is_long { 4 } else { 3 };
    if digits == 0 {
        return is_words_in_camel_case(piece, least);
    }
    let first = piece.iter().position(u8::is_ascii_digit).unwrap_or(0);
    let behind = first + digits;
    let capitals =
        || capitals_in_camel_case(&piece[..first]) + capitals_in_camel_case(&piece[behind..]);
    // One number, with a word before it or short ones on both sides.
    digits <= 5
        && piece
            .get(first..behind)
            .is_some_and(|number| number.iter().all(u8::is_ascii_digit))
        && (piece.len() <= 10
            || behind == piece.len()
            || piece[behind].is_ascii_uppercase() && first >= 2)
        && is_words_in_camel_case(&piece[..first], least)
        && is_words_in_camel_case(&piece[behind..], least)
        // A long name has one acronym, before the number or behind it.
        && (!is_long || capitals() * least <= piece.len() - digits + 4)
}

/// Returns the number of capitals among letters of both cases; 0 for letters of one case.
fn capitals_in_camel_case(letters: &[u8]) -> usize {
    let is_capital = |byte: &&u8| byte.is_ascii_uppercase();
    let capitals = letters.iter().filter(is_capital).count();
    if capitals == letters.len() {
        0
    } else {
        capitals
    }
}

/// Returns whether letters are words: in one case, or each with a capital before it and at least `least` letters on average.
fn is_words_in_camel_case(letters: &[u8], least: usize) -> bool {
    if !letters.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let capitals = letters
        .iter()
        .filter(|byte| byte.is_ascii_uppercase())
        .count();
    if letters.len() <= 4 || capitals == 0 || capitals == letters.len() {
        return letters.len() <= LONGEST_WORD && is_spoken(letters);
    }
    // An acronym counts as one capital more.
    capitals * least <= letters.len() + 4
        && letters
            .chunk_by(|before, after| before.is_ascii_uppercase() || after.is_ascii_lowercase())
            .all(|word| word.len() <= WORD && is_spoken(word))
}

/// Returns whether letters have vowels as words do. Short ones are taken for abbreviations.
fn is_spoken(letters: &[u8]) -> bool {
    let longest = letters
        .split(|byte| b"aeiouyAEIOUY".contains(byte))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    letters.len() <= 4
        || longest < letters.len() && longest <= if letters.len() > WORD { 4 } else { 5 }
}

/// Returns whether a text is words of lower-case letters with `-` or `_` between them. Of a hundred million random
/// keys one looks like that.
pub(super) fn is_words(text: &[u8]) -> bool {
    let is_word = |word: &[u8]| word.len() <= WORD && word.iter().all(u8::is_ascii_lowercase);
    let joins = |byte: &u8| *byte == b'-' || *byte == b'_';
    text.iter().any(joins) && text.split(joins).all(is_word)
}

/// Returns whether a text is hexadecimal.
pub(super) fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// Returns whether a text has the form of a UUID.
pub(super) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Returns the value of a base64 digit, of either alphabet.
fn digit(byte: u8) -> Option<u32> {
    Some(
        match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        }
        .into(),
    )
}

/// Decodes the beginning of a base64 text, up to its first other byte.
pub(super) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(JUDGED);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in head(text).iter().map_while(|byte| digit(*byte)) {
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    decoded
}

/// Returns whether a text is base64 of a user and a password.
pub(super) fn is_credentials(text: &[u8]) -> bool {
    let decoded = decoded(text);
    decoded.contains(&b':') && decoded.iter().all(|byte| (b' '..=b'~').contains(byte))
}
