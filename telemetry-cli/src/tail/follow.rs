//! What is written from now on, in files that are there and in new ones.
//!
//! The directory is listed and its files' lengths are compared, ten times a second. Watching it would
//! be quicker by a tenth of that for a person who cannot tell, but does not work on every file
//! system, and a listing is needed anyway to tell a rotated file from a new one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use telemetry_schema::record::{Lines, Skipped, Timestamp};
use telemetry_store::platform::Identity;

use super::entry::{Entry, Wanted, skip};
use super::past::{Past, files};
use crate::error::Error;
use crate::home::{Homes, LogFile, open};
use crate::skipped::Skips;

/// The writer itself hands lines to the kernel within 10 ms.
const INTERVAL: Duration = Duration::from_millis(100);
/// Lines of a file between two looks at the others.
const AT_ONCE: usize = 4096;

/// What is known of a file.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Where the first line begins that was not read yet.
    read: u64,
    /// The time of the last line.
    last: Timestamp,
    /// Seen in the last listing.
    seen: bool,
}

/// All files, by what they are, not by their names: a rotated file has a new one.
#[derive(Debug, Default)]
pub struct Follow {
    known: HashMap<Identity, Known>,
    skips: Skips,
}

impl Follow {
    /// From the ends of these files on.
    ///
    /// # Errors
    ///
    /// Where a file is there and cannot be read.
    pub fn from_end_of(files: &[LogFile]) -> Result<Self, Error> {
        let mut follow = Self::default();
        for file in files {
            if let Some(open) = open(&file.path)?
                && let Ok(identity) = Identity::of(&open)
            {
                let read = file.bytes;
                follow.known.insert(
                    identity,
                    Known {
                        read,
                        ..Known::default()
                    },
                );
            }
        }
        Ok(follow)
    }

    /// What was written since, by time, and whether there may be more.
    fn look(&mut self, files: &[LogFile], wanted: &Wanted) -> Result<(Vec<Past>, bool), Error> {
        let mut new = Vec::new();
        let mut more = false;
        for known in self.known.values_mut() {
            known.seen = false;
        }
        for (at, file) in files.iter().enumerate() {
            let Some(open) = open(&file.path)? else {
                continue;
            };
            let (Ok(identity), Ok(metadata)) = (Identity::of(&open), open.metadata()) else {
                continue;
            };
            let known = self.known.entry(identity).or_default();
            known.seen = true;
            if metadata.len() < known.read {
                // Emptied and begun again, as no writer of ours does.
                known.read = 0;
            }
            if metadata.len() > known.read {
                let mut skipped = Skipped::default();
                more |= read(open, file, known, wanted, &mut skipped, |time, line| {
                    new.push(Past {
                        time,
                        file: at,
                        line: line.to_vec(),
                    });
                })
                .map_err(|error| Error::io("read", &file.path, error))?;
                self.skips.add(&skipped);
            }
        }
        self.known.retain(|_, known| known.seen);
        new.sort_by_key(|line| line.time);
        Ok((new, more))
    }
}

/// Reads the whole lines behind what is known; whether there may be more.
fn read(
    mut open: File,
    file: &LogFile,
    known: &mut Known,
    wanted: &Wanted,
    skipped: &mut Skipped,
    mut each: impl FnMut(Timestamp, &[u8]),
) -> std::io::Result<bool> {
    open.seek(SeekFrom::Start(known.read))?;
    let mut lines = Lines::growing(open);
    let mut more = true;
    for _ in 0..AT_ONCE {
        let Some(line) = lines.next_line()? else {
            more = false;
            break;
        };
        match Entry::of(line, file.kind, known.last) {
            Err(reason) => skip(skipped, reason),
            Ok(entry) => {
                known.last = entry.time;
                if entry.is(wanted) {
                    each(entry.time, line);
                }
            }
        }
    }
    known.read += lines.next_offset();
    skipped.too_long += lines.too_long();
    Ok(more)
}

/// Calls `each` with what is written from now on, until `stop` says so, and `idle` after each look.
///
/// # Errors
///
/// Where a file is there and cannot be read, and what `each` and `idle` say.
pub fn follow(
    homes: &Homes,
    wanted: &Wanted,
    mut follow: Follow,
    stop: &Receiver<()>,
    mut each: impl FnMut(&LogFile, &Past) -> Result<(), Error>,
    mut idle: impl FnMut() -> Result<(), Error>,
) -> Result<Skips, Error> {
    loop {
        let files = files(homes, wanted)?;
        let (new, more) = follow.look(&files, wanted)?;
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
