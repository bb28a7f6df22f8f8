//! Values that a forked child keeps.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};

use super::per_process::Generations;
use super::{generation, lock};

/// A shared value that can be replaced, and that a forked child finds as it was at the fork.
///
/// Reading never waits for a lock that another thread may hold for ever: it takes the current version's lock,
/// which is locked for writing only before that version is current and after it no longer is.
pub(crate) struct Inherited<T>(Generations<Versions<T>>);

/// The current version and the one before it.
pub(super) struct Versions<T> {
    /// The version of number `n` is at `n % 2`.
    pub(super) slots: [RwLock<Option<Arc<T>>>; 2],
    current: AtomicUsize,
    pub(super) replacing: Mutex<()>,
}

impl<T: Send + Sync + 'static> Inherited<T> {
    /// Makes an empty cell.
    pub(crate) const fn new() -> Self {
        Self(Generations::new())
    }

    /// Returns the value, or `None` where the cell is empty.
    pub(crate) fn load(&self) -> Option<Arc<T>> {
        self.versions().load()
    }

    /// Replaces the value. Threads that replace at the same time wait for each other.
    ///
    /// The previous value is dropped by the thread that last uses it; in a forked child the value that was
    /// inherited is never dropped.
    pub(crate) fn replace(&self, value: Option<Arc<T>>) {
        let before = self.versions().replace(value);
        // Outside of the lock: a destructor may take any time.
        drop(before);
    }

    fn versions(&self) -> &Versions<T> {
        self.0.get_or_make(generation(), Versions::of_parent)
    }
}

impl<T> Versions<T> {
    pub(super) fn new(value: Option<Arc<T>>) -> Self {
        Self {
            slots: [RwLock::new(value), RwLock::new(None)],
            current: AtomicUsize::new(0),
            replacing: Mutex::new(()),
        }
    }

    pub(super) fn of_parent(parent: Option<&Self>) -> Self {
        Self::new(parent.and_then(Self::load))
    }

    pub(super) fn load(&self) -> Option<Arc<T>> {
        loop {
            let current = self.current.load(Ordering::Acquire);
            let value = match self.slots[current % 2].try_read() {
                Ok(value) => value.clone(),
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().clone(),
                // Another thread has replaced the value since the number was read.
                Err(TryLockError::WouldBlock) => continue,
            };
            if self.current.load(Ordering::Acquire) == current {
                return value;
            }
        }
    }

    /// Replaces the value, and returns the previous one.
    pub(super) fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        let _replacing = lock(&self.replacing);
        let current = self.current.load(Ordering::Relaxed);
        self.set(current + 1, value);
        self.current.store(current + 1, Ordering::Release);
        self.set(current, None)
    }

    fn set(&self, version: usize, value: Option<Arc<T>>) -> Option<Arc<T>> {
        let version = self.slots[version % 2].write();
        std::mem::replace(&mut version.unwrap_or_else(PoisonError::into_inner), value)
    }
}

impl<T> std::fmt::Debug for Inherited<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inherited").finish_non_exhaustive()
    }
}
