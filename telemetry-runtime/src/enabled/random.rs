//! Random bytes for ids, with a fallback if the system denies random bytes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

/// Returns random bytes. Never fails: where a sandbox denies random bytes, the bytes differ between processes and
/// calls, but can be guessed.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        bytes = improvised_bytes();
    }
    bytes
}

/// Returns bytes that differ between processes and calls.
fn improvised_bytes<const N: usize>() -> [u8; N] {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut hash = DefaultHasher::new();
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let on_stack = 0_u8;
    (std::process::id(), call, Instant::now(), SystemTime::now()).hash(&mut hash);
    // Addresses are random in most systems.
    (&raw const on_stack, &raw const CALLS).hash(&mut hash);
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(size_of::<u64>()) {
        chunk.copy_from_slice(&hash.finish().to_be_bytes()[..chunk.len()]);
        call.hash(&mut hash);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn improvised_bytes_differ() {
        let seen: HashSet<[u8; 10]> = (0..10_000).map(|_| improvised_bytes()).collect();
        assert_eq!(seen.len(), 10_000);
    }
}
