//! Who holds off a fork, and who forks: neither goes on while the other is at it.
//!
//! `tests/model` runs this very file through every interleaving.

use super::sync::{AtomicUsize, Ordering, Pause};

/// How many threads hold off forks, and [`FORKING`].
#[derive(Debug)]
pub(crate) struct Gate(AtomicUsize);

/// A thread forks, or is about to.
const FORKING: usize = 1 << (usize::BITS - 1);

impl Gate {
    /// Of a counter at 0.
    pub(crate) const fn new(counter: AtomicUsize) -> Self {
        Self(counter)
    }

    /// Holds off forks until [`leave`](Self::leave).
    #[inline]
    pub(crate) fn enter(&self) {
        if self.0.fetch_add(1, Ordering::Acquire) & FORKING != 0 {
            self.enter_after_fork();
        }
    }

    #[cold]
    fn enter_after_fork(&self) {
        let mut pause = Pause::new();
        loop {
            self.0.fetch_sub(1, Ordering::Relaxed);
            while self.0.load(Ordering::Relaxed) & FORKING != 0 && !pause.is_over() {
                pause.wait();
            }
            // A host's own handler of the fork may wait for what this thread holds: without an end the
            // program would stand still. The child is then one that may find a lock held.
            if self.0.fetch_add(1, Ordering::Acquire) & FORKING == 0 || pause.is_over() {
                return;
            }
        }
    }

    pub(crate) fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Release);
    }

    /// Before a fork: waits until nobody holds it off but `own`, or until `give_up` says so.
    pub(crate) fn close(&self, own: usize, give_up: impl Fn() -> bool) {
        let mut pause = Pause::new();
        // Of two threads that fork one comes first.
        while self.0.fetch_or(FORKING, Ordering::Acquire) & FORKING != 0 && !give_up() {
            pause.wait();
        }
        while self.0.load(Ordering::Acquire) & !FORKING > own && !give_up() {
            pause.wait();
        }
    }

    /// After it, in the parent.
    pub(crate) fn open(&self) {
        self.0.fetch_and(!FORKING, Ordering::Release);
    }

    /// After it, in the child: of all that held it off or waited, `own` alone is there.
    pub(crate) fn open_in_child(&self, own: usize) {
        self.0.store(own, Ordering::Release);
    }
}
