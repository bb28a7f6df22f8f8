//! Work of other threads that has log files open, for which a fork and a start wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The number of [`BackgroundWork`]s.
static WORKS: AtomicUsize = AtomicUsize::new(0);

/// How long a fork waits for the work: the child would hold the files that it has open.
pub(crate) const BEFORE_FORK: Duration = Duration::from_millis(50);
/// How long a start waits for the first pruning, so that a host that closes descriptors after `init` finds none that is in
/// use. A large directory takes longer, and is pruned in the background.
pub(crate) const AT_START: Duration = Duration::from_millis(3);
/// How long a start waits for the first pruning if the processes before it did not live long enough to prune.
pub(crate) const AT_START_OVER_BUDGET: Duration = Duration::from_millis(250);

/// Work of another thread that has log files open, until the value is dropped.
#[derive(Debug)]
pub(crate) struct BackgroundWork(());

impl BackgroundWork {
    pub(crate) fn begin() -> Self {
        WORKS.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for BackgroundWork {
    fn drop(&mut self) {
        WORKS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Waits until no work is left, or until the timeout.
pub(crate) fn wait_for_work(timeout: Duration) {
    let deadline = Instant::now() + timeout;
    while WORKS.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
        telemetry_store::pause(Duration::from_micros(100));
    }
}

/// Resets the number of works, which run in the parent. To be called in a forked child.
pub(crate) fn reset_work() {
    WORKS.store(0, Ordering::Release);
}
