//! How far long work has come, on stderr, where a person looks at that.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Work that is done by then says nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two looks at the clock: a read of the logs is a quarter of this.
const STEP: u64 = 1024 * 1024;
const INTERVAL: Duration = Duration::from_millis(100);

/// One line on stderr that follows the work and is gone after it. Nothing where stderr is no
/// terminal.
#[derive(Debug)]
pub struct Progress {
    shown_to_a_person: bool,
    total: u64,
    done: u64,
    /// How far it was at the last look at the clock.
    looked: u64,
    next: Instant,
    is_shown: bool,
}

impl Progress {
    /// Work of so many bytes to read.
    pub fn of(total: u64) -> Self {
        Self {
            shown_to_a_person: io::stderr().is_terminal(),
            total,
            done: 0,
            looked: 0,
            next: Instant::now() + PATIENCE,
            is_shown: false,
        }
    }

    /// So many bytes more are read.
    pub fn add(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
        if !self.shown_to_a_person || self.done - self.looked < STEP {
            return;
        }
        self.looked = self.done;
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + INTERVAL;
        self.is_shown = true;
        let mib = |bytes: u64| bytes / (1024 * 1024);
        let total = self.total.max(self.done);
        let percent = u128::from(self.done) * 100 / u128::from(total.max(1));
        // A progress that cannot be shown is none.
        let _ = write!(
            io::stderr(),
            "\rreading {} of {} MiB ({percent}%)\x1b[K",
            mib(self.done),
            mib(total)
        );
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
