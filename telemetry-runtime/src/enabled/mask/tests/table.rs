//! The prefilter passes the keys of every row of the table.

use proptest::prelude::{Rng, RngExt};
use proptest::test_runner::TestRunner;

use super::super::kinds::{AREAS, Check};
use super::super::provider_names::PROVIDERS;
use super::super::{REDACTED, mask};

/// The number of keys of each kind.
const KEYS: usize = 20;

/// Returns the bytes of a class, and where the class ends in a pattern.
fn class(pattern: &[u8], at: usize) -> (Vec<u8>, usize) {
    match pattern[at] {
        b'\\' => (vec![pattern[at + 1]], at + 2),
        b'[' => {
            let mut bytes = Vec::new();
            let mut at = at + 1;
            while pattern[at] != b']' {
                let is_range = pattern[at + 1] == b'-' && pattern[at + 2] != b']';
                let last = pattern[if is_range { at + 2 } else { at }];
                bytes.extend(pattern[at]..=last);
                at += if is_range { 3 } else { 1 };
            }
            (bytes, at + 1)
        }
        byte => (vec![byte], at + 1),
    }
}

/// Returns how often a class is repeated at a place of a pattern, and where the repetition ends.
fn repetition(pattern: &[u8], at: usize) -> (usize, usize) {
    if pattern.get(at) != Some(&b'{') {
        return (1, at);
    }
    let len = pattern[at..].iter().position(|byte| *byte == b'}').unwrap();
    let numbers = std::str::from_utf8(&pattern[at + 1..at + len]).unwrap();
    let least: usize = numbers.split(',').next().unwrap().parse().unwrap();
    // Without a maximum, the least length is far below that of real keys.
    let count = if numbers.ends_with(',') {
        least.max(24)
    } else {
        least
    };
    (count, at + len + 1)
}

/// Returns a key of the table, whose bytes are equally probable.
fn key(pattern: &str, random: &mut impl Rng) -> String {
    let pattern = pattern.as_bytes();
    let (mut key, mut at) = (String::new(), 0);
    while at < pattern.len() {
        let (bytes, end) = class(pattern, at);
        let (count, end) = repetition(pattern, end);
        for _ in 0..count {
            key.push(char::from(bytes[random.random_range(0..bytes.len())]));
        }
        at = end;
    }
    key
}

#[test]
fn a_key_of_every_row_of_the_table_is_found_at_each_place() {
    let mut runner = TestRunner::deterministic();
    let mut missed = Vec::new();
    for kind in AREAS.iter().flat_map(|area| area.kinds) {
        // A random text does not contain a private key.
        if kind.check == Check::PrivateKey {
            continue;
        }
        let is_found = |place: &usize| {
            let key = key(kind.pattern, runner.rng());
            let text = format!("{} {key} after", "-".repeat(place * 7));
            !mask(&text).contains(&key)
        };
        let found = (0..KEYS).filter(is_found).count();
        // Some short random texts look like words.
        if found * 10 < KEYS * 7 {
            missed.push(format!("{}: {found} of {KEYS}", kind.name));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Found by the fuzz target. Each half is words in camel case by the measure of short names, and the whole is too long for
/// that, or has too many capitals for one acronym.
#[test]
fn a_long_key_with_one_number_is_not_a_name() {
    for key in [
        "hf_yqQDeGciXksanvDbt0CcbicwHaHBzEvnrX",
        "hf_fXlgFaYr01NAmyoyjtyluknYrFUpdpBubS",
    ] {
        for text in [format!("\"{key}\""), format!("%3D{key}%3D")] {
            assert!(!mask(&text).contains(&key[10..]), "{text}");
        }
    }
    for name in [
        "hf_embeddingsOfTheReader3BaseMultilingual",
        "hf_EMBEDDINGS3LargeMultilingualBase",
        "hf_embeddingsOfTheAPI3BaseMultilingual",
    ] {
        assert_eq!(mask(name), name);
    }
}

#[test]
fn a_random_value_behind_the_name_of_any_provider_is_masked() {
    for name in PROVIDERS {
        for text in [
            format!("{name}: Zq7kXw2mVt9rBn4sLd8pHy3c"),
            format!("{}=Zq7kXw2mVt9rBn4sLd8pHy3c", name.to_ascii_uppercase()),
        ] {
            assert!(mask(&text).ends_with(REDACTED), "{text}");
        }
    }
}
