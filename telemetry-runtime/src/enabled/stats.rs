//! The counts of `Telemetry::health()`.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::process::{PerProcess, lock};
use super::reentry;
use crate::Health;

/// A number that any thread adds to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counter {
    Written,
    Bytes,
    Lost,
    LostLate,
    LostBytes,
    Limited,
    SampledOut,
    Rotated,
    Pruned,
    CaughtPanics,
    RefusedCounts,
    RepeatedRequests,
    /// The repeated requests that the debug log has not reported yet.
    UnreportedRepeats,
    /// The largest number of bytes in a ring.
    QueuePeak,
}

const COUNTERS: usize = Counter::QueuePeak as usize + 1;

/// A forked child begins to count from zero.
static COUNTS: PerProcess<Counts> = PerProcess::new(Counts::default);

#[derive(Debug, Default)]
struct Counts {
    counters: [AtomicU64; COUNTERS],
    lost_by_cause: Mutex<BTreeMap<String, u64>>,
    last_error: Mutex<Option<String>>,
    /// The number of records that the session log keeps in memory because the disk refused them, and the cause.
    held: Mutex<(u64, String)>,
}

impl Counter {
    fn cell(self) -> &'static AtomicU64 {
        &COUNTS.get().counters[self as usize]
    }

    pub(crate) fn add(self, more: u64) {
        self.cell().fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn raise_to(self, level: u64) {
        self.cell().fetch_max(level, Ordering::Relaxed);
    }

    fn get(self) -> u64 {
        self.cell().load(Ordering::Relaxed)
    }
}

/// The largest number of causes that are counted one by one. Errors of the system may have any text, and must not fill
/// the memory.
const MAX_CAUSES: usize = 32;

/// Why a record is lost that no disk refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Telemetry was switched off before the record was complete.
    Ended,
    /// A forked process could not start a writer.
    NoWriter,
    HostPanic,
    WriterPanic,
    /// A span began or was polled on a thread whose thread-local state is destroyed.
    ThreadEnded,
}

/// The cause of lines that a log could not take because the directory of its file does not exist.
pub(crate) const DIRECTORY_GONE: &str = "directory gone";

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

/// The cause of the records that [`reentry`] discards.
const INSIDE_TELEMETRY: &str = "inside telemetry";

/// Counts records that never became lines of a log.
#[cold]
pub(crate) fn lost(count: u64, cause: Cause) {
    if cause == Cause::Ended {
        Counter::LostLate.add(count);
    }
    lost_lines(count, 0, cause.as_str());
}

/// Counts lines that a log could not take.
#[cold]
pub(crate) fn lost_lines(count: u64, bytes: u64, cause: &str) {
    if count == 0 {
        return;
    }
    let _inside = reentry::enter();
    let mut causes = lock(&COUNTS.get().lost_by_cause);
    let is_known = causes.len() < MAX_CAUSES || causes.contains_key(cause);
    let cause = if is_known { cause } else { "other" };
    let of_cause = causes.entry(cause.to_owned()).or_default();
    *of_cause = of_cause.saturating_add(count);
    // Under the lock, so that the total is the sum of the causes.
    Counter::Lost.add(count);
    Counter::LostBytes.add(bytes);
}

/// Stores the number of records that the session log keeps in memory because the disk refused them, and the cause of the
/// refusal. The cause is ignored if `count` is 0.
pub(crate) fn hold(count: u64, cause: &str) {
    let _inside = reentry::enter();
    *lock(&COUNTS.get().held) = (count, cause.to_owned());
}

/// Returns how many records are lost or kept in memory, and the cause of most of them. Returns `None` if all are written.
pub(crate) fn unsaved() -> Option<(u64, String)> {
    let _inside = reentry::enter();
    let health = health();
    let (held, cause) = lock(&COUNTS.get().held).clone();
    let records = health.lost.saturating_add(held);
    if records == 0 {
        return None;
    }
    let of_lost = health
        .lost_by_cause
        .into_iter()
        .map(|(cause, n)| (n, cause));
    let most = of_lost.chain([(held, cause)]).max();
    Some((records, most.map(|(_, cause)| cause).unwrap_or_default()))
}

/// Counts an answer with the id of a request that had ended before.
pub(crate) fn repeated_request() {
    Counter::RepeatedRequests.add(1);
    Counter::UnreportedRepeats.add(1);
}

/// Returns the number of answers with a repeated request id since the last call.
pub(crate) fn take_repeated_requests() -> u64 {
    Counter::UnreportedRepeats.cell().swap(0, Ordering::Relaxed)
}

/// Keeps the last failure for `health()`.
pub(crate) fn failed(what: String) {
    let _inside = reentry::enter();
    *lock(&COUNTS.get().last_error) = Some(what);
}

/// Sets all counts to zero.
pub(crate) fn reset() {
    let counts = COUNTS.get();
    for counter in &counts.counters {
        counter.store(0, Ordering::Relaxed);
    }
    lock(&counts.lost_by_cause).clear();
    *lock(&counts.last_error) = None;
    *lock(&counts.held) = (0, String::new());
    reentry::reset();
}

/// Returns how many records are lost. Costs some loads.
pub(crate) fn lost_so_far() -> u64 {
    Counter::Lost.get()
}

/// Returns all counts.
pub(crate) fn health() -> Health {
    let _inside = reentry::enter();
    let counts = COUNTS.get();
    let causes = lock(&counts.lost_by_cause);
    let (lost, lost_bytes) = (Counter::Lost.get(), Counter::LostBytes.get());
    let mut lost_by_cause = causes.clone();
    drop(causes);
    let nested = reentry::discarded();
    if nested > 0 {
        lost_by_cause.insert(INSIDE_TELEMETRY.to_owned(), nested);
    }
    Health {
        written: Counter::Written.get(),
        bytes: Counter::Bytes.get(),
        lost: lost.saturating_add(nested),
        lost_bytes,
        lost_by_cause,
        lost_late: Counter::LostLate.get(),
        held: lock(&counts.held).0,
        queue_peak: Counter::QueuePeak.get(),
        limited: Counter::Limited.get(),
        sampled_out: Counter::SampledOut.get(),
        last_error: lock(&counts.last_error).clone(),
        rotated: Counter::Rotated.get(),
        pruned: Counter::Pruned.get(),
        caught_panics: Counter::CaughtPanics.get(),
        refused_counts: Counter::RefusedCounts.get(),
        repeated_request_ids: Counter::RepeatedRequests.get(),
    }
}
