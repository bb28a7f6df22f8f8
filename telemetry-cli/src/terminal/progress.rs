//! A progress line on stderr.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// The time before the line appears. Shorter work shows no progress.
const SHOW_PROGRESS_AFTER: Duration = Duration::from_millis(500);
/// The number of bytes between two readings of the clock.
const STEP: u64 = 1024 * 1024;
/// The time between two updates of the line.
const INTERVAL: Duration = Duration::from_millis(100);

/// A line on stderr that shows how many bytes were read, and is cleared at the end. It is not shown if
/// stderr is not a terminal.
#[derive(Debug)]
pub struct Progress {
    is_terminal: bool,
    total: u64,
    done: u64,
    /// The value of `done` when the clock was read last.
    looked: u64,
    next: Instant,
    is_shown: bool,
}

impl Progress {
    /// Returns the progress of reading `total` bytes.
    pub fn of(total: u64) -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
            total,
            done: 0,
            looked: 0,
            next: Instant::now() + SHOW_PROGRESS_AFTER,
            is_shown: false,
        }
    }

    /// Adds bytes that were read.
    pub fn add(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
        if !self.is_terminal || self.done - self.looked < STEP {
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
        // A failure to show progress is ignored.
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
