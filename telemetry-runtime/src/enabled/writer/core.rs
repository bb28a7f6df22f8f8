//! What threads and the writer share: the logs, the rings, and whether there is work.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use super::ring::{Ring, lock_before};
use super::shared::{Shared, lock};
use super::signal::Signal;
use crate::enabled::line::Lines;
use crate::enabled::log::append::Log;
use crate::enabled::log::retention::Retention;
use crate::enabled::{callsite, stats};

/// The place of a log in the configuration.
pub(crate) type LogIndex = u32;

/// The core that is not outdated.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// From here on no thread hands lines to any core that there is: it ended, or this is the child of a
/// fork, where no writer empties it.
pub(crate) fn outdate() {
    GENERATION.fetch_add(1, Ordering::AcqRel);
}

/// Buffers that are kept: for the writer, and for some threads that are faster than it. They have grown
/// to half a megabyte each; more are rare, and given back.
const KEPT_LINES: usize = 4;

/// The end of a time; a day, where the clock cannot add it up.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout)
        .unwrap_or_else(|| now + LONGEST_FLUSH)
}

const LONGEST_FLUSH: Duration = Duration::from_hours(24);

/// A running writer.
pub(crate) struct Core {
    generation: u64,
    /// The process whose writer this is.
    process: u32,
    /// `None`: not written by this process.
    logs: Vec<Option<Shared>>,
    retention: Arc<Retention>,
    rings: Mutex<Vec<Arc<Ring>>>,
    /// Buffers for lines, for whoever empties a ring.
    spare_lines: Mutex<Vec<Lines>>,
    signal: Signal,
    writer: OnceLock<Thread>,
    join: Mutex<Option<JoinHandle<()>>>,
}

impl Core {
    /// Lines for a log that is `None` are dropped.
    pub(crate) fn new(logs: Vec<Option<Log>>, retention: Retention) -> Self {
        Self {
            generation: GENERATION.fetch_add(1, Ordering::AcqRel) + 1,
            process: std::process::id(),
            logs: logs.into_iter().map(|log| log.map(Shared::new)).collect(),
            retention: Arc::new(retention),
            rings: Mutex::new(Vec::new()),
            spare_lines: Mutex::new(Vec::new()),
            signal: Signal::new(),
            writer: OnceLock::new(),
            join: Mutex::new(None),
        }
    }

    /// Appends whole lines to a log, now.
    pub(crate) fn append(&self, log: LogIndex, lines: &[u8]) {
        self.append_in_turn(log, lines, ());
    }

    /// The same; what is `held` is let go as soon as it is these lines' turn.
    fn append_in_turn<T>(&self, log: LogIndex, lines: &[u8], held: T) {
        let Some(log) = self.log(log) else { return };
        let mut locked = log.lock();
        drop(held);
        locked.append(lines, &self.retention);
        drop(locked);
        if log.is_waiting() {
            // It may sleep, and has to try again.
            self.wake();
        }
    }

    /// Whether a log keeps lines that the disk did not take yet. Waits for nothing.
    pub(crate) fn has_pending(&self, log: LogIndex) -> bool {
        self.log(log).is_some_and(Shared::is_waiting)
    }

    /// Opens a log, so that what is in the way shows at once.
    pub(crate) fn open(&self, log: LogIndex) {
        if let Some(log) = self.log(log) {
            log.lock().open(&self.retention);
        }
    }

    fn log(&self, log: LogIndex) -> Option<&Shared> {
        self.logs.get(log as usize)?.as_ref()
    }

    /// The files that are open.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.logs
            .iter()
            .flatten()
            .filter_map(|log| log.lock().path().map(PathBuf::from))
            .collect()
    }

    /// Keeps the budget, now.
    pub(crate) fn enforce_budget(&self) {
        if let Err(error) = self.retention.enforce() {
            stats::failed(format!("cannot look for old logs: {error}"));
        }
    }

    /// Takes a new thread's ring.
    pub(crate) fn connect(&self, ring: Arc<Ring>) {
        lock(&self.rings).push(ring);
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        GENERATION.load(Ordering::Relaxed) != self.generation
    }

    /// Not so in a process that was forked off: nothing of this may be waited for there.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Gives up the writer of the process that this one was forked from. Its files are closed here,
    /// where no thread was in the middle of a write to them; its memory stays, since what it says of
    /// locks and of a thread is not true here.
    pub(super) fn abandon(self: Arc<Self>) {
        for log in self.logs.iter().flatten() {
            log.abandon();
        }
        std::mem::forget(self);
    }

    /// Whether the writer looks at the rings by itself.
    #[inline]
    pub(super) fn is_awake(&self) -> bool {
        self.signal.is_awake()
    }

    /// Tells a writer that sleeps that there is something for it.
    pub(super) fn wake(&self) {
        if self.signal.wake() {
            self.unpark();
        }
    }

    /// Tells the writer that a ring fills up.
    pub(super) fn hurry(&self) {
        if self.signal.hurry() {
            self.unpark();
        }
    }

    /// The writer's side.
    pub(super) fn signal(&self) -> &Signal {
        &self.signal
    }

    fn unpark(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    /// Buffers for lines, used before if possible.
    pub(super) fn spare_lines(&self) -> Lines {
        lock(&self.spare_lines).pop().unwrap_or(Lines::new())
    }

    /// Takes them back, unless there are some already.
    pub(super) fn give_back_lines(&self, lines: Lines) {
        let mut spare = lock(&self.spare_lines);
        if spare.len() < KEPT_LINES {
            spare.push(lines);
        }
    }

    /// Writes the lines of each log that has more than `least` bytes of them.
    pub(super) fn write_from(&self, lines: &mut Lines, least: usize) {
        for (log, lines) in (0..).zip(&mut lines.of_logs) {
            if lines.lines().len() > least {
                self.append(log, lines.lines());
                lines.clear();
            }
        }
    }

    /// Writes all lines. Whoever waits for what is `held` has it as soon as their order is settled:
    /// they are of one log, as they mostly are, and its lock is taken.
    pub(super) fn write_in_turn<T>(&self, lines: &mut Lines, held: T) {
        let mut of_logs = (0..).zip(&mut lines.of_logs);
        let mut with_lines = of_logs
            .by_ref()
            .filter(|(_, lines)| !lines.lines().is_empty());
        if let (Some((log, only)), None) = (with_lines.next(), with_lines.next()) {
            self.append_in_turn(log, only.lines(), held);
            only.clear();
        } else {
            self.write_from(lines, 0);
        }
    }

    /// Whether the disk refused something that is to be tried again.
    pub(super) fn is_waiting(&self) -> bool {
        self.logs.iter().flatten().any(Shared::is_waiting)
    }

    pub(super) fn set_writer(&self, handle: JoinHandle<()>) {
        // Set once: a core is spawned once.
        let _ = self.writer.set(handle.thread().clone());
        *lock(&self.join) = Some(handle);
    }

    /// Empties every ring once; whether there was anything.
    pub(super) fn drain_rings(&self) -> bool {
        let rings = lock(&self.rings).clone();
        let mut found = false;
        let mut ended = Vec::new();
        for ring in &rings {
            // Asked first: what the thread wrote before it ended is in the ring by then.
            let abandoned = ring.is_abandoned();
            found |= ring.drain(self);
            if abandoned {
                ended.push(ring);
            }
        }
        if !ended.is_empty() {
            // Nothing is written under this lock: a new thread waits for it.
            lock(&self.rings).retain(|ring| !ended.iter().any(|ended| Arc::ptr_eq(ended, ring)));
        }
        found
    }

    /// Tries again what the disk did not take.
    pub(super) fn retry(&self) {
        for log in self.logs.iter().flatten() {
            log.lock().retry(&self.retention);
        }
    }

    /// Closes files that are no longer their logs' live ones.
    pub(super) fn let_go(&self) {
        for log in self.logs.iter().flatten() {
            log.lock().let_go();
        }
    }

    /// Says in each log what the limiter left out of it.
    pub(super) fn tell_left_out(&self) {
        for (index, log) in self.indexed() {
            let left_out = callsite::take_left_out(index);
            if !left_out.is_empty() {
                self.write_left_out(&mut log.lock(), &left_out);
            }
        }
    }

    fn write_left_out(&self, log: &mut Log, left_out: &[(&'static str, u64)]) {
        for (name, count) in left_out {
            log.left_out(name, *count, &self.retention);
        }
    }

    /// The logs that are on, each with its index.
    fn indexed(&self) -> impl Iterator<Item = (LogIndex, &Shared)> {
        (0..)
            .zip(&self.logs)
            .filter_map(|(index, log)| Some((index, log.as_ref()?)))
    }

    /// Writes what was recorded before the call. `false` where the time did not suffice or the
    /// disk did not take it.
    pub(crate) fn flush_before(&self, deadline: Instant) -> bool {
        let Some(rings) = lock_before(&self.rings, deadline).map(|rings| rings.clone()) else {
            return false;
        };
        let lost = stats::lost_so_far();
        // One that is held up must not keep the others back.
        let mut all = true;
        for ring in &rings {
            all &= ring.drain_before(self, deadline);
        }
        let logs = self
            .indexed()
            .all(|(index, log)| match log.lock_before(deadline) {
                Some(mut log) => {
                    self.write_left_out(&mut log, &callsite::take_left_out(index));
                    log.retry(&self.retention);
                    !log.is_waiting()
                }
                None => false,
            });
        all && logs && stats::lost_so_far() == lost
    }

    /// Ends the writer thread after a last round.
    pub(super) fn close(&self) {
        outdate();
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
        if let Some(join) = lock(&self.join).take()
            && join.thread().id() != std::thread::current().id()
        {
            // A panic of the writer was counted where it happened.
            let _ = join.join();
        }
        // A thread may have pushed its last frame while the writer took its last look.
        self.drain_rings();
        self.tell_left_out();
        self.retry();
        for ring in lock(&self.rings).drain(..) {
            ring.close();
        }
        // A thread that was in the middle of a record sees this after it, and counts it as lost.
        self.signal.fall_asleep();
        // Threads keep this alive until they end or record again; the files are free now.
        for log in self.logs.iter().flatten() {
            log.lock().close();
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_store::Naming;

    use super::*;
    use crate::enabled::log::append::Format;

    /// The disk may take as long as it wants for a write: who asks what is left to write, under locks
    /// of its own, does not wait for it.
    #[test]
    fn whether_a_log_waits_for_the_disk_is_known_without_its_lock() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().join("logs/shared.jsonl");
        let log = Log::new(Naming::shared(&at).unwrap(), Format::Session, None);
        let core = Core::new(vec![Some(log)], Retention::new(0, Vec::new(), 1));
        let in_the_middle_of_a_write = core.log(0).unwrap().lock();
        assert!(!core.has_pending(0));
        assert!(!core.is_waiting());
        drop(in_the_middle_of_a_write);
        std::fs::write(directory.path().join("logs"), "in the way").unwrap();
        core.append(0, b"{}\n");
        let in_the_middle_of_a_write = core.log(0).unwrap().lock();
        assert!(core.has_pending(0) && core.is_waiting());
        drop(in_the_middle_of_a_write);
        std::fs::remove_file(directory.path().join("logs")).unwrap();
        core.retry();
        assert!(!core.has_pending(0) && !core.is_waiting());
        assert_eq!(std::fs::read_to_string(&at).unwrap(), "{}\n");
    }
}
