//! The keys of the requests that a session has counted, in bounded memory.

use telemetry_schema::record::RequestKeys;

/// The number of keys that fill a hash table of 65,536 places.
const GENERATION: usize = 57_344;

/// The keys of a session's latest requests: all keys up to [`GENERATION`], and never fewer than the
/// latest [`GENERATION`]. So two records of one request are recognised if fewer requests than that are
/// between them, and a session of a million requests keeps at most 1.2 MB of keys.
#[derive(Default)]
pub(super) struct SeenRequests {
    recent: RequestKeys,
    /// The generation before the recent one.
    older: RequestKeys,
}

impl SeenRequests {
    pub(super) fn contains(&self, key: u64) -> bool {
        self.recent.contains(&key) || self.older.contains(&key)
    }

    /// Adds a key. Returns whether it is new.
    pub(super) fn insert(&mut self, key: u64) -> bool {
        if self.contains(key) {
            return false;
        }
        if self.recent.len() == GENERATION {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key)
    }

    /// Returns the approximate memory of the tables, in bytes.
    pub(super) fn bytes(&self) -> usize {
        // A hash table is filled to seven eighths; each place takes a key and one byte.
        let places = |keys: &RequestKeys| keys.capacity() / 7 * 8;
        (places(&self.recent) + places(&self.older)) * (size_of::<u64>() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a key that is distributed like those of [`request_key`](telemetry_schema::record::request_key).
    fn key(request: usize) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        request.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn a_million_requests_take_bounded_memory_and_the_latest_are_known() {
        let mut seen = SeenRequests::default();
        for request in 0..1_000_000 {
            assert!(seen.insert(key(request)), "{request}");
            assert!(!seen.insert(key(request)), "{request}");
            // Every request of the generation before is known as well.
            assert!(!seen.insert(key(request.saturating_sub(GENERATION - 1))));
        }
        assert!(seen.bytes() <= 1_200_000, "{}", seen.bytes());
    }

    #[test]
    fn a_small_session_takes_little_memory() {
        let mut seen = SeenRequests::default();
        assert_eq!(seen.bytes(), 0);
        for request in 0..10 {
            seen.insert(key(request));
        }
        assert!(seen.bytes() < 300, "{}", seen.bytes());
    }
}
