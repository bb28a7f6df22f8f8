//! A progress line on stderr.

use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

use telemetry_text::{counted, grouped};

/// The time before the line appears. Shorter work shows no progress.
const SHOW_PROGRESS_AFTER: Duration = Duration::from_millis(500);
/// The number of bytes in the unit that the line shows, and between two readings of the clock.
const MIB: u64 = 1024 * 1024;
/// The number of written spans between two readings of the clock.
const SPANS: u64 = 1024;
/// The time between two updates of the line.
const INTERVAL: Duration = Duration::from_millis(100);

/// The work that a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Bytes are read.
    Reading,
    /// Spans are written.
    Writing,
}

/// A line on stderr that shows how many bytes were read, or how many spans were written, and is cleared at the end. It is not
/// shown if stderr is not a terminal.
#[derive(Debug)]
pub struct Progress {
    is_terminal: bool,
    work: Work,
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
        Self::new(Work::Reading, total)
    }

    /// Returns the progress of writing `total` spans.
    pub fn of_writing(total: u64) -> Self {
        Self::new(Work::Writing, total)
    }

    fn new(work: Work, total: u64) -> Self {
        Self {
            work,
            is_terminal: io::stderr().is_terminal(),
            total,
            done: 0,
            looked: 0,
            next: Instant::now() + SHOW_PROGRESS_AFTER,
            is_shown: false,
        }
    }

    /// Returns a reader that adds the bytes that are read from `inner`.
    pub fn of_reader<R: Read>(&mut self, inner: R) -> impl Read {
        ReadProgress {
            inner,
            progress: self,
        }
    }

    /// Returns the number of bytes that were read.
    #[cfg(test)]
    pub(crate) fn done(&self) -> u64 {
        self.done
    }

    /// Returns the number of bytes that are to be read.
    #[cfg(test)]
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Adds bytes that were read, or spans that were written.
    pub fn add(&mut self, more: u64) {
        self.done = self.done.saturating_add(more);
        let step = match self.work {
            Work::Reading => MIB,
            Work::Writing => SPANS,
        };
        if !self.is_terminal || self.done - self.looked < step {
            return;
        }
        self.looked = self.done;
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + INTERVAL;
        self.is_shown = true;
        // A failure to show progress is ignored.
        let _ = write!(io::stderr(), "\r{}\x1b[K", self.line());
    }

    fn line(&self) -> String {
        let total = self.total.max(self.done);
        let percent = u128::from(self.done) * 100 / u128::from(total.max(1));
        match self.work {
            Work::Reading => format!(
                "reading {} of {} MiB ({percent}%)",
                self.done / MIB,
                total / MIB
            ),
            Work::Writing => {
                let total = counted(total, "span", "spans");
                format!("writing {} of {total} ({percent}%)", grouped(self.done))
            }
        }
    }
}

/// A reader whose bytes are added to a progress.
struct ReadProgress<'a, R> {
    inner: R,
    progress: &'a mut Progress,
}

impl<R: Read> Read for ReadProgress<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_work_and_the_part_of_it() {
        let mut reading = Progress::of(8 * MIB);
        reading.add(3 * MIB);
        assert_eq!(reading.line(), "reading 3 of 8 MiB (37%)");
        let mut writing = Progress::of_writing(4_000);
        writing.add(1_000);
        assert_eq!(writing.line(), "writing 1,000 of 4,000 spans (25%)");
        // A log that grows while it is read has no more than all of it.
        reading.add(9 * MIB);
        assert_eq!(reading.line(), "reading 12 of 12 MiB (100%)");
    }
}
