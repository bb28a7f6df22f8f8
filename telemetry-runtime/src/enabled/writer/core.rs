//! The state that threads and the writer share: the logs, the rings, and the signal that wakes the writer.

mod drain;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::ring::{Encode, Ring};
use super::shared_log::SharedLog;
use super::signal::Signal;
use crate::enabled::frame::{DEBUG_LOG, LogIndex};
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

/// The records that a log does not have, by reason.
struct LeftOut {
    /// By the name of the call site.
    omitted: Vec<(String, u64)>,
    /// Answers with the id of an earlier request.
    repeated: u64,
}

impl LeftOut {
    fn is_empty(&self) -> bool {
        self.omitted.is_empty() && self.repeated == 0
    }
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

    /// Adds the ring of a thread.
    pub(super) fn connect(&self, ring: Arc<Ring>) {
        lock(&self.rings).push(ring);
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        LAST.load(Ordering::Relaxed) != self.number
    }

    /// Returns whether this is not the writer of a process that this one was forked from. Nothing of such a writer may
    /// be waited for.
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

    /// Returns whether the disk has refused something that is to be tried again.
    pub(super) fn is_waiting(&self) -> bool {
        self.logs.iter().flatten().any(SharedLog::is_waiting)
    }

    /// Sets the thread to wake. Called by the writer when it starts; it looks at the rings then without being woken.
    pub(super) fn set_writer(&self, thread: Thread) {
        let _ = self.writer.set(thread);
    }

    /// Sets the thread to join.
    pub(super) fn set_handle(&self, handle: JoinHandle) {
        *lock(&self.join) = Some(handle);
    }

    /// Tries again to write what the disk refused.
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

    /// Reports in each log the records that were omitted, and in the debug log the answers with a repeated request id.
    pub(super) fn report_omitted(&self) {
        for (index, log) in self.indexed() {
            let left_out = self.take_left_out(index);
            if !left_out.is_empty() {
                let mut log = log.lock();
                if !self.is_exiting() {
                    self.write_left_out(&mut log, &left_out);
                }
            }
        }
    }

    fn take_left_out(&self, index: LogIndex) -> LeftOut {
        LeftOut {
            omitted: (self.take_omitted)(index),
            repeated: match index {
                DEBUG_LOG => stats::take_repeated_requests(),
                _ => 0,
            },
        }
    }

    fn write_left_out(&self, log: &mut Log, left_out: &LeftOut) {
        for (cause, count) in &left_out.omitted {
            log.report_omitted(cause, *count, &self.retention);
        }
        if left_out.repeated > 0 {
            log.report_repeated_requests(left_out.repeated, &self.retention);
        }
    }

    /// Returns the logs that this process writes, each with its index.
    fn indexed(&self) -> impl Iterator<Item = (LogIndex, &SharedLog)> {
        (0..)
            .zip(&self.logs)
            .filter_map(|(index, log)| Some((index, log.as_ref()?)))
    }

    /// Writes everything that was recorded before the call. Returns `false` at the deadline, or if the disk refused
    /// something.
    pub(crate) fn flush_before(&self, deadline: Instant) -> bool {
        let lost = stats::lost_so_far();
        let rings = self.drain_rings_before(deadline);
        // Each log is tried, also if a lock was not to be had before.
        let logs = self.finish_logs(deadline);
        rings && logs && stats::lost_so_far() == lost
    }

    /// Writes everything that was recorded before the call, and then lets the process end without tearing a line: waits for
    /// the writes in progress, at most until the deadline. Lines that come later are counted as lost.
    pub(super) fn flush_and_end_before(&self, deadline: Instant) {
        let of_rings = deadline.checked_sub(FOR_WRITES_AT_EXIT);
        self.drain_rings_before(of_rings.unwrap_or(deadline));
        // Before the locks, for which other threads would otherwise compete with this one for as long as they record.
        self.is_exiting.store(true, Ordering::SeqCst);
        self.finish_logs(deadline);
        for log in self.logs.iter().flatten() {
            log.wait_for_appends_before(deadline);
        }
    }

    /// Drains all rings. Returns `false` if another thread keeps a ring locked until the deadline.
    fn drain_rings_before(&self, deadline: Instant) -> bool {
        let Some(rings) = lock_before(&self.rings, deadline).map(|rings| rings.clone()) else {
            return false;
        };
        // A ring that another thread keeps locked must not keep the others back.
        let mut all = true;
        for ring in &rings {
            all &= self.drain_before(ring, deadline);
        }
        all
    }

    /// Writes to each log what it keeps. Returns `false` if another thread keeps a log locked until the deadline, or if the
    /// disk refused something.
    fn finish_logs(&self, deadline: Instant) -> bool {
        let mut all = true;
        for (index, log) in self.indexed() {
            all &= log.lock_before(deadline).is_some_and(|mut log| {
                self.write_left_out(&mut log, &self.take_left_out(index));
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
        self.report_omitted();
        self.retry();
        for ring in lock(&self.rings).drain(..) {
            ring.close();
        }
        // A thread in the middle of a record sees this afterwards, and counts the record as lost.
        self.signal.fall_asleep();
        // Threads keep this object alive until they end or record again; the files are free now.
        for log in self.logs.iter().flatten() {
            log.lock().close();
            log.wait_for_appends_before(deadline(LONGEST_APPEND));
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_schema::LogKind;
    use telemetry_store::Naming;

    use super::*;

    #[test]
    fn whether_a_log_waits_for_the_disk_is_known_without_its_lock() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().join("logs/shared.jsonl");
        let log = Log::new(Naming::shared(&at).unwrap(), LogKind::Session, None);
        let retention = Retention::new(0, Vec::new(), 1);
        let core = Core::new(vec![Some(log)], retention, |_| Vec::new());
        let during_a_write = core.log(0).unwrap().lock();
        assert!(!core.has_pending(0));
        assert!(!core.is_waiting());
        drop(during_a_write);
        std::fs::write(directory.path().join("logs"), "not a directory").unwrap();
        core.append(0, b"{}\n");
        let during_a_write = core.log(0).unwrap().lock();
        assert!(core.has_pending(0) && core.is_waiting());
        drop(during_a_write);
        std::fs::remove_file(directory.path().join("logs")).unwrap();
        core.retry();
        assert!(!core.has_pending(0) && !core.is_waiting());
        assert_eq!(std::fs::read_to_string(&at).unwrap(), "{}\n");
    }

    /// A session log with one line, and its path.
    fn session_log(directory: &std::path::Path) -> (Core, PathBuf) {
        let at = directory.join("logs/shared.jsonl");
        let log = Log::new(Naming::shared(&at).unwrap(), LogKind::Session, None);
        let retention = Retention::new(1 << 20, Vec::new(), 1);
        let core = Core::new(vec![Some(log)], retention, |_| Vec::new());
        core.append(0, b"{\"first\":1}\n");
        (core, at)
    }

    #[test]
    fn a_line_is_appended_while_another_thread_has_the_log_locked() {
        let directory = tempfile::tempdir().unwrap();
        let (core, at) = session_log(directory.path());
        // The other thread is not run at this time. With the lock, this would never end.
        let of_other = core.log(0).unwrap().lock();
        core.append(0, b"{\"second\":2}\n");
        drop(of_other);
        let text = std::fs::read_to_string(&at).unwrap();
        assert_eq!(text, "{\"first\":1}\n{\"second\":2}\n");
    }

    #[test]
    fn a_full_segment_is_used_further_while_another_thread_has_the_log_locked() {
        let directory = tempfile::tempdir().unwrap();
        let (core, at) = session_log(directory.path());
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let segment = core.retention.segment_bytes();
        while std::fs::metadata(&at).unwrap().len() + line.len() as u64 <= segment {
            core.append(0, line.as_bytes());
        }
        let of_other = core.log(0).unwrap().lock();
        core.append(0, line.as_bytes());
        drop(of_other);
        let len = std::fs::metadata(&at).unwrap().len();
        assert!(len > segment && len <= segment + segment / 8);
        // The next line begins the next segment.
        core.append(0, b"{}\n");
        assert_eq!(std::fs::read_to_string(&at).unwrap(), "{}\n");
    }

    #[test]
    fn the_end_of_the_process_waits_for_appends_without_the_lock_and_takes_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let (core, at) = session_log(directory.path());
        let log = core.log(0).unwrap();
        // The end begins while a thread is about to write.
        let written = log.append_unlocked(b"{\"late\":1}\n", &core.retention, || {
            core.flush_and_end_before(Instant::now());
            assert!(!log.wait_for_appends_before(Instant::now()));
            core.is_exiting()
        });
        assert!(!written && log.wait_for_appends_before(Instant::now()));
        core.append(0, b"{\"later\":1}\n");
        assert_eq!(std::fs::read_to_string(&at).unwrap(), "{\"first\":1}\n");
    }
}
