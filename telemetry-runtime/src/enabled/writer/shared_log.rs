//! A log that threads share, and its state that is used while another thread has the log locked.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::enabled::log::append::Log;
use crate::enabled::log::direct;
use crate::enabled::log::open::OpenFile;
use crate::enabled::log::retention::Retention;
use crate::enabled::process::{Inherited, lock, lock_before};

/// The pause between two checks of the number of threads that append without the lock.
const PAUSE: Duration = Duration::from_micros(50);

/// A log behind a lock, which is held for as long as the disk takes.
pub(super) struct SharedLog {
    log: Mutex<Log>,
    outside: Outside,
}

/// The part of a log that is used without its lock.
struct Outside {
    is_waiting: AtomicBool,
    /// The open file of a log to which threads append without the lock. Empty for other logs.
    file: Inherited<OpenFile>,
    /// The number of threads that append without the lock.
    appending: AtomicUsize,
}

/// A locked log.
pub(super) struct LockedLog<'a> {
    log: MutexGuard<'a, Log>,
    outside: &'a Outside,
}

/// A thread that appends without the lock, until this is dropped.
struct Appending<'a>(&'a AtomicUsize);

impl<'a> Appending<'a> {
    fn begin(number: &'a AtomicUsize) -> Self {
        number.fetch_add(1, Ordering::SeqCst);
        Self(number)
    }
}

impl Drop for Appending<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SharedLog {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log: Mutex::new(log),
            outside: Outside {
                is_waiting: AtomicBool::new(false),
                file: Inherited::new(),
                appending: AtomicUsize::new(0),
            },
        }
    }

    /// Appends one line without the lock. Returns `false` if the line has to be appended with the lock, because the log always
    /// needs the lock, because its file is not open, full or rotated, or because the disk has refused a write. `is_exiting` is
    /// called before the write, and has to be sequentially consistent.
    pub(super) fn append_unlocked(
        &self,
        line: &[u8],
        retention: &Arc<Retention>,
        is_exiting: impl Fn() -> bool,
    ) -> bool {
        if self.is_waiting() {
            return false;
        }
        let _appending = Appending::begin(&self.outside.appending);
        if is_exiting() {
            return false;
        }
        let Some(file) = self.outside.file.load() else {
            return false;
        };
        // While another thread begins the next segment, which takes long if that thread is suspended, this file is still used.
        direct::append(&file, line, retention, false)
            || self.log.try_lock().is_err() && direct::append(&file, line, retention, true)
    }

    /// Waits for the threads that append without the lock. Returns `false` at the deadline.
    pub(super) fn wait_for_appends_before(&self, deadline: Instant) -> bool {
        while self.outside.appending.load(Ordering::SeqCst) > 0 {
            if Instant::now() >= deadline {
                return false;
            }
            telemetry_store::pause(PAUSE);
        }
        true
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
            outside: &self.outside,
        }
    }

    /// Returns whether the log keeps lines or counts of lost records that the disk refused. Takes no lock.
    pub(super) fn is_waiting(&self) -> bool {
        self.outside.is_waiting.load(Ordering::Acquire)
    }
}

impl Drop for LockedLog<'_> {
    fn drop(&mut self) {
        self.outside
            .is_waiting
            .store(self.log.is_waiting(), Ordering::Release);
        let file = self.log.shared_file();
        let before = self.outside.file.load();
        if file.map(Arc::as_ptr) != before.as_ref().map(Arc::as_ptr) {
            self.outside.file.replace(file.cloned());
        }
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
