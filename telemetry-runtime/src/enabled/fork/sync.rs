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

impl Pause {
    pub(super) fn new() -> Self {
        Self { waited: 0 }
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
