//! The bound of the memory that session totals take: a process may have a hundred thousand sessions.
//!
//! The session log contains all records of a ledger. If all ledgers together take more than
//! [`BOUND`], the ledgers of the sessions that were not used for the longest time are dropped, and are
//! read from the log when they are needed again. A session without a ledger takes a few hundred bytes for as long
//! as the host keeps the [`Session`](super::Session).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, TryLockError, Weak};

use super::log_files;
use crate::enabled::process::{PerProcess, lock};

/// The bound in bytes of all ledgers together: room for some 15,000 short sessions.
pub(super) const BOUND: usize = 16 * 1024 * 1024;

static LEDGERS: PerProcess<Ledgers> = PerProcess::new(Ledgers::default);

/// A session whose ledger can be dropped.
pub(super) trait Evict: Send + Sync + 'static {
    /// Returns whether the session was used since the last call.
    fn take_used(&self) -> bool;

    /// Drops the ledger, so that the log alone holds the totals. Returns `false` if another thread uses
    /// the ledger, or if the log does not hold all records yet.
    fn evict(&self) -> bool;
}

#[derive(Default)]
struct Ledgers {
    bytes: AtomicUsize,
    /// The sessions whose ledger is in memory. A session that was used moves to the back.
    queue: Mutex<VecDeque<Weak<dyn Evict>>>,
}

/// Adds a session whose ledger is in memory from now on.
pub(super) fn watch<T: Evict>(session: &Arc<T>) {
    let mut queue = lock(&LEDGERS.get().queue);
    // Removes sessions that no longer exist, at most once for as many insertions as there are sessions.
    if queue.len() == queue.capacity() {
        queue.retain(|session| session.strong_count() > 0);
    }
    let session: Weak<dyn Evict> = Arc::<T>::downgrade(session);
    queue.push_back(session);
}

/// Notes that the size of a ledger changed from `before` to `now` bytes.
pub(super) fn changed(before: usize, now: usize) {
    let bytes = &LEDGERS.get().bytes;
    bytes.fetch_add(now, Ordering::Relaxed);
    bytes.fetch_sub(before, Ordering::Relaxed);
}

/// Returns the size of all ledgers in bytes.
pub(super) fn bytes() -> usize {
    LEDGERS.get().bytes.load(Ordering::Relaxed)
}

/// Drops ledgers if all together exceed the bound. Costs one load otherwise.
#[inline]
pub(super) fn keep_bound() {
    if bytes() > BOUND {
        evict_down_to(BOUND);
    }
}

/// Drops ledgers until all together take at most `bound` bytes, those not used for the longest time
/// first. Does nothing while another thread does so, or while the logs do not hold all records.
#[cold]
pub(super) fn evict_down_to(bound: usize) {
    let mut queue = match LEDGERS.get().queue.try_lock() {
        Ok(queue) => queue,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    if !log_files::hold_all_records() {
        return;
    }
    // Second-chance (CLOCK) eviction: at most two passes.
    let mut attempts = 2 * queue.len();
    let mut visited = Vec::new();
    while bytes() > bound && attempts > 0 {
        attempts -= 1;
        let Some(candidate) = queue.pop_front() else {
            break;
        };
        let Some(session) = candidate.upgrade() else {
            continue;
        };
        if session.take_used() || !session.evict() {
            queue.push_back(candidate);
        }
        // Dropped after the queue is unlocked: if this is the last clone, its destructor locks the
        // registry.
        visited.push(session);
    }
    drop(queue);
}
