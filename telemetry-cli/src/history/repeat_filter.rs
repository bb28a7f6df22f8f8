//! Finds repeated keys among many, with memory only for the repeated ones.

use super::key_set::{KeySet, NO_KEY};

/// Bits of the filter for each key.
const BITS: u64 = 8;
/// Bits that a key sets, all in one word, so that a key costs one cache miss.
const MARKS: u32 = 4;
/// Number of memory accesses that are issued together.
const BATCH: usize = 32;

/// A Bloom filter, and the keys that were in it already when they were added. At most about one in a
/// hundred keys is a false positive; no repeated key is missing.
pub(super) struct RepeatFilter {
    words: Vec<u64>,
    keys: KeySet,
}

impl RepeatFilter {
    /// Returns a filter for groups of `keys` keys.
    pub(super) fn new(keys: u64) -> Self {
        let words = usize::try_from(keys * BITS / 64 + 1).unwrap_or(usize::MAX);
        Self {
            words: vec![0; words],
            keys: KeySet::new(),
        }
    }

    /// Adds keys of the current group.
    pub(super) fn add(&mut self, keys: &[u64]) {
        for some in keys.chunks(BATCH) {
            let fetched = some
                .iter()
                .fold(0, |all, key| all ^ self.words[self.at(*key)]);
            std::hint::black_box(fetched);
            for key in some.iter().filter(|key| **key != NO_KEY) {
                let at = self.at(*key);
                let marks = marks(*key);
                if self.words[at] & marks == marks {
                    self.keys.insert(*key);
                }
                self.words[at] |= marks;
            }
        }
    }

    /// Clears the filter, so that the next keys form a new group.
    pub(super) fn next_group(&mut self) {
        self.words.fill(0);
    }

    /// Returns all keys that may be repeated.
    pub(super) fn into_keys(self) -> KeySet {
        self.keys
    }

    fn at(&self, key: u64) -> usize {
        (((key >> 32) * self.words.len() as u64) >> 32) as usize
    }
}

fn marks(key: u64) -> u64 {
    (0..MARKS).fold(0, |marks, mark| marks | 1 << (key >> (mark * 6) & 63))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(at: u64) -> u64 {
        let mut key = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        key ^= key >> 29;
        key = key.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        key ^ key >> 32
    }

    proptest! {
        #[test]
        fn no_repeated_key_is_missing(
            ids in prop::collection::vec(1..500_u64, 0..600), room in 1..2000_u64, len in 1..100_usize,
        ) {
            let mut repeats = RepeatFilter::new(room);
            let keys: Vec<u64> = ids.into_iter().map(key).collect();
            for part in keys.chunks(len) {
                repeats.add(part);
            }
            let found = repeats.into_keys();
            for (at, key) in keys.iter().enumerate() {
                prop_assert!(found.has(*key) || !keys[..at].contains(key));
            }
        }
    }

    #[test]
    fn few_keys_are_false_positives() {
        let mut repeats = RepeatFilter::new(1_000_000);
        for at in 0..1000 {
            let keys: Vec<u64> = (1..=1000).map(|it| key(at * 1000 + it)).collect();
            repeats.add(&keys);
        }
        let kept = repeats.into_keys().len();
        assert!(kept < 20_000, "{kept} of a million");
    }
}
