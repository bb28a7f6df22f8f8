//! The byte budget, kept while the program runs.
//!
//! Each process looks at the directories when it starts, and again before it has written more than a
//! segment that no look saw. So between two looks the total grows by at most a segment for each
//! living process, and each look brings it back below the budget.
//!
//! A look may read whole session segments, to keep their sums. So it is made in the background, and
//! begins when half a segment was written; only who writes the other half before it is done waits. That
//! takes a log that grows several times as fast as the disk is read: to wait is then all that keeps
//! the budget without losing a record.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use telemetry_store::{RetainedLog, prune};

use crate::enabled::stats;

/// A segment is this part of the budget, so that several logs and launches fit into it.
const SEGMENTS: usize = 8;

/// Into how many segments a budget is divided. Each log may have one in use, and all of them must
/// fit, with room for what is closed: from seven logs on there are more than eight.
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
    /// The budget of files of these logs, of which so many are written.
    pub(crate) fn new(budget: u64, logs: Vec<RetainedLog>, written: usize) -> Self {
        let segment = match budget {
            0 => u64::MAX,
            _ => budget / segments(written) as u64,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;

    use telemetry_store::{Naming, RetainedKind};

    const BUDGET: u64 = 1 << 20;

    fn retention(directory: &Path) -> Arc<Retention> {
        let naming = Naming::stamped(directory.to_owned());
        let kind = RetainedKind::Json;
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
            // Each log has one, and one more is about to be begun.
            assert!(segment * (logs as u64 + 1) <= BUDGET, "{logs}");
        }
        assert_eq!(segments(3), 8);
        assert_eq!(segments(6), 8);
        assert_eq!(segments(7), 9);
    }

    /// A look, and the fold of sums in it, may take as long as it wants: whoever writes no more than
    /// a segment meanwhile asks for no lock that it holds.
    #[test]
    fn nobody_waits_for_a_look_that_is_being_made_before_a_segment_is_full() {
        let directory = tempfile::tempdir().unwrap();
        let retention = retention(directory.path());
        let segment = retention.segment_bytes();
        let looking = retention.looking.lock().unwrap();
        let (wrote, written) = mpsc::channel();
        let writer = thread::spawn({
            let retention = Arc::clone(&retention);
            move || {
                for _ in 0..segment / 1024 {
                    retention.announce(1024).unwrap();
                    retention.landed(1024);
                }
                wrote.send(()).unwrap();
                // More would be more than the budget allows: this waits for the look.
                retention.announce(1024).unwrap();
                retention.landed(1024);
                wrote.send(()).unwrap();
            }
        });
        // Where it waited for the look, this would wait for ever.
        written.recv().unwrap();
        assert!(retention.in_background.load(Ordering::Acquire));
        assert!(written.try_recv().is_err());
        drop(looking);
        written.recv().unwrap();
        writer.join().unwrap();
        assert!(retention.unseen() <= segment);
    }

    #[test]
    fn the_directory_is_looked_at_once_in_half_a_segment_and_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let retention = retention(directory.path());
        let segment = retention.segment_bytes();
        let mut looks = 0;
        for _ in 0..10 * segment / 1024 {
            let before = retention.seen.load(Ordering::Acquire);
            retention.announce(1024).unwrap();
            retention.landed(1024);
            while retention.in_background.load(Ordering::Acquire) {
                thread::yield_now();
            }
            looks += u32::from(retention.seen.load(Ordering::Acquire) != before);
        }
        assert!((10..=20).contains(&looks), "{looks}");
    }

    #[test]
    fn a_budget_of_zero_looks_at_nothing() {
        // There is no such directory, and it cannot be listed.
        let naming = Naming::stamped("/dev/null/x".into());
        let kind = RetainedKind::Json;
        let retention = Arc::new(Retention::new(0, vec![RetainedLog { naming, kind }], 3));
        retention.announce(u64::MAX / 2).unwrap();
        retention.enforce().unwrap();
        assert_eq!(retention.segment_bytes(), u64::MAX);
        assert_eq!(retention.seen.load(Ordering::Acquire), 0);
    }
}
