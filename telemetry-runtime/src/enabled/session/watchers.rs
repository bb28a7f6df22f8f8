//! The watches of one session that wait for its next change.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::task::Waker;

use crate::enabled::panics::catch_user_panic;
use crate::enabled::process::{generation, lock};

/// The version of a session, and the wakers of the watches that wait for another version.
pub(super) struct Watchers {
    version: AtomicU64,
    /// The number of wakers, so that a change of a session without watches takes no lock.
    waiting: AtomicUsize,
    /// The registered wakers, each with the key of its watch.
    wakers: Mutex<Vec<(u64, Waker)>>,
}

impl Default for Watchers {
    fn default() -> Self {
        Self {
            // A watch that a forked child inherited finds another version than the parent's.
            version: AtomicU64::new(generation() << 40),
            waiting: AtomicUsize::new(0),
            wakers: Mutex::default(),
        }
    }
}

impl Watchers {
    /// Notes a change and wakes all watches. Costs two atomic operations if no watch waits.
    pub(super) fn changed(&self) {
        // Either the waiting thread sees the new version, or this thread sees that it waits.
        self.version.fetch_add(1, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            let woken = {
                let mut wakers = self.wakers();
                self.waiting.store(0, Ordering::SeqCst);
                std::mem::take(&mut *wakers)
            };
            for (_, waker) in woken {
                // A waker is code of an executor, which may panic.
                catch_user_panic(|| waker.wake());
            }
        }
    }

    /// Returns a number that is different after each change.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    /// Replaces the waker of a watch, or removes it.
    pub(super) fn set(&self, watch: u64, waker: Option<&Waker>) {
        // Cloning and dropping a waker run code of an executor: outside of the lock.
        let waker = waker.map(|waker| (watch, waker.clone()));
        let before = {
            let mut wakers = self.wakers();
            let at = wakers.iter().position(|(own, _)| *own == watch);
            let before = at.map(|at| wakers.swap_remove(at));
            wakers.extend(waker);
            self.waiting.store(wakers.len(), Ordering::SeqCst);
            before
        };
        drop(before);
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<(u64, Waker)>> {
        lock(&self.wakers)
    }
}
