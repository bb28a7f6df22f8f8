//! The state that threads and the writer share: the logs, the rings, and the signal that wakes the writer.

mod drain;
mod omitted;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::ring::{Encode, Ring};
use super::shared_log::SharedLog;
use super::signal::Signal;
use crate::enabled::clock;
use crate::enabled::deferred::{self, WriteNext};
use crate::enabled::frame::LogIndex;
use crate::enabled::line::LineEncoder;
use crate::enabled::log::append::Log;
use crate::enabled::log::lines::count_lines;
use crate::enabled::log::retention::Retention;
use crate::enabled::process::{self, lock, lock_before};
use crate::enabled::stats::{self, Cause};
use crate::enabled::sys::JoinHandle;

/// Returns how many records of each call site of a log were omitted since the last call, each with the cause.
pub(crate) type TakeOmitted = fn(LogIndex) -> Vec<(String, u64)>;

/// The number of the last writer. A writer with a smaller number is closed.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Invalidates all existing writers, at their end or after a fork: no thread hands frames to them any more.
pub(crate) fn invalidate_writers() {
    LAST.fetch_add(1, Ordering::AcqRel);
}

/// The number of unused encoders that are kept: for the writer, and for some threads that are faster than it. Each has
/// grown to half a megabyte; more are rarely needed, and are freed.
const KEPT_ENCODERS: usize = 4;

const LONGEST_FLUSH: Duration = Duration::from_hours(24);
/// The part of the time at the exit of the process that is left for the writes in progress.
const FOR_WRITES_AT_EXIT: Duration = Duration::from_millis(200);
/// How long the end of a writer waits for threads that append without a lock. They keep a file open a little longer otherwise.
const LONGEST_APPEND: Duration = Duration::from_millis(500);

/// Returns the end of a timeout; after a day if the clock cannot represent it.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout)
        .unwrap_or_else(|| now + LONGEST_FLUSH)
}

/// A running writer.
pub(crate) struct Core {
    number: u64,
    /// The generation of the process whose writer this is.
    generation: u64,
    /// By index; `None` if this process does not write the log.
    logs: Vec<Option<SharedLog>>,
    retention: Arc<Retention>,
    rings: Mutex<Vec<Arc<Ring>>>,
    encoders: Mutex<Vec<LineEncoder>>,
    encode: Encode,
    take_omitted: TakeOmitted,
    signal: Signal,
    /// The process is about to end: lines that come now are lost, because the end would tear them.
    is_exiting: AtomicBool,
    writer: OnceLock<Thread>,
    join: Mutex<Option<JoinHandle>>,
}

impl Core {
    /// Creates a writer of these logs, by index. Lines for a log that is `None` are dropped.
    pub(crate) fn new(
        logs: Vec<Option<Log>>,
        retention: Retention,
        take_omitted: TakeOmitted,
    ) -> Self {
        Self {
            number: LAST.fetch_add(1, Ordering::AcqRel) + 1,
            generation: process::generation(),
            logs: logs
                .into_iter()
                .map(|log| log.map(SharedLog::new))
                .collect(),
            retention: Arc::new(retention),
            rings: Mutex::new(Vec::new()),
            encoders: Mutex::new(Vec::new()),
            encode: LineEncoder::add,
            take_omitted,
            signal: Signal::new(),
            is_exiting: AtomicBool::new(false),
            writer: OnceLock::new(),
            join: Mutex::new(None),
        }
    }

    #[cfg(test)]
    pub(super) fn with_encode(self, encode: Encode) -> Self {
        Self { encode, ..self }
    }

    /// Appends whole lines to a log, now. Several threads do so at once where the log allows it.
    pub(crate) fn append(&self, log: LogIndex, lines: &[u8]) {
        let is_exiting = || self.is_exiting();
        let done = self
            .log(log)
            .is_some_and(|log| log.append_unlocked(lines, &self.retention, is_exiting));
        if !done {
            self.append_and_release(log, lines, ());
        }
    }

    /// Appends whole lines to a log. Drops `guard` once the log is locked, which preserves the order of lines.
    fn append_and_release<T>(&self, log: LogIndex, lines: &[u8], guard: T) {
        let Some(log) = self.log(log) else { return };
        let mut locked = log.lock();
        drop(guard);
        if self.is_exiting() {
            return stats::lost(count_lines(lines), Cause::Ended);
        }
        locked.append(lines, &self.retention);
        drop(locked);
        if log.is_waiting() {
            // The writer may sleep, and has to try again.
            self.wake();
        }
    }

    /// Returns whether a log keeps lines that the disk refused. Takes no lock.
    pub(crate) fn has_pending(&self, log: LogIndex) -> bool {
        self.log(log).is_some_and(SharedLog::is_waiting)
    }

    /// Opens a log, so that an error is reported at once.
    pub(crate) fn open(&self, log: LogIndex) {
        if let Some(log) = self.log(log) {
            log.lock().open(&self.retention);
        }
    }

    /// Returns whether nothing may be written any more. To be called under the lock of the log, or once the thread is counted among
    /// those that append without it.
    fn is_exiting(&self) -> bool {
        self.is_exiting.load(Ordering::SeqCst)
    }

    fn log(&self, log: LogIndex) -> Option<&SharedLog> {
        self.logs.get(log as usize)?.as_ref()
    }

    /// Returns the paths of the open files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.logs
            .iter()
            .flatten()
            .filter_map(|log| log.lock().path())
            .collect()
    }

    /// Prunes the directories in the background, or now if no thread can be started.
    pub(crate) fn enforce_budget(&self) {
        if !self.retention.prune_in_background()
            && let Err(error) = self.retention.enforce()
        {
            stats::failed(format!("cannot keep the budget: {error}"));
        }
    }

    /// See [`Retention::wait_for_room`].
    pub(crate) fn wait_for_room(&self, longest: Duration) {
        self.retention.wait_for_room(longest);
    }

    /// Adds the ring of a thread.
    pub(super) fn connect(&self, ring: Arc<Ring>) {
        lock(&self.rings).push(ring);
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        LAST.load(Ordering::Relaxed) != self.number
    }

    /// Returns whether the writer belongs to this process, and not to a process from which this one was forked. A child must
    /// never wait for a lock or a thread of the latter.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.generation == process::generation()
    }

    /// Returns whether the writer drains the rings without being woken.
    #[inline]
    pub(super) fn is_awake(&self) -> bool {
        self.signal.is_awake()
    }

    /// Wakes the writer if it sleeps.
    pub(super) fn wake(&self) {
        if self.signal.wake() {
            self.unpark();
        }
    }

    /// Starts a round of the writer at once.
    pub(super) fn wake_now(&self) {
        if self.signal.wake_now() {
            self.unpark();
        }
    }

    /// Returns the writer's side of the signal.
    pub(super) fn signal(&self) -> &Signal {
        &self.signal
    }

    fn unpark(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    /// Returns whether a log has lines or counts of lost records that the disk refused and that are written again.
    pub(super) fn is_waiting(&self) -> bool {
        self.logs.iter().flatten().any(SharedLog::is_waiting)
    }

    /// Sets the thread to wake. Called by the writer when it starts; until it sleeps, the writer drains the rings without being
    /// woken.
    pub(super) fn set_writer(&self, thread: Thread) {
        let _ = self.writer.set(thread);
    }

    /// Sets the thread to join.
    pub(super) fn set_handle(&self, handle: JoinHandle) {
        *lock(&self.join) = Some(handle);
    }

    /// Tries again to write the lines and counts of lost records that the disk refused.
    pub(super) fn retry(&self) {
        for log in self.logs.iter().flatten() {
            let mut log = log.lock();
            if !self.is_exiting() {
                log.retry(&self.retention);
            }
        }
    }

    /// Closes files that other processes have rotated.
    pub(super) fn close_rotated(&self) {
        for log in self.logs.iter().flatten() {
            log.lock().close_if_rotated();
        }
    }

    /// Returns the logs that this process writes, each with its index.
    fn indexed(&self) -> impl Iterator<Item = (LogIndex, &SharedLog)> {
        (0..)
            .zip(&self.logs)
            .filter_map(|(index, log)| Some((index, log.as_ref()?)))
    }

    /// Writes the first due entry of each deferred queue. Returns whether there was one.
    pub(super) fn write_deferred(&self) -> bool {
        if !deferred::is_any() {
            return false;
        }
        let now = clock::nanos(clock::now());
        let mut found = false;
        for source in deferred::sources() {
            // A thread that keeps the queue locked writes the entries itself.
            let next = source.write_next(now, Instant::now(), &mut |log, lines| {
                self.append(log, lines);
            });
            found |= next == WriteNext::Written;
        }
        deferred::remove_written();
        found
    }

    /// Writes the deferred entries that were queued before the call. Returns `false` if another thread keeps a queue locked until
    /// the deadline.
    fn write_all_deferred(&self, deadline: Instant) -> bool {
        if !deferred::is_any() {
            return true;
        }
        let mut all = true;
        for source in deferred::sources() {
            // Bounded, because a thread may add entries all the time.
            for _ in 0..source.unwritten(deferred::ALL) {
                let next = source.write_next(deferred::ALL, deadline, &mut |log, lines| {
                    self.append(log, lines);
                });
                all &= next != WriteNext::Locked;
                if next != WriteNext::Written {
                    break;
                }
            }
        }
        deferred::remove_written();
        all
    }

    /// Writes everything that was recorded before the call. Returns `false` at the deadline, or if the disk refused
    /// something.
    pub(crate) fn flush_before(&self, deadline: Instant) -> bool {
        let lost = stats::lost_so_far();
        let rings = self.drain_rings_before(deadline);
        // Each log is tried, also if a ring stayed locked until the deadline.
        let logs = self.finish_logs(deadline);
        rings && logs && stats::lost_so_far() == lost
    }

    /// Writes everything that was recorded before the call, and then lets the process end without tearing a line: waits for
    /// the writes in progress, at most until the deadline. Lines that come later are counted as lost.
    pub(super) fn flush_and_end_before(&self, deadline: Instant) {
        let of_rings = deadline.checked_sub(FOR_WRITES_AT_EXIT);
        self.drain_rings_before(of_rings.unwrap_or(deadline));
        // Set before the locks are taken, because recording threads would otherwise compete for the locks.
        self.is_exiting.store(true, Ordering::SeqCst);
        self.finish_logs(deadline);
        self.report_unwritten_requests(deadline);
        for log in self.logs.iter().flatten() {
            log.wait_for_appends_before(deadline);
        }
    }

    /// Drains all rings and writes the deferred entries. Returns `false` if another thread keeps a ring or a queue locked until the
    /// deadline.
    fn drain_rings_before(&self, deadline: Instant) -> bool {
        let Some(rings) = lock_before(&self.rings, deadline).map(|rings| rings.clone()) else {
            return false;
        };
        // A ring that another thread keeps locked must not prevent the drain of the other rings.
        let mut all = true;
        for ring in &rings {
            all &= self.drain_before(ring, deadline);
        }
        all & self.write_all_deferred(deadline)
    }

    /// Writes the kept lines and counts of each log. Returns `false` if another thread keeps a log locked until the deadline, or
    /// if the disk refused a write.
    fn finish_logs(&self, deadline: Instant) -> bool {
        let mut all = true;
        for (index, log) in self.indexed() {
            all &= log.lock_before(deadline).is_some_and(|mut log| {
                self.write_omitted_records(&mut log, &self.take_omitted_records(index));
                log.retry(&self.retention);
                !log.is_waiting()
            });
        }
        all
    }

    /// Ends the writer thread after a last round, and closes the files.
    pub(super) fn close(&self) {
        invalidate_writers();
        self.unpark();
        let handle = lock(&self.join).take();
        if let Some(handle) = handle {
            handle.join();
        }
        // A thread may have appended its last frame after the writer's last round.
        self.drain_rings();
        self.write_all_deferred(deadline(LONGEST_FLUSH));
        self.report_omitted();
        self.retry();
        for ring in lock(&self.rings).drain(..) {
            ring.close();
        }
        // A thread that is appending a record checks this flag afterwards, and counts the record as lost.
        self.signal.fall_asleep();
        self.report_unwritten_requests(deadline(LONGEST_FLUSH));
        // Threads hold a reference to this object until they end or record again; the files are closed now.
        for log in self.logs.iter().flatten() {
            log.lock().close();
            log.wait_for_appends_before(deadline(LONGEST_APPEND));
        }
    }
}

#[cfg(test)]
mod tests;
