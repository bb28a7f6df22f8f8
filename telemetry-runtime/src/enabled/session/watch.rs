//! Watching a session for changes, without delaying the threads that record requests.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::handle::Handle;
use crate::SessionSnapshot;
use crate::enabled::process::lock;

/// The longest wait, for a timeout that overflows the clock.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// A watch that reports changes of a session. A change is a counted request of the session itself or of one
/// that was started from it. [`Session::watch`](crate::Session::watch) returns a watch; each watch stores
/// which change it reported last.
///
/// A watch works on a plain thread ([`wait`](Self::wait)) and under every executor
/// ([`changed`](Self::changed), [`poll_changed`](Self::poll_changed)). Several changes between two
/// calls are reported as one. A change costs the thread that records it two atomic operations, and one
/// wake for each watch that waits.
pub struct SessionWatch {
    handle: Arc<Handle>,
    /// The number of the watch, which distinguishes the watches of one session.
    key: u64,
    /// The version that was reported last.
    version: u64,
    is_registered: bool,
}

impl SessionWatch {
    pub(super) fn of(handle: Arc<Handle>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            key: NEXT.fetch_add(1, Ordering::Relaxed),
            version: handle.state().watchers.version(),
            handle,
            is_registered: false,
        }
    }

    /// Returns whether the session changed since this watch was made, last reported a change, or last returned
    /// a snapshot.
    pub fn has_changed(&self) -> bool {
        self.current_version() != self.version
    }

    /// Returns the totals of the session now. [`has_changed`](Self::has_changed) is false until the
    /// session changes again.
    pub fn snapshot(&mut self) -> SessionSnapshot {
        // Read before the snapshot, so that a change during it is reported afterwards.
        self.version = self.current_version();
        self.handle.state().snapshot()
    }

    /// Returns `Ready` if the session changed since the last report. Otherwise wakes the waker of `cx`
    /// at the next change.
    pub fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_changed() {
            self.set_waker(Some(cx.waker()));
            self.is_registered = true;
        }
        if !self.has_changed() {
            return Poll::Pending;
        }
        self.version = self.current_version();
        self.unregister();
        Poll::Ready(())
    }

    /// Waits for the next change. If the future is dropped, no change is lost: the next call reports
    /// it.
    pub fn changed(&mut self) -> impl Future<Output = ()> + Send + use<'_> {
        poll_fn(|cx| self.poll_changed(cx))
    }

    /// Blocks this thread until the session changes, for at most `timeout`. Returns whether the session
    /// changed.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now()
            .checked_add(timeout)
            .unwrap_or_else(|| Instant::now() + LONGEST_WAIT);
        let wake = Arc::new(ThreadWake::default());
        let waker = Waker::from(wake.clone());
        let mut cx = Context::from_waker(&waker);
        loop {
            if self.poll_changed(&mut cx).is_ready() {
                return true;
            }
            if !wake.wait_until(deadline) {
                self.unregister();
                return false;
            }
        }
    }

    fn current_version(&self) -> u64 {
        self.handle.state().watchers.version()
    }

    fn set_waker(&self, waker: Option<&Waker>) {
        self.handle.state().watchers.set(self.key, waker);
    }

    fn unregister(&mut self) {
        if std::mem::take(&mut self.is_registered) {
            self.set_waker(None);
        }
    }
}

impl Drop for SessionWatch {
    fn drop(&mut self) {
        self.unregister();
    }
}

impl fmt::Debug for SessionWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionWatch")
            .field(&self.handle.id)
            .finish()
    }
}

/// Wakes a thread that waits. Not by `Thread::unpark`: an executor may park and unpark the thread for
/// itself while it polls code that waits here.
#[derive(Default)]
struct ThreadWake {
    is_woken: Mutex<bool>,
    condition: Condvar,
}

impl ThreadWake {
    /// Waits for a wake. Returns `false` at the deadline.
    fn wait_until(&self, deadline: Instant) -> bool {
        let mut is_woken = lock(&self.is_woken);
        while !*is_woken {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.condition.wait_timeout(is_woken, left);
            (is_woken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *is_woken = false;
        true
    }
}

impl Wake for ThreadWake {
    fn wake(self: Arc<Self>) {
        *lock(&self.is_woken) = true;
        self.condition.notify_one();
    }
}
