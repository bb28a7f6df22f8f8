//! A log that threads share, and what is known of it while another one writes to it.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::ring::lock_before;
use crate::enabled::log::append::Log;

/// A log, and what is known of it without its lock, which is held for as long as the disk takes.
pub(super) struct Shared {
    log: Mutex<Log>,
    is_waiting: AtomicBool,
}

/// A locked log.
pub(super) struct Locked<'a> {
    log: MutexGuard<'a, Log>,
    is_waiting: &'a AtomicBool,
}

impl Shared {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log: Mutex::new(log),
            is_waiting: AtomicBool::new(false),
        }
    }

    pub(super) fn lock(&self) -> Locked<'_> {
        self.locked(lock(&self.log))
    }

    pub(super) fn lock_before(&self, deadline: Instant) -> Option<Locked<'_>> {
        lock_before(&self.log, deadline).map(|log| self.locked(log))
    }

    /// Closes it where nobody is in the middle of a write to it, and forgets what it keeps.
    pub(super) fn abandon(&self) {
        if let Ok(mut log) = self.log.try_lock() {
            log.abandon();
        }
    }

    fn locked<'a>(&'a self, log: MutexGuard<'a, Log>) -> Locked<'a> {
        Locked {
            log,
            is_waiting: &self.is_waiting,
        }
    }

    /// Whether it keeps something that the disk did not take.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Acquire)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.is_waiting
            .store(self.log.is_waiting(), Ordering::Release);
    }
}

impl Deref for Locked<'_> {
    type Target = Log;

    fn deref(&self) -> &Log {
        &self.log
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Log {
        &mut self.log
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
