pub(super) use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Waits for what takes some instructions of another thread, or a fork.
#[derive(Debug)]
pub(super) struct Pause {
    waited: u32,
}

/// How often it lets others run before it sleeps.
const PATIENCE: u32 = 64;
/// How long it sleeps then.
const NAP: Duration = Duration::from_micros(50);
/// After so many waits, of some two seconds and more, nobody is waited for any longer.
const LONGEST: u32 = 40_000;

impl Pause {
    pub(super) fn new() -> Self {
        Self { waited: 0 }
    }

    /// Whether it took so long that something else must be wrong.
    pub(super) fn is_over(&self) -> bool {
        self.waited >= LONGEST
    }

    pub(super) fn wait(&mut self) {
        self.waited += 1;
        if self.waited < PATIENCE {
            thread::yield_now();
        } else {
            thread::sleep(NAP);
        }
    }
}
