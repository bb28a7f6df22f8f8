//! The byte budget, kept while the program runs.
//!
//! Each process looks at the directories when it starts, and again before it has written more than a
//! segment that no look saw. So between two looks the total grows by at most a segment for each
//! living process, and each look brings it back below the budget.
//!
//! A look may read whole session segments, to keep their sums. So it is made in the background, and
//! begins when half a segment was written; only who writes the other half before it is done waits.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use telemetry_schema::files::{RetainedLog, prune};

use crate::build::stats;

/// A segment is this part of the budget, so that several logs and launches fit into it.
const SEGMENTS: u64 = 8;

/// The budget and the files that count towards it.
#[derive(Debug)]
pub(crate) struct Retention {
    /// 0: never prune, never rotate.
    budget: u64,
    segment: u64,
    logs: Vec<RetainedLog>,
    /// Bytes that this process wrote or is about to write.
    announced: AtomicU64,
    /// Bytes that it wrote, or failed to.
    landed: AtomicU64,
    /// What had landed when the last look began.
    seen: AtomicU64,
    looking: Mutex<()>,
    in_background: AtomicBool,
}

/// A look in the background, until this is dropped.
struct InBackground(Arc<Retention>);

impl Drop for InBackground {
    fn drop(&mut self) {
        self.0.in_background.store(false, Ordering::Release);
    }
}

impl Retention {
    pub(crate) fn new(budget: u64, logs: Vec<RetainedLog>) -> Self {
        // Every log may have a segment in use, and all of them must fit.
        let parts = SEGMENTS.max(logs.len() as u64 + 2);
        let segment = if budget == 0 {
            u64::MAX
        } else {
            budget / parts
        };
        Self {
            budget,
            segment,
            logs,
            announced: AtomicU64::new(0),
            landed: AtomicU64::new(0),
            seen: AtomicU64::new(0),
            looking: Mutex::new(()),
            in_background: AtomicBool::new(false),
        }
    }

    /// A file is rotated before it grows beyond this.
    pub(crate) fn segment_bytes(&self) -> u64 {
        self.segment
    }

    /// To be told before each write; [`Self::landed`] after it.
    ///
    /// # Errors
    ///
    /// Where it is high time to look at the directories and that fails: nothing may be written then,
    /// or the budget would not hold.
    pub(crate) fn announce(self: &Arc<Self>, bytes: u64) -> io::Result<()> {
        self.announced.fetch_add(bytes, Ordering::AcqRel);
        if self.budget == 0 {
            return Ok(());
        }
        let unseen = self.unseen();
        if unseen > self.segment {
            let looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever looked meanwhile saw all but what is on its way.
            if self.unseen() > self.segment
                && let Err(error) = self.look_alone(&looking)
            {
                self.landed(bytes);
                return Err(error);
            }
        } else if unseen > self.segment / 2 {
            self.look_in_background();
        }
        Ok(())
    }

    /// To be told after each write, also after one that failed.
    pub(crate) fn landed(&self, bytes: u64) {
        self.landed.fetch_add(bytes, Ordering::AcqRel);
    }

    fn unseen(&self) -> u64 {
        let announced = self.announced.load(Ordering::Acquire);
        announced.saturating_sub(self.seen.load(Ordering::Acquire))
    }

    /// Looks at the directories, and removes what is too much.
    ///
    /// # Errors
    ///
    /// Where a directory cannot be read. A file that cannot be removed is no error: others go in its
    /// place, and `health()` says so.
    pub(crate) fn enforce(&self) -> io::Result<()> {
        if self.budget == 0 {
            return Ok(());
        }
        self.look_alone(&self.looking.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn look_in_background(self: &Arc<Self>) {
        if self.in_background.swap(true, Ordering::AcqRel) {
            return;
        }
        let retention = Arc::clone(self);
        let thread = std::thread::Builder::new().name("telemetry-prune".to_owned());
        let started = thread.spawn(move || {
            let done = InBackground(retention);
            if let Err(error) = done.0.enforce() {
                stats::failed(format!("cannot look after the budget: {error}"));
            }
        });
        if started.is_err() {
            // Who fills the segment looks for himself.
            self.in_background.store(false, Ordering::Release);
        }
    }

    fn look_alone(&self, _looking: &std::sync::MutexGuard<'_, ()>) -> io::Result<()> {
        let landed = self.landed.load(Ordering::Acquire);
        self.look()?;
        self.seen.store(landed, Ordering::Release);
        Ok(())
    }

    fn look(&self) -> io::Result<()> {
        let pruned = prune(&self.logs, self.budget)?;
        stats::PRUNED.add(pruned.removed.len() as u64);
        for (path, error) in pruned.failed {
            stats::failed(format!("cannot remove {}: {error}", path.display()));
        }
        Ok(())
    }
}
