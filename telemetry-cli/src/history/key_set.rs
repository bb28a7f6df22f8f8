//! A set of the keys of counted requests.

/// The number of tables. They grow one at a time, so that little memory is needed for copying.
const TABLES: usize = 64;
/// The key of a record without an id.
pub(super) const NO_KEY: u64 = 0;
/// Number of memory accesses that are issued together.
const BATCH: usize = 32;

/// A set of eight-byte keys in open-addressing tables with a load factor from 0.68 to 0.85.
///
/// Keys are hashes already and are not hashed again. Each process has its own hash seed, so that no log
/// can provoke collisions.
pub(super) struct KeySet([KeyTable; TABLES]);

#[derive(Default)]
struct KeyTable {
    /// Each key is at the index in proportion to its value, or at the next free index.
    places: Vec<u64>,
    len: usize,
}

impl KeySet {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| KeyTable::default()))
    }

    /// Reserves room for `keys` keys in total.
    pub(super) fn expect(&mut self, keys: u64) {
        let keys = usize::try_from(keys / TABLES as u64).unwrap_or(0);
        for table in &mut self.0 {
            // A margin, as the keys are not spread exactly evenly.
            let places = keys / 4 * 5 + 64;
            if places > table.places.len() {
                table.resize(places);
            }
        }
    }

    /// Inserts keys and calls `is_new` with the index of each key and whether it is new. [`NO_KEY`] is skipped.
    pub(super) fn insert_all(&mut self, keys: &[u64], mut is_new: impl FnMut(usize, bool)) {
        let mut at = 0;
        for some in keys.chunks(BATCH) {
            // Reads the places of all keys first, so that the cache misses overlap.
            let fetched = some.iter().fold(0, |all, key| all ^ self.first_place(*key));
            std::hint::black_box(fetched);
            for key in some {
                if *key != NO_KEY {
                    is_new(at, self.insert(*key));
                }
                at += 1;
            }
        }
    }

    /// Returns whether the set contains the key.
    pub(super) fn has(&self, key: u64) -> bool {
        let places = &self.0[(key >> 58) as usize].places;
        if places.is_empty() {
            return false;
        }
        let (before, behind) = places.split_at(place(places, key));
        let from = behind.iter().chain(before);
        from.take_while(|there| **there != NO_KEY)
            .any(|there| *there == key)
    }

    /// Returns the number of keys.
    pub(super) fn len(&self) -> u64 {
        self.0.iter().map(|table| table.len as u64).sum()
    }

    fn first_place(&self, key: u64) -> u64 {
        let places = &self.0[(key >> 58) as usize].places;
        places.get(place(places, key)).copied().unwrap_or(NO_KEY)
    }

    /// Inserts a key other than [`NO_KEY`] and returns whether it is new.
    pub(super) fn insert(&mut self, key: u64) -> bool {
        self.0[(key >> 58) as usize].insert(key)
    }
}

impl KeyTable {
    fn insert(&mut self, key: u64) -> bool {
        if self.len * 20 >= self.places.len() * 17 {
            self.grow();
        }
        let is_new = put(&mut self.places, key);
        self.len += usize::from(is_new);
        is_new
    }

    #[cold]
    fn grow(&mut self) {
        self.resize(self.places.len() / 4 * 5 + 16);
    }

    fn resize(&mut self, places: usize) {
        let mut places = vec![NO_KEY; places];
        // In the order of the places, so that both tables are walked sequentially.
        for key in self.places.iter().filter(|key| **key != NO_KEY) {
            put(&mut places, *key);
        }
        self.places = places;
    }
}

/// Returns the index at which the search for a key starts.
#[inline]
fn place(places: &[u64], key: u64) -> usize {
    // The topmost six bits chose the table.
    let fraction = key << 6 >> 32;
    ((fraction * places.len() as u64) >> 32) as usize
}

/// Inserts a key and returns whether it is new. There must be a free place.
#[inline]
fn put(places: &mut [u64], key: u64) -> bool {
    let mut at = place(places, key);
    loop {
        match places[at] {
            NO_KEY => {
                places[at] = key;
                return true;
            }
            there if there == key => return false,
            _ => at += 1,
        }
        if at == places.len() {
            at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn inserting_reports_new_keys(keys in prop::collection::vec(
            // Some keys are close to each other, at both ends of a table.
            prop_oneof![1..40_u64, (u64::MAX - 40)..=u64::MAX, 1..=u64::MAX], 0..400,
        )) {
            let (mut seen, mut reference) = (KeySet::new(), HashSet::new());
            for key in keys {
                prop_assert_eq!(seen.has(key), reference.contains(&key));
                prop_assert_eq!(seen.insert(key), reference.insert(key));
                prop_assert_eq!((seen.has(key), seen.len()), (true, reference.len() as u64));
                if key % 50 == 0 {
                    seen.expect(key % 2000);
                }
            }
        }
    }

    #[test]
    fn a_million_keys_take_less_than_twelve_megabytes() {
        let mut seen = KeySet::new();
        let key = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for at in 1..=1_000_000 {
            assert!(seen.insert(key(at)));
        }
        for at in 1..=1_000_000 {
            assert!(!seen.insert(key(at)));
        }
        let places: usize = seen.0.iter().map(|table| table.places.len()).sum();
        assert!(places < 1_500_000, "{places}");
    }
}
