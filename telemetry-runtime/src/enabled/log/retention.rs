//! Keeping the byte budget while the program runs.
//!
//! Each process prunes the directories when it starts, and again before it has written more than a segment since the
//! last pruning. So between two prunings the total grows by at most one segment per running process, and each pruning
//! brings it back below the budget.
//!
//! Pruning may read whole segments of the session log, to keep their sums, and waits for the disk. Therefore it runs in the
//! background, and begins when a quarter of a segment was written. A thread that has written the rest of the segment before
//! the pruning ends makes room itself: it removes files of the last listing of the directory, and waits for a few milliseconds
//! at most ([`Pruner::make_room`]).
//!
//! The files that running processes write cannot be removed, and many processes may have more of them than the budget. Other
//! processes may also hold the lock of the rollup when a thread wants to make room. In both cases the directory stays
//! larger than the budget, and a further segment of each process would exceed the bound. Therefore a process then prunes
//! and makes room after a small part of a segment ([`allowance`]), until the budget holds again.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use telemetry_store::{Pruned, Pruner, RetainedLog};
use telemetry_text::counted;

use super::background::BackgroundWork;
use crate::enabled::process::lock;
use crate::enabled::stats::{self, Counter};
use crate::enabled::sys;

/// The number of segments of a budget, so that several logs and launches fit into it.
pub(crate) const SEGMENTS: usize = 8;

/// The pause between two looks at the pruning in the background.
const PAUSE: Duration = Duration::from_micros(100);

/// Returns the number of segments of a budget for that many logs: each log may have a segment in use, and all of them
/// must fit, with room for closed ones. From seven logs on there are more than [`SEGMENTS`].
pub(crate) const fn segments(logs: usize) -> usize {
    if logs + 2 > SEGMENTS {
        logs + 2
    } else {
        SEGMENTS
    }
}

/// Returns how many bytes a process may write before it makes room again.
///
/// That is a segment while the budget holds. If `total` bytes are left, which are more than the budget, all processes together may
/// write a quarter of the budget: each has at most one segment that it writes alone, so `total` stands for their number. The
/// bytes that a process has written without room since the last pruning (`without_room`) reduce its part, so that it stays below
/// half a segment, apart from a thousandth of a segment each time.
fn allowance(budget: u64, segment: u64, total: u64, without_room: u64) -> u64 {
    if total <= budget {
        return segment;
    }
    let of_quarter = u128::from(segment) * u128::from(budget / 4) / u128::from(total);
    let of_quarter = u64::try_from(of_quarter).unwrap_or(segment);
    let of_half = (segment / 2).saturating_sub(without_room) / 4;
    of_quarter.min(of_half).max(segment / 1024)
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
    /// Bytes that were written.
    finished: AtomicU64,
    /// The value of `finished` when the last pruning began, or when room was made for these bytes.
    pruned_at: AtomicU64,
    /// The bytes beyond `pruned_at` that may be written before a thread makes room.
    allowance: AtomicU64,
    /// Bytes that were written since the last pruning began although the budget did not hold. Two threads may set this at the
    /// same time, so that the bytes of one allowance are missing from it.
    without_room: AtomicU64,
    /// Held by the thread that makes room.
    making_room: Mutex<()>,
    is_in_background: AtomicBool,
    /// Whether closed segments of the debug log are compressed.
    compresses: bool,
    is_compressing: AtomicBool,
    /// Whether the last pruning in the background has failed, so that the directories cannot be read.
    has_failed: AtomicBool,
}

/// A thread that prunes or compresses, until the value is dropped. A panic drops the value as well.
struct Task {
    retention: Arc<Retention>,
    is_running: fn(&Retention) -> &AtomicBool,
    _work: BackgroundWork,
}

impl Drop for Task {
    fn drop(&mut self) {
        (self.is_running)(&self.retention).store(false, Ordering::Release);
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
            allowance: AtomicU64::new(segment),
            without_room: AtomicU64::new(0),
            making_room: Mutex::new(()),
            is_in_background: AtomicBool::new(false),
            compresses: false,
            is_compressing: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
        }
    }

    /// Sets whether closed segments of the debug log are compressed. Without the feature `zstd` they never are.
    pub(crate) fn compressing(mut self, compresses: bool) -> Self {
        self.compresses = compresses && cfg!(feature = "zstd");
        self
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
        let (unpruned, allowance) = (self.unpruned(), self.allowance());
        let is_due = unpruned > allowance / 4;
        if is_due {
            self.pruner.set_headroom(self.segment);
        }
        let is_in_background = !is_due || self.prune_in_background();
        if !is_in_background || unpruned > allowance && self.has_failed.load(Ordering::Acquire) {
            let pruned = self.enforce();
            if pruned.is_err() {
                self.finish_write(bytes, 0);
            }
            return pruned;
        }
        if unpruned > allowance {
            let _making_room = lock(&self.making_room);
            // Another thread may have made room in the meantime.
            let unpruned = self.unpruned();
            if unpruned > self.allowance() {
                let pruned = self.pruner.make_room(unpruned);
                self.pruned_at.fetch_add(unpruned, Ordering::AcqRel);
                self.set_allowance(|without_room| without_room.saturating_add(unpruned));
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

    /// Ends an announced write, of which `written` bytes are on the disk. Refused bytes do not count: a full disk refuses the
    /// same lines again and again, and no file must be removed for them.
    pub(crate) fn finish_write(&self, announced: u64, written: u64) {
        self.finished.fetch_add(written, Ordering::AcqRel);
        let refused = announced.saturating_sub(written);
        if refused == 0 {
            return;
        }
        let left = self.announced.fetch_sub(refused, Ordering::AcqRel) - refused;
        let had_room = self.pruned_at.fetch_min(left, Ordering::AcqRel);
        self.pruner
            .refuse(had_room.saturating_sub(left).min(refused));
    }

    fn unpruned(&self) -> u64 {
        let announced = self.announced.load(Ordering::Acquire);
        announced.saturating_sub(self.pruned_at.load(Ordering::Acquire))
    }

    fn allowance(&self) -> u64 {
        self.allowance.load(Ordering::Acquire)
    }

    /// Sets the allowance after a pruning, or after room was made. If the budget does not hold, `without_room` changes the
    /// number of bytes that were written without room.
    fn set_allowance(&self, without_room: impl Fn(u64) -> u64) {
        let total = self.pruner.known_bytes();
        let mut without = 0;
        if total > self.budget {
            without = without_room(self.without_room.load(Ordering::Acquire));
        }
        self.without_room.store(without, Ordering::Release);
        let bytes = allowance(self.budget, self.segment, total, without);
        self.allowance.store(bytes, Ordering::Release);
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
        let since = self.announced.load(Ordering::Acquire);
        let since = since.saturating_sub(finished);
        self.set_allowance(|without_room| without_room.min(since));
        Ok(())
    }

    /// Starts to prune on another thread, unless one does so already. Returns `false` if no thread can be started.
    pub(crate) fn prune_in_background(self: &Arc<Self>) -> bool {
        if self.budget == 0 {
            self.compress_in_background();
            return true;
        }
        let Some(task) = self.begin(|it| &it.is_in_background) else {
            return true;
        };
        // Where no thread can be started, the closure is dropped.
        let started = sys::spawn(c"telemetry-prune", move || {
            let task = task;
            if let Err(error) = task.retention.enforce() {
                stats::failed(format!("cannot keep the budget: {error}"));
                return;
            }
            task.retention.compress_in_background();
        });
        started.is_ok()
    }

    /// Waits for the pruning in the background, at most that long, if the directories are more than a segment larger than the
    /// budget. To be called at the start.
    ///
    /// Processes that crash or are killed soon after their start, one after the other, would otherwise each write some lines
    /// and end before the pruning, and the directory would grow without a bound. A directory of twice the budget is what another
    /// program or a smaller budget has left: it takes long to prune, and no start waits for that.
    pub(crate) fn wait_for_room(&self, longest: Duration) {
        let begin = Instant::now();
        let within = self.budget.saturating_add(self.segment)..=self.budget.saturating_mul(2);
        let is_worth_waiting = || match self.pruner.listed_bytes() {
            Some(bytes) => within.contains(&bytes) && begin.elapsed() < longest,
            // Another process may hold the lock of the directory, or the directory is large.
            None => begin.elapsed() < longest / 10,
        };
        while self.is_in_background.load(Ordering::Acquire) && is_worth_waiting() {
            telemetry_store::pause(PAUSE);
        }
    }

    /// Starts to compress closed segments on a thread of its own, unless one does so already: a thread of the host must not wait for
    /// a pruning that is over.
    fn compress_in_background(self: &Arc<Self>) {
        if !self.compresses {
            return;
        }
        let Some(task) = self.begin(|it| &it.is_compressing) else {
            return;
        };
        // Where no thread can be started, the next pruning tries again.
        let _ = sys::spawn(c"telemetry-zstd", move || {
            let task = task;
            task.retention.compress();
        });
    }

    /// Begins a task, unless one of its kind is running.
    fn begin(self: &Arc<Self>, is_running: fn(&Self) -> &AtomicBool) -> Option<Task> {
        if is_running(self).swap(true, Ordering::AcqRel) {
            return None;
        }
        Some(Task {
            retention: Arc::clone(self),
            is_running,
            _work: BackgroundWork::begin(),
        })
    }

    #[cfg(feature = "zstd")]
    fn compress(&self) {
        match self.pruner.compress() {
            Ok(done) => {
                done.pruned.into_iter().for_each(report);
                for (path, error) in done.failed {
                    stats::failed(format!("cannot compress {}: {error}", path.display()));
                }
            }
            Err(error) => stats::failed(format!("cannot compress the debug log: {error}")),
        }
    }

    #[cfg(not(feature = "zstd"))]
    #[expect(clippy::unused_self, reason = "mirrors the build with the feature")]
    fn compress(&self) {}
}

/// Counts the removed files, and reports in `health()` the files that could not be removed and the totals that could not be kept.
fn report(pruned: Pruned) {
    Counter::Pruned.add(pruned.removed.len() as u64);
    for (path, error) in pruned.failed {
        stats::failed(format!("cannot remove {}: {error}", path.display()));
    }
    if let Some(cause) = pruned.cause {
        stats::failed(format!(
            "the totals of {} are lost: {cause}",
            counted(pruned.lost_requests, "request", "requests")
        ));
    }
    stats::lost_lines(pruned.lost_requests, pruned.lost_bytes, LOST_TOTALS);
}

/// The cause of requests whose totals could not be kept when their segment was removed.
const LOST_TOTALS: &str = "totals not kept";

#[cfg(test)]
mod tests;
