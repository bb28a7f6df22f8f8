//! Which turns are counted already, in bounded memory.

use telemetry_schema::record::SeenKeys;

/// So many keys fill a table of 65,536 places.
const GENERATION: usize = 57_344;

/// The keys of a session's latest turns: all of them up to [`GENERATION`], and never fewer than that
/// after it. So two records of one request are known for one as long as fewer requests than that
/// lie between them, and a session of a million turns keeps at most 1.2 MB of keys.
#[derive(Default)]
pub(super) struct Seen {
    recent: SeenKeys,
    /// The generation before.
    older: SeenKeys,
}

impl Seen {
    pub(super) fn contains(&self, key: u64) -> bool {
        self.recent.contains(&key) || self.older.contains(&key)
    }

    /// Whether it is a new one.
    pub(super) fn insert(&mut self, key: u64) -> bool {
        if self.contains(key) {
            return false;
        }
        if self.recent.len() == GENERATION {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key)
    }

    /// The memory that it takes, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        // A table is filled to seven eighths; each place has its key and one byte.
        let places = |keys: &SeenKeys| keys.capacity() / 7 * 8;
        (places(&self.recent) + places(&self.older)) * (size_of::<u64>() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As [`seen_key`](telemetry_schema::record::seen_key) makes them.
    fn key(turn: usize) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        turn.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn a_million_turns_take_bounded_memory_and_the_latest_are_known() {
        let mut seen = Seen::default();
        for turn in 0..1_000_000 {
            assert!(seen.insert(key(turn)), "{turn}");
            assert!(!seen.insert(key(turn)), "{turn}");
            // Every turn of the generation before is known as well.
            assert!(!seen.insert(key(turn.saturating_sub(GENERATION - 1))));
        }
        assert!(seen.bytes() <= 1_200_000, "{}", seen.bytes());
    }

    #[test]
    fn a_small_session_takes_little() {
        let mut seen = Seen::default();
        assert_eq!(seen.bytes(), 0);
        for turn in 0..10 {
            seen.insert(key(turn));
        }
        assert!(seen.bytes() < 300, "{}", seen.bytes());
    }
}
