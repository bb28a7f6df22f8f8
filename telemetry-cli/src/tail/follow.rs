//! Follows the logs: reads lines that are appended to existing files and to new ones.
//!
//! The directory is listed and file sizes are compared ten times a second. File system notifications would
//! save a person less than a tenth of a second, do not work on every file system, and would still need a
//! listing to distinguish a rotated file from a new one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use telemetry_schema::record::{Lines, Skipped, Timestamp};
use telemetry_store::platform::Identity;

use super::existing::{SelectedLine, files, select};
use super::log_line::LineFilter;
use crate::error::Error;
use crate::home::{Homes, LogFile, open};
use crate::skipped_lines::SkippedLines;

/// The time between two listings. The writer itself takes up to 10 ms to write a line.
const INTERVAL: Duration = Duration::from_millis(100);
/// The most lines of a file that are read before the other files are read.
const AT_ONCE: usize = 4096;

/// The reading position in a file.
#[derive(Clone, Copy, Debug, Default)]
struct ReadPosition {
    /// The offset of the first line that was not read yet.
    read: u64,
    /// The time of the last line.
    last: Timestamp,
    /// Whether the file was in the last listing.
    seen: bool,
}

/// The reading positions in all files, by file identity, as rotation renames files.
#[derive(Debug, Default)]
pub struct Follower {
    position: HashMap<Identity, ReadPosition>,
    skips: SkippedLines,
}

impl Follower {
    /// Starts at the ends of these files.
    ///
    /// # Errors
    ///
    /// Fails if an existing file cannot be read.
    pub fn from_end_of(files: &[LogFile]) -> Result<Self, Error> {
        let mut follow = Self::default();
        for file in files {
            if let Some(open) = open(&file.path)?
                && let Ok(identity) = Identity::of(&open)
            {
                let read = file.bytes;
                follow.position.insert(
                    identity,
                    ReadPosition {
                        read,
                        ..ReadPosition::default()
                    },
                );
            }
        }
        Ok(follow)
    }

    /// Returns the new lines by time, and whether there may be more.
    fn read_new(
        &mut self,
        files: &[LogFile],
        wanted: &LineFilter,
    ) -> Result<(Vec<SelectedLine>, bool), Error> {
        let mut new = Vec::new();
        let mut more = false;
        for position in self.position.values_mut() {
            position.seen = false;
        }
        for (at, file) in files.iter().enumerate() {
            let Some(open) = open(&file.path)? else {
                continue;
            };
            let (Ok(identity), Ok(metadata)) = (Identity::of(&open), open.metadata()) else {
                continue;
            };
            let position = self.position.entry(identity).or_default();
            position.seen = true;
            if metadata.len() < position.read {
                // Another program truncated the file; the writer never does.
                position.read = 0;
            }
            if metadata.len() > position.read {
                let mut skipped = Skipped::default();
                more |= read(open, (at, file), position, wanted, &mut skipped, &mut new)
                    .map_err(|error| Error::io("read", &file.path, error))?;
                self.skips.add(&skipped);
            }
        }
        self.position.retain(|_, position| position.seen);
        new.sort_by_key(|line| line.time);
        Ok((new, more))
    }
}

/// Reads complete lines from the reading position on. Returns whether there may be more.
fn read(
    mut open: File,
    (at, file): (usize, &LogFile),
    position: &mut ReadPosition,
    wanted: &LineFilter,
    skipped: &mut Skipped,
    new: &mut Vec<SelectedLine>,
) -> std::io::Result<bool> {
    open.seek(SeekFrom::Start(position.read))?;
    let mut lines = Lines::growing(open);
    let mut more = true;
    for _ in 0..AT_ONCE {
        let Some(line) = lines.next_line()? else {
            more = false;
            break;
        };
        let last = &mut position.last;
        new.extend(select(line, at, file.kind, last, wanted, skipped));
    }
    position.read += lines.next_offset();
    skipped.too_long += lines.too_long();
    Ok(more)
}

/// Calls `each` with every new line until `stop` receives a message, and `idle` after each listing.
///
/// # Errors
///
/// Fails if an existing file cannot be read, and returns the errors of `each` and `idle`.
pub fn follow(
    homes: &Homes,
    wanted: &LineFilter,
    mut follow: Follower,
    stop: &Receiver<()>,
    mut each: impl FnMut(&LogFile, &SelectedLine) -> Result<(), Error>,
    mut idle: impl FnMut() -> Result<(), Error>,
) -> Result<SkippedLines, Error> {
    loop {
        let files = files(homes, wanted)?;
        let (new, more) = follow.read_new(&files, wanted)?;
        for new in &new {
            each(&files[new.file], new)?;
        }
        idle()?;
        let wait = if more { Duration::ZERO } else { INTERVAL };
        match stop.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(follow.skips),
        }
    }
}
