//! Reentrancy guard: whether the thread runs code of telemetry.
//!
//! Code of the host may interrupt telemetry on its own thread: an annotated allocator, or a signal handler that records. A
//! record that begins there is discarded and counted, because the thread may hold any lock of telemetry, and because an
//! allocation for the record would begin the next record.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of discarded records. Counting them must neither allocate nor take a lock.
static DISCARDED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether the thread runs code of telemetry. A `Cell` has no destructor, so that it can be read until the thread ends.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Restores the value before [`enter`] when it is dropped.
#[derive(Debug)]
pub(crate) struct Inside(bool);

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

/// Marks that the thread runs code of telemetry until the returned value is dropped.
#[inline]
pub(crate) fn enter() -> Inside {
    Inside(INSIDE.replace(true))
}

/// Marks that the thread runs code of the host until the returned value is dropped: a callback on a thread of telemetry.
pub(crate) fn leave() -> Inside {
    Inside(INSIDE.replace(false))
}

/// Returns whether the thread runs code of telemetry.
#[inline]
pub(crate) fn is_inside() -> bool {
    INSIDE.get()
}

/// Reserves room for one more entry. The allocation is marked as code of telemetry, so that an annotated allocator does not
/// begin a record.
#[inline]
pub(crate) fn reserve_one<T>(entries: &mut Vec<T>) {
    if entries.len() == entries.capacity() {
        grow(entries);
    }
}

#[cold]
#[inline(never)]
fn grow<T>(entries: &mut Vec<T>) {
    let _inside = enter();
    entries.reserve(1);
}

/// Returns whether a record may begin on this thread, and counts a discarded record if not. Callers call this function once
/// for each record.
#[inline]
pub(crate) fn admits() -> bool {
    !is_inside() || refuse()
}

#[cold]
#[inline(never)]
fn refuse() -> bool {
    count();
    false
}

/// Counts a discarded record.
pub(crate) fn count() {
    DISCARDED.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of discarded records.
pub(crate) fn discarded() -> u64 {
    DISCARDED.load(Ordering::Relaxed)
}

/// Resets the number of discarded records to zero. Async-signal-safe.
pub(crate) fn reset() {
    DISCARDED.store(0, Ordering::Relaxed);
}
