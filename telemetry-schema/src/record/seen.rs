//! Telling whether a turn was counted already.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::OnceLock;

use foldhash::quality::RandomState;

use super::SessionRecord;

/// What two records of one turn have in common: the session and the request's id. `None` for old
/// records without an id, which are never taken for one another.
///
/// An answered request and a failed one are two requests even under one id, and so are two failed
/// attempts: a host may give all attempts of a turn the same id. For the memory of one process
/// only, not to be stored: each process hashes in its own way, so that nobody can write a log of ids
/// that fall on one another.
pub fn seen_key(record: &SessionRecord<'_>) -> Option<u64> {
    let id = record.request_id.as_deref()?;
    if record.is_ok() {
        return Some(answered_key(&record.session_id, id));
    }
    Some(hashing().hash_one((&record.session_id, id, record.outcome, record.attempt)))
}

/// The [`seen_key`] of the record that says that this request was answered.
pub fn answered_key(session_id: &str, request_id: &str) -> u64 {
    hashing().hash_one((session_id, request_id))
}

fn hashing() -> &'static RandomState {
    static HASHING: OnceLock<RandomState> = OnceLock::new();
    HASHING.get_or_init(RandomState::default)
}

/// Keys that were seen. Nine bytes a place: they are hashes, and are not hashed again.
pub type SeenKeys = HashSet<u64, BuildHasherDefault<SeenKeyHasher>>;

/// Gives a [`seen_key`] as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeenKeyHasher(u64);

impl Hasher for SeenKeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
