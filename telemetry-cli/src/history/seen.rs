//! The requests that were counted.

/// Tables grow one after another: what is there twice meanwhile is little.
const TABLES: usize = 64;
/// In the place of the key of a record that has none.
pub(super) const NO_KEY: u64 = 0;
/// What a processor can wait for at once, more or less.
const BATCH: usize = 32;

/// Keys, eight bytes each in tables that are filled from 68 to 85 per cent.
///
/// Keys are hashes: they are not hashed again, and each process has its own, so that no log can make
/// them fall on one another.
pub(super) struct Seen([Table; TABLES]);

#[derive(Default)]
struct Table {
    /// Each key at the place that its size has among all keys, or behind it.
    places: Vec<u64>,
    len: usize,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Table::default()))
    }

    /// Makes room for so many keys in all, which are about to come.
    pub(super) fn expect(&mut self, keys: u64) {
        let keys = usize::try_from(keys / TABLES as u64).unwrap_or(0);
        for table in &mut self.0 {
            // A bit more, as no table has exactly its share.
            let places = keys / 4 * 5 + 64;
            if places > table.places.len() {
                table.resize(places);
            }
        }
    }

    /// Whether each of these is new, but of [`NO_KEY`].
    pub(super) fn insert_all(&mut self, keys: &[u64], mut is_new: impl FnMut(usize, bool)) {
        let mut at = 0;
        for some in keys.chunks(BATCH) {
            // The memory is far away. It is asked for all of these at once, which waiting for each
            // to be found would not do.
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

    /// Whether it was inserted.
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

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        self.0.iter().map(|table| table.len as u64).sum()
    }

    fn first_place(&self, key: u64) -> u64 {
        let places = &self.0[(key >> 58) as usize].places;
        places.get(place(places, key)).copied().unwrap_or(NO_KEY)
    }

    /// Whether it is new. Not [`NO_KEY`].
    pub(super) fn insert(&mut self, key: u64) -> bool {
        self.0[(key >> 58) as usize].insert(key)
    }
}

impl Table {
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
        // In the order of their places: both tables are walked from one end to the other.
        for key in self.places.iter().filter(|key| **key != NO_KEY) {
            put(&mut places, *key);
        }
        self.places = places;
    }
}

/// Where a key is, or would be if all before it were free.
#[inline]
fn place(places: &[u64], key: u64) -> usize {
    // The uppermost bits chose the table.
    let fraction = key << 6 >> 32;
    ((fraction * places.len() as u64) >> 32) as usize
}

/// Whether it was not there. There is a free place.
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
        fn a_key_is_new_once(keys in prop::collection::vec(
            // Some close to one another, at both ends of a table.
            prop_oneof![1..40_u64, (u64::MAX - 40)..=u64::MAX, 1..=u64::MAX], 0..400,
        )) {
            let (mut seen, mut reference) = (Seen::new(), HashSet::new());
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
    fn millions_of_keys_take_little_more_than_themselves() {
        let mut seen = Seen::new();
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
