//! Keys by which duplicates of a request are recognised.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use foldhash::quality::RandomState;
use once_cell::race::OnceBox;

use super::SessionRecord;

/// Returns a key that is equal for records of one request: a hash of the session and the request's id. `None` for old records
/// without an id, which are never duplicates.
///
/// Each amendment of a request has a key of its own, so that each one counts once.
///
/// An answered request and a failed one are two requests even if their ids are equal, and so are two failed attempts: a host may
/// use one id for all attempts of a request. The key must not be stored, because each process hashes with a random seed. The
/// seed prevents a log with ids that are chosen to collide.
pub fn request_key(record: &SessionRecord<'_>) -> Option<u64> {
    let id = record.request_id.as_deref()?;
    if record.is_amendment() {
        let increase = (
            record.prompt_tokens,
            record.completion_tokens,
            record.total_tokens,
        );
        let key = (
            &record.session_id,
            id,
            record.ts.micros(),
            increase,
            record.cost_usd.map(|cost| cost.0),
        );
        return Some(hashing().hash_one(key));
    }
    if record.is_ok() {
        return Some(answered_request_key(&record.session_id, id));
    }
    Some(hashing().hash_one((&record.session_id, id, record.outcome, record.attempt)))
}

/// Returns the [`request_key`] of the record of an answered request.
pub fn answered_request_key(session_id: &str, request_id: &str) -> u64 {
    hashing().hash_one((session_id, request_id))
}

fn hashing() -> &'static RandomState {
    // A forked child must not wait for a thread of its parent, which `OnceLock` would.
    static HASHING: OnceBox<RandomState> = OnceBox::new();
    HASHING.get_or_init(Box::default)
}

/// A set of keys, nine bytes each. The keys are hashes and are not hashed again.
pub type RequestKeys = HashSet<u64, BuildHasherDefault<RequestKeyHasher>>;

/// A hasher that returns a [`request_key`] unchanged.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestKeyHasher(u64);

impl Hasher for RequestKeyHasher {
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
