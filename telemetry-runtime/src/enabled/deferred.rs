//! Queues whose entries the writer's thread makes into lines: the frames of recordings, which are masked there.
//!
//! A thread puts an entry into the queue first and [adds](add) the queue to the list afterwards. A queue is removed from the list only
//! while it is empty. So a thread that reads the list finds every entry that was added before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
#[cfg(feature = "ratatui")]
use std::time::Duration;
use std::time::Instant;

#[cfg(feature = "ratatui")]
use super::clock;
use super::frame::LogIndex;
#[cfg(feature = "ratatui")]
use super::process::lock_before;
use super::process::{PerProcess, lock};

/// Appends whole lines to a log.
pub(crate) type AppendLines<'a> = &'a mut dyn FnMut(LogIndex, &[u8]);

/// The result of [`LineSource::write_next`].
#[cfg_attr(
    not(feature = "ratatui"),
    expect(dead_code, reason = "only recordings of the screen are sources")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteNext {
    Written,
    /// Nothing that is due is queued, and no other thread is writing.
    Nothing,
    /// Another thread was writing until the deadline.
    Locked,
}

/// A queue whose entries become lines. Several threads may write it: the entries keep their order.
pub(crate) trait LineSource: Send + Sync {
    /// Makes the lines of the first entry that is due at `now` and appends them.
    ///
    /// `now` is in nanoseconds of [`super::clock::nanos`]. Waits for another thread that is writing, at most until the deadline.
    fn write_next(&self, now: u64, deadline: Instant, append: AppendLines<'_>) -> WriteNext;

    /// Returns the number of entries that are due at `now` and not written, including one that a thread is writing.
    fn unwritten(&self, now: u64) -> usize;
}

type Sources = Vec<Arc<dyn LineSource>>;

/// How often [`wait_for_due`] checks.
#[cfg(feature = "ratatui")]
const PAUSE: Duration = Duration::from_micros(50);

/// The time at which every entry is due.
pub(crate) const ALL: u64 = u64::MAX;

/// The lock is held for moves in memory alone.
static SOURCES: PerProcess<Mutex<Sources>> = PerProcess::new(Mutex::default);
/// Whether there may be a source.
static ANY: AtomicBool = AtomicBool::new(false);

/// Adds a source that has queued something.
#[cfg(feature = "ratatui")]
pub(crate) fn add(source: &Arc<impl LineSource + 'static>) {
    let mut sources = lock(SOURCES.get());
    let is_own = |known: &Arc<_>| std::ptr::addr_eq(Arc::as_ptr(known), Arc::as_ptr(source));
    if !sources.iter().any(is_own) {
        let source = Arc::clone(source);
        sources.push(source);
    }
    ANY.store(true, Ordering::Release);
}

/// Returns whether there may be a source.
#[inline]
pub(crate) fn is_any() -> bool {
    ANY.load(Ordering::Acquire)
}

/// Waits until everything that is due is written, at most until the deadline. A writer must be awake.
#[cfg(feature = "ratatui")]
pub(crate) fn wait_for_due(deadline: Instant) {
    let is_due = || {
        let now = clock::nanos(clock::now());
        let sources = lock_before(SOURCES.get(), deadline);
        sources.is_some_and(|sources| sources.iter().any(|source| source.unwritten(now) > 0))
    };
    while is_any() && is_due() && Instant::now() < deadline {
        telemetry_store::pause(PAUSE);
    }
}

/// Returns the sources.
pub(crate) fn sources() -> Sources {
    lock(SOURCES.get()).clone()
}

/// Removes the sources of which everything is written.
pub(crate) fn remove_written() {
    let mut sources = lock(SOURCES.get());
    sources.retain(|source| source.unwritten(ALL) > 0);
    if sources.is_empty() {
        ANY.store(false, Ordering::Release);
    }
}
