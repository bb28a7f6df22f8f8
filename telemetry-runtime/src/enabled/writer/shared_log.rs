//! A log that threads share, with a flag that is readable while another thread writes to the log.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use crate::enabled::log::append::Log;
use crate::enabled::process::{lock, lock_before};

/// A log behind a lock, which is held for as long as the disk takes.
pub(super) struct SharedLog {
    log: Mutex<Log>,
    is_waiting: AtomicBool,
}

/// A locked log.
pub(super) struct LockedLog<'a> {
    log: MutexGuard<'a, Log>,
    is_waiting: &'a AtomicBool,
}

impl SharedLog {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log: Mutex::new(log),
            is_waiting: AtomicBool::new(false),
        }
    }

    pub(super) fn lock(&self) -> LockedLog<'_> {
        self.locked(lock(&self.log))
    }

    /// Locks the log, or returns `None` at the deadline.
    pub(super) fn lock_before(&self, deadline: Instant) -> Option<LockedLog<'_>> {
        lock_before(&self.log, deadline).map(|log| self.locked(log))
    }

    fn locked<'a>(&'a self, log: MutexGuard<'a, Log>) -> LockedLog<'a> {
        LockedLog {
            log,
            is_waiting: &self.is_waiting,
        }
    }

    /// Returns whether the log keeps something that the disk refused. Takes no lock.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Acquire)
    }
}

impl Drop for LockedLog<'_> {
    fn drop(&mut self) {
        self.is_waiting
            .store(self.log.is_waiting(), Ordering::Release);
    }
}

impl Deref for LockedLog<'_> {
    type Target = Log;

    fn deref(&self) -> &Log {
        &self.log
    }
}

impl DerefMut for LockedLog<'_> {
    fn deref_mut(&mut self) -> &mut Log {
        &mut self.log
    }
}
