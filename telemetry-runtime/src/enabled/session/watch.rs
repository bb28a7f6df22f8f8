//! Telling others that a session changed, without holding up who changes it.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::State;
use crate::SessionSnapshot;
use crate::enabled::fork::{Guard, Mutex, Parking};
use crate::enabled::panics::catch_user_panic;

/// For a timeout that the clock cannot add up.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Who waits for a session's next change.
#[derive(Default)]
pub(super) struct Watchers {
    version: AtomicU64,
    /// How many wakers there are, so that who changes a session that nobody watches takes no lock.
    waiting: AtomicUsize,
    wakers: Mutex<Vec<(u64, Waker)>>,
}

impl Watchers {
    /// The session changed. Costs two atomic operations where nobody waits.
    pub(super) fn changed(&self) {
        // Either the waiting thread sees the new version, or this sees that it waits.
        self.version.fetch_add(1, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            let woken = {
                let mut wakers = self.wakers();
                self.waiting.store(0, Ordering::SeqCst);
                std::mem::take(&mut *wakers)
            };
            for (_, waker) in woken {
                // An executor's own code.
                catch_user_panic(|| waker.wake());
            }
        }
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    fn wakers(&self) -> Guard<'_, Vec<(u64, Waker)>> {
        self.wakers.lock()
    }

    fn set(&self, watch: u64, waker: Option<&Waker>) {
        // An executor's code may run in a clone or a drop: outside the lock.
        let waker = waker.map(|waker| (watch, waker.clone()));
        let before = {
            let mut wakers = self.wakers();
            let at = wakers.iter().position(|(own, _)| *own == watch);
            let before = at.map(|at| wakers.swap_remove(at));
            wakers.extend(waker);
            self.waiting.store(wakers.len(), Ordering::SeqCst);
            before
        };
        drop(before);
    }
}

/// Tells when a session changed: a request was counted, its own or one of a session started from
/// it. Made by [`Session::watch`](crate::Session::watch); each has its own idea of what it has seen.
///
/// Works on a plain thread ([`wait`](Self::wait)) and under every executor
/// ([`changed`](Self::changed), [`poll_changed`](Self::poll_changed)). Changes that come faster than
/// they are looked at are one. Whoever records is never held up: a change costs it two atomic
/// operations, and one wake where somebody waits.
pub struct SessionWatch {
    state: Arc<State>,
    /// Tells the watches of one session apart.
    key: u64,
    seen: u64,
    is_registered: bool,
}

impl SessionWatch {
    pub(super) fn new(state: Arc<State>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            key: NEXT.fetch_add(1, Ordering::Relaxed),
            seen: state.watchers().version(),
            state,
            is_registered: false,
        }
    }

    /// Whether the session changed since this watch was made, or last told of a change or gave a
    /// snapshot. One load.
    pub fn has_changed(&self) -> bool {
        self.state.watchers().version() != self.seen
    }

    /// The session now; [`has_changed`](Self::has_changed) is false until it changes again.
    pub fn snapshot(&mut self) -> SessionSnapshot {
        // Before the look: what changes during it is told again.
        self.seen = self.state.watchers().version();
        self.state.snapshot()
    }

    /// Ready once the session changed since the last time; until then the context's waker is woken
    /// at the next change.
    pub fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_changed() {
            self.state.watchers().set(self.key, Some(cx.waker()));
            self.is_registered = true;
        }
        if !self.has_changed() {
            return Poll::Pending;
        }
        self.seen = self.state.watchers().version();
        self.unregister();
        Poll::Ready(())
    }

    /// Waits for the next change. Nothing is lost where the future is dropped: a change that it did
    /// not tell of is told of by the next one.
    pub fn changed(&mut self) -> impl Future<Output = ()> + Send + use<'_> {
        poll_fn(|cx| self.poll_changed(cx))
    }

    /// Blocks this thread until the session changes, for at most `timeout`; whether it changed.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now()
            .checked_add(timeout)
            .unwrap_or_else(|| Instant::now() + LONGEST_WAIT);
        let waker = Waker::from(Arc::new(Parked(thread::current())));
        let mut cx = Context::from_waker(&waker);
        let mut parking = Parking::default();
        loop {
            if self.poll_changed(&mut cx).is_ready() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.unregister();
                return false;
            }
            parking.park_timeout(left);
        }
    }

    fn unregister(&mut self) {
        if std::mem::take(&mut self.is_registered) {
            self.state.watchers().set(self.key, None);
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
            .field(&self.state.id())
            .finish()
    }
}

/// Wakes a thread.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
