//! Whether the thread runs code of telemetry at the moment.
//!
//! Code of the host may run in the middle of that: an allocator that is annotated, or a signal handler that records. A
//! record that begins then is left out and counted, because the thread may hold any lock of telemetry, and because an
//! allocation for the record would begin the next record.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Records that were left out. Counting them must neither allocate nor take a lock.
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Has no destructor, so that it can be read until the thread is gone.
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

/// Makes room for one more entry. An allocation for it must not begin a record.
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

/// Returns whether a record may begin on this thread, and counts it if not. To be called once per record.
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

/// Counts a record that is left out.
pub(crate) fn count() {
    LEFT_OUT.fetch_add(1, Ordering::Relaxed);
}

/// Returns how many records were left out.
pub(crate) fn left_out() -> u64 {
    LEFT_OUT.load(Ordering::Relaxed)
}

/// Begins to count from zero. Async-signal-safe.
pub(crate) fn reset() {
    LEFT_OUT.store(0, Ordering::Relaxed);
}
