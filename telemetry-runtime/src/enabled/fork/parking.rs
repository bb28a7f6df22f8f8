//! Waiting for another thread, in a thread that the host may park for itself.

use std::thread;
use std::time::Duration;

/// Parks this thread. Not by a condition: a child of a fork would wait for the parent's threads with it.
///
/// A host's executor may park the thread as well, and be woken while it polls what waits here: that
/// wake ends one of these waits, and is given back when this is dropped. One too many does no harm.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    parked: bool,
}

impl Parking {
    pub(crate) fn park(&mut self) {
        self.parked = true;
        thread::park();
    }

    pub(crate) fn park_timeout(&mut self, timeout: Duration) {
        self.parked = true;
        thread::park_timeout(timeout);
    }
}

impl Drop for Parking {
    fn drop(&mut self) {
        if self.parked {
            thread::current().unpark();
        }
    }
}
