//! What `Telemetry::health()` counts.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fork::Mutex;
use crate::Health;

/// One number, added to from any thread.
#[derive(Debug)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The most that there was at once.
#[derive(Debug)]
pub(crate) struct Peak(AtomicU64);

impl Peak {
    pub(crate) fn reach(&self, level: u64) {
        self.0.fetch_max(level, Ordering::Relaxed);
    }
}

/// Bytes in one thread's ring.
pub(crate) static QUEUE_PEAK: Peak = Peak(AtomicU64::new(0));
pub(crate) static WRITTEN: Counter = Counter::new();
pub(crate) static BYTES: Counter = Counter::new();
pub(crate) static LOST: Counter = Counter::new();
static LOST_LATE: Counter = Counter::new();
pub(crate) static LOST_BYTES: Counter = Counter::new();
pub(crate) static LIMITED: Counter = Counter::new();
pub(crate) static ROTATED: Counter = Counter::new();
pub(crate) static PRUNED: Counter = Counter::new();
pub(crate) static CAUGHT_PANICS: Counter = Counter::new();
pub(crate) static REFUSED_COUNTS: Counter = Counter::new();
static LAST_ERROR: Mutex<Option<String>> = Mutex::new(None);

/// Counts records that no writer was there to take.
#[cold]
pub(crate) fn lost_frames(count: u64) {
    LOST.add(count);
    LOST_LATE.add(count);
}

/// Keeps the last failure for `health()`.
pub(crate) fn failed(what: String) {
    *LAST_ERROR.lock() = Some(what);
}

/// Starts to count anew.
pub(crate) fn reset() {
    for counter in [
        &WRITTEN,
        &BYTES,
        &LOST,
        &LOST_LATE,
        &LOST_BYTES,
        &LIMITED,
        &ROTATED,
        &PRUNED,
        &CAUGHT_PANICS,
        &REFUSED_COUNTS,
    ] {
        counter.0.store(0, Ordering::Relaxed);
    }
    QUEUE_PEAK.0.store(0, Ordering::Relaxed);
    *LAST_ERROR.lock() = None;
}

/// The counts, now.
pub(crate) fn health() -> Health {
    Health {
        written: WRITTEN.get(),
        bytes: BYTES.get(),
        lost: LOST.get(),
        lost_bytes: LOST_BYTES.get(),
        lost_late: LOST_LATE.get(),
        queue_peak: QUEUE_PEAK.0.load(Ordering::Relaxed),
        limited: LIMITED.get(),
        last_error: LAST_ERROR.lock().clone(),
        rotated: ROTATED.get(),
        pruned: PRUNED.get(),
        caught_panics: CAUGHT_PANICS.get(),
        refused_counts: REFUSED_COUNTS.get(),
    }
}
