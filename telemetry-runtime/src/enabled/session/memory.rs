//! The bound of the memory that sessions take: a process may have a hundred thousand of them.
//!
//! What a session knows is in its log as well. So where all ledgers together take more than
//! [`BOUND`], those of the sessions that were not used for the longest time are dropped, and read
//! again when they are needed. What is left of such a session is a few hundred bytes for as long as
//! the host holds it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use super::{State, store};
use crate::enabled::fork::Mutex;

/// What the ledgers of all sessions take together, in bytes: room for some 15,000 short sessions.
pub(super) const BOUND: usize = 16 * 1024 * 1024;

static BYTES: AtomicUsize = AtomicUsize::new(0);

/// The sessions whose ledger is in memory. A session that is found used goes to the back.
static QUEUE: Mutex<VecDeque<Weak<State>>> = Mutex::new(VecDeque::new());

/// A ledger is in memory from now on.
pub(super) fn watch(state: &Arc<State>) {
    let mut queue = QUEUE.lock();
    // Sessions that ended leave their places behind: as many again as there are living ones.
    if queue.len() == queue.capacity() {
        queue.retain(|state| state.strong_count() > 0);
    }
    queue.push_back(Arc::downgrade(state));
}

/// A ledger took so many bytes, and takes so many now.
pub(super) fn changed(before: usize, now: usize) {
    BYTES.fetch_add(now, Ordering::Relaxed);
    BYTES.fetch_sub(before, Ordering::Relaxed);
}

/// What all ledgers take.
pub(super) fn bytes() -> usize {
    BYTES.load(Ordering::Relaxed)
}

/// Brings the ledgers back below the bound. One load where they are.
#[inline]
pub(super) fn keep_bound() {
    if bytes() > BOUND {
        evict_down_to(BOUND);
    }
}

/// Drops ledgers, those not used for the longest time first.
#[cold]
pub(super) fn evict_down_to(bound: usize) {
    // Another thread is at it.
    let Some(mut queue) = QUEUE.try_lock() else {
        return;
    };
    // Telemetry is off, or the disk did not take a record yet: the logs cannot stand in for a ledger.
    if !store::is_complete() {
        return;
    }
    // Once round to forgive each its last use, once more to take it.
    let mut looks = 2 * queue.len();
    let mut ended = Vec::new();
    while bytes() > bound && looks > 0 {
        looks -= 1;
        let Some(candidate) = queue.pop_front() else {
            break;
        };
        let Some(state) = candidate.upgrade() else {
            continue;
        };
        if state.take_used() || !state.evict() {
            queue.push_back(candidate);
        }
        // It may be the last one by now, and its end takes other locks.
        ended.push(state);
    }
    drop(queue);
}
