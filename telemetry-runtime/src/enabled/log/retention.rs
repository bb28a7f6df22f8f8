//! Keeping the byte budget while the program runs.
//!
//! Each process prunes the directories when it starts, and again before it has written more than a segment since the
//! last pruning. So between two prunings the total grows by at most one segment per living process, and each pruning
//! brings it back below the budget.
//!
//! Pruning may read whole segments of the session log, to keep their sums, and waits for the disk. Therefore it runs in the
//! background, and begins when a quarter of a segment was written. A thread that has written the rest of the segment before
//! the pruning ends makes room itself, with what is known of the directory, and waits for a few milliseconds at most
//! ([`Pruner::make_room`]).

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use telemetry_store::{Pruned, Pruner, RetainedLog};

use crate::enabled::process::lock;
use crate::enabled::stats::{self, Counter};
use crate::enabled::sys;

/// The number of segments of a budget, so that several logs and launches fit into it.
pub(crate) const SEGMENTS: usize = 8;

/// Returns the number of segments of a budget for that many logs: each log may have a segment in use, and all of them
/// must fit, with room for closed ones. From seven logs on there are more than [`SEGMENTS`].
pub(crate) const fn segments(logs: usize) -> usize {
    if logs + 2 > SEGMENTS {
        logs + 2
    } else {
        SEGMENTS
    }
}

/// The budget and the files that count towards it.
#[derive(Debug)]
pub(crate) struct Retention {
    /// 0 to never prune and never rotate.
    budget: u64,
    segment: u64,
    pruner: Pruner,
    /// Bytes that this process has written or is about to write.
    announced: AtomicU64,
    /// Bytes of the writes that have ended, also of those that failed.
    finished: AtomicU64,
    /// The value of `finished` when the last pruning began, or when room was made for these bytes.
    pruned_at: AtomicU64,
    /// Held by the thread that makes room.
    making_room: Mutex<()>,
    is_in_background: AtomicBool,
    /// Whether the last pruning in the background has failed, so that the directories cannot be read.
    has_failed: AtomicBool,
}

/// The number of prunings, and of other work with log files, in the background.
static PRUNINGS: AtomicUsize = AtomicUsize::new(0);

/// How long a fork waits for a pruning: the child would hold the files that it has open.
pub(crate) const BEFORE_FORK: Duration = Duration::from_millis(50);
/// How long a start waits for the first pruning, so that a host that closes descriptors after `init` finds none that is in
/// use. A large directory takes longer, and is pruned in the background.
pub(crate) const AT_START: Duration = Duration::from_millis(3);

/// Waits until nothing is pruned in the background, or until the timeout.
pub(crate) fn wait_for_prunings(timeout: Duration) {
    let deadline = Instant::now() + timeout;
    while PRUNINGS.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
        telemetry_store::pause(Duration::from_micros(100));
    }
}

/// Forgets the prunings of the parent. To be called in a forked child.
pub(crate) fn forget_prunings() {
    PRUNINGS.store(0, Ordering::Release);
}

/// A pruning in the background, until this is dropped.
struct InBackground(Arc<Retention>);

impl Drop for InBackground {
    fn drop(&mut self) {
        self.0.is_in_background.store(false, Ordering::Release);
        PRUNINGS.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Retention {
    /// Creates the budget of the files of `logs`. `written` is the number of logs that this process writes.
    pub(crate) fn new(budget: u64, logs: Vec<RetainedLog>, written: usize) -> Self {
        let segment = match budget {
            0 => u64::MAX,
            _ => budget / segments(written) as u64,
        };
        Self {
            budget,
            segment,
            pruner: Pruner::new(logs, budget),
            announced: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            pruned_at: AtomicU64::new(0),
            making_room: Mutex::new(()),
            is_in_background: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
        }
    }

    /// Returns the length beyond which no file grows before it is rotated.
    pub(crate) fn segment_bytes(&self) -> u64 {
        self.segment
    }

    /// Announces a write. To be called before each write; [`finish_write`](Self::finish_write) after it.
    ///
    /// # Errors
    ///
    /// If the directories cannot be read, so that they cannot be pruned. Then nothing may be written beyond a segment, or the
    /// budget would not hold.
    pub(crate) fn announce(self: &Arc<Self>, bytes: u64) -> io::Result<()> {
        self.announced.fetch_add(bytes, Ordering::AcqRel);
        if self.budget == 0 {
            return Ok(());
        }
        let unpruned = self.unpruned();
        let is_due = unpruned > self.segment / 4;
        if is_due {
            self.pruner.set_headroom(self.segment);
        }
        let is_in_background = !is_due || self.prune_in_background();
        if !is_in_background || unpruned > self.segment && self.has_failed.load(Ordering::Acquire) {
            let pruned = self.enforce();
            if pruned.is_err() {
                self.finish_write(bytes);
            }
            return pruned;
        }
        if unpruned > self.segment {
            let _making_room = lock(&self.making_room);
            // Another thread may have made room in the meantime.
            let unpruned = self.unpruned();
            if unpruned > self.segment {
                let pruned = self.pruner.make_room(unpruned);
                self.pruned_at.fetch_add(unpruned, Ordering::AcqRel);
                report(pruned);
            }
        }
        Ok(())
    }

    /// Adds a file that this process has created, so that it is removed without a listing of the directory.
    pub(crate) fn created(&self, path: &Path) {
        if self.budget > 0 {
            self.pruner.created(path);
        }
    }

    /// Ends a write that was announced, also one that failed.
    pub(crate) fn finish_write(&self, bytes: u64) {
        self.finished.fetch_add(bytes, Ordering::AcqRel);
    }

    fn unpruned(&self) -> u64 {
        let announced = self.announced.load(Ordering::Acquire);
        announced.saturating_sub(self.pruned_at.load(Ordering::Acquire))
    }

    /// Removes files until the budget holds.
    ///
    /// # Errors
    ///
    /// If a directory cannot be read. A file that cannot be removed is reported in `health()`, and other files are removed
    /// in its place.
    pub(crate) fn enforce(&self) -> io::Result<()> {
        if self.budget == 0 {
            return Ok(());
        }
        let finished = self.finished.load(Ordering::Acquire);
        let pruned = self.pruner.prune();
        self.has_failed.store(pruned.is_err(), Ordering::Release);
        report(pruned?);
        self.pruned_at.fetch_max(finished, Ordering::AcqRel);
        Ok(())
    }

    /// Starts to prune on another thread, unless one does so already. Returns `false` if no thread can be started.
    pub(crate) fn prune_in_background(self: &Arc<Self>) -> bool {
        if self.budget == 0 || self.is_in_background.swap(true, Ordering::AcqRel) {
            return true;
        }
        PRUNINGS.fetch_add(1, Ordering::AcqRel);
        let done = InBackground(Arc::clone(self));
        // Where no thread can be started, the closure is dropped.
        let started = sys::spawn(c"telemetry-prune", move || {
            let done = done;
            if let Err(error) = done.0.enforce() {
                stats::failed(format!("cannot keep the budget: {error}"));
            }
        });
        started.is_ok()
    }
}

/// Work of another thread that has log files open. A fork waits for it as for a pruning.
#[derive(Debug)]
pub(crate) struct BackgroundWork(());

impl BackgroundWork {
    pub(crate) fn begin() -> Self {
        PRUNINGS.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for BackgroundWork {
    fn drop(&mut self) {
        PRUNINGS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Counts what was removed, and reports what could not be removed or kept in `health()`.
fn report(pruned: Pruned) {
    Counter::Pruned.add(pruned.removed.len() as u64);
    for (path, error) in pruned.failed {
        stats::failed(format!("cannot remove {}: {error}", path.display()));
    }
    if let Some(cause) = pruned.cause {
        stats::failed(format!(
            "the totals of {} requests are lost: {cause}",
            pruned.lost_requests
        ));
    }
    stats::lost_lines(pruned.lost_requests, pruned.lost_bytes, LOST_TOTALS);
}

/// The cause of requests whose totals could not be kept when their segment was removed.
const LOST_TOTALS: &str = "totals not kept";

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;

    use telemetry_schema::LogKind;
    use telemetry_store::Naming;

    const BUDGET: u64 = 1 << 20;

    fn retention(directory: &Path) -> Arc<Retention> {
        let naming = Naming::stamped(directory.to_owned());
        let kind = LogKind::Debug;
        Arc::new(Retention::new(
            BUDGET,
            vec![RetainedLog { naming, kind }],
            3,
        ))
    }

    #[test]
    fn a_segment_is_an_eighth_and_all_segments_in_use_fit() {
        for logs in 1..=64 {
            let segment = BUDGET / segments(logs) as u64;
            assert!(segment <= BUDGET / 8);
            // Each log has a segment in use, and one of them begins another one.
            assert!(segment * (logs as u64 + 1) <= BUDGET, "{logs}");
        }
        assert_eq!(segments(3), 8);
        assert_eq!(segments(6), 8);
        assert_eq!(segments(7), 9);
    }

    /// Pruning may take any time. A thread that writes no more than a segment meanwhile does not even ask for room.
    #[test]
    fn a_thread_makes_room_only_when_a_segment_is_full() {
        let directory = tempfile::tempdir().unwrap();
        let retention = retention(directory.path());
        // Another thread prunes and does not end.
        retention.is_in_background.store(true, Ordering::Release);
        let making_room = retention.making_room.lock().unwrap();
        let segment = retention.segment_bytes();
        let (wrote, written) = mpsc::channel();
        let writer = thread::spawn({
            let retention = Arc::clone(&retention);
            move || {
                for _ in 0..segment / 1024 {
                    retention.announce(1024).unwrap();
                    retention.finish_write(1024);
                }
                wrote.send(()).unwrap();
                // One byte more would exceed the budget, so this makes room.
                retention.announce(1024).unwrap();
                retention.finish_write(1024);
                wrote.send(()).unwrap();
            }
        });
        // If the thread waited for the pruning, this would wait for ever.
        written.recv().unwrap();
        assert!(written.try_recv().is_err());
        drop(making_room);
        written.recv().unwrap();
        writer.join().unwrap();
        assert!(retention.unpruned() <= segment);
    }

    #[test]
    fn the_directory_is_pruned_once_per_quarter_of_a_segment() {
        let directory = tempfile::tempdir().unwrap();
        let retention = retention(directory.path());
        let segment = retention.segment_bytes();
        let mut prunings = 0;
        for _ in 0..10 * segment / 1024 {
            let before = retention.pruned_at.load(Ordering::Acquire);
            retention.announce(1024).unwrap();
            retention.finish_write(1024);
            while retention.is_in_background.load(Ordering::Acquire) {
                thread::yield_now();
            }
            prunings += u32::from(retention.pruned_at.load(Ordering::Acquire) != before);
        }
        assert!((20..=40).contains(&prunings), "{prunings}");
    }

    #[test]
    fn a_budget_of_zero_never_prunes() {
        // This directory does not exist, so it cannot be listed.
        let naming = Naming::stamped("/dev/null/x".into());
        let kind = LogKind::Debug;
        let retention = Arc::new(Retention::new(0, vec![RetainedLog { naming, kind }], 3));
        retention.announce(u64::MAX / 2).unwrap();
        retention.enforce().unwrap();
        assert_eq!(retention.segment_bytes(), u64::MAX);
        assert_eq!(retention.pruned_at.load(Ordering::Acquire), 0);
    }
}
