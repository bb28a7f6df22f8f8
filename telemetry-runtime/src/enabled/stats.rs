//! What `Telemetry::health()` counts.

use std::collections::BTreeMap;
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
static LOST: Counter = Counter::new();
static LOST_LATE: Counter = Counter::new();
static LOST_BYTES: Counter = Counter::new();
pub(crate) static LIMITED: Counter = Counter::new();
pub(crate) static ROTATED: Counter = Counter::new();
pub(crate) static PRUNED: Counter = Counter::new();
pub(crate) static CAUGHT_PANICS: Counter = Counter::new();
pub(crate) static REFUSED_COUNTS: Counter = Counter::new();
static LAST_ERROR: Mutex<Option<String>> = Mutex::new(None);
static LOST_BY_CAUSE: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// What the system says may differ each time; that must not fill the memory.
const MAX_CAUSES: usize = 32;

/// Why a record is lost that no disk refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It came when telemetry was switched off already.
    Ended,
    /// A forked process could start none.
    NoWriter,
    HostPanic,
    WriterPanic,
    /// A span that began or was polled on a thread that keeps nothing for telemetry any more.
    ThreadEnded,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "telemetry ended",
            Self::NoWriter => "no writer",
            Self::HostPanic => "panic in host code",
            Self::WriterPanic => "panic of the writer",
            Self::ThreadEnded => "thread ended",
        }
    }
}

/// Counts records that never were lines of a log.
#[cold]
pub(crate) fn lost(count: u64, cause: Cause) {
    if cause == Cause::Ended {
        LOST_LATE.add(count);
    }
    lost_lines(count, 0, cause.as_str());
}

/// Counts lines that a log could not take.
#[cold]
pub(crate) fn lost_lines(count: u64, bytes: u64, cause: &str) {
    if count == 0 {
        return;
    }
    let mut causes = LOST_BY_CAUSE.lock();
    let is_known = causes.len() < MAX_CAUSES || causes.contains_key(cause);
    let cause = if is_known { cause } else { "other" };
    let of_cause = causes.entry(cause.to_owned()).or_default();
    *of_cause = of_cause.saturating_add(count);
    // Under the lock, so that the sum is the sum.
    LOST.add(count);
    LOST_BYTES.add(bytes);
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
    LOST_BY_CAUSE.lock().clear();
    *LAST_ERROR.lock() = None;
}

/// How many records are lost, now. One load.
pub(crate) fn lost_so_far() -> u64 {
    LOST.get()
}

/// The counts, now.
pub(crate) fn health() -> Health {
    let causes = LOST_BY_CAUSE.lock();
    let (lost, lost_bytes) = (LOST.get(), LOST_BYTES.get());
    let lost_by_cause = causes.clone();
    drop(causes);
    Health {
        written: WRITTEN.get(),
        bytes: BYTES.get(),
        lost,
        lost_bytes,
        lost_by_cause,
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
