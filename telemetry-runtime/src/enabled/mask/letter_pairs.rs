//! Tells names from random letters by the pairs of neighbouring letters.
//!
//! The rules of [`shape`](super::shape) for names judge capitals and vowels, which one in ten random texts of 24 letters satisfies.
//! Of the pairs of letters of such a text about half are rare in names.

/// The letters that may follow each letter from `a` to `z`: 95% of the pairs in the words of names in programs.
const FOLLOWERS: [&[u8]; 26] = [
    b"abcdefgiklmnprstuvwxy",
    b"abcdeijloprsuy",
    b"abcdefghiklmnoprstuvy",
    b"abcdefilmnoprstuw",
    b"abcdefghiklmnopqrstuvwxy",
    b"acdefilnoprstu",
    b"acehilnorstu",
    b"acdeimorstu",
    b"abcdefglmnoprstvxz",
    b"e",
    b"aeis",
    b"abcdefiklmopstuvy",
    b"abcdeilmnopstu",
    b"abcdefgiklmnoprstuv",
    b"abcdefgiklmnoprstuvwx",
    b"abcdefhilmnoprstuy",
    b"u",
    b"abcdefgiklmnoprstuvy",
    b"abcdefghiklmnoprstuvwyz",
    b"abcdefhilmnoprstuwy",
    b"abcdefgilmnprst",
    b"aceios",
    b"aeinors",
    b"ceipt",
    b"imnpst",
    b"ae",
];

/// [`FOLLOWERS`] as a bit for each letter.
const USUAL: [u32; 26] = {
    let mut usual = [0; 26];
    let mut first = 0;
    while first < 26 {
        let mut at = 0;
        while at < FOLLOWERS[first].len() {
            usual[first] |= 1 << (FOLLOWERS[first][at] - b'a');
            at += 1;
        }
        first += 1;
    }
    usual
};

/// One rare pair among so many is usual in names, which have abbreviations.
const PAIRS_OF_A_RARE_ONE: usize = 10;

/// Returns whether the pairs of letters of a text are those of names. Two letters are a pair within a word: before a
/// capital, a digit or a mark a further word begins.
pub(super) fn are_of_names(text: &[u8]) -> bool {
    let (mut pairs, mut rare) = (0, 0);
    for pair in text.windows(2) {
        let is_pair = pair[0].is_ascii_alphabetic()
            && (pair[1].is_ascii_lowercase()
                || pair[0].is_ascii_uppercase() && pair[1].is_ascii_uppercase());
        if is_pair {
            let [first, second] = [pair[0], pair[1]].map(|byte| byte.to_ascii_lowercase() - b'a');
            pairs += 1;
            rare += usize::from(USUAL[usize::from(first)] >> second & 1 == 0);
        }
    }
    rare * PAIRS_OF_A_RARE_ONE <= pairs
}
