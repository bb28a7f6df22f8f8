//! Reads every request of the session logs exactly once: also if several hooks recorded it, and while files
//! are rotated, folded into the rollup or removed. Of several records of a request, the largest counts.
//!
//! Memory: about ten bytes for each request with an id, to detect repeats, up to five and a half million
//! requests. Beyond that, memory grows only by some 25 bytes for each repeated request, and time grows
//! instead: all files are read three times. If requests are repeated, all files are read once more to compare their counts,
//! and again if the counts differ.

mod grown;
mod key_set;
mod open_files;
mod repeat_filter;
mod requests;
mod since;
#[cfg(any(feature = "otlp-send", feature = "parquet", feature = "top"))]
mod taken_requests;

use std::fs::File;
use std::path::PathBuf;

use telemetry_schema::record::{Rollup, SessionRecord, Timestamp};
#[cfg(feature = "top")]
use telemetry_store::FileKey;
use telemetry_store::rollup::{self, RollupIndex};

use crate::error::Error;
use crate::home::Homes;
use crate::skipped_lines::SkippedLines;

use open_files::OpenFiles;
use requests::{MemoryLimits, RequestReader};
#[cfg(any(feature = "otlp-send", feature = "parquet", feature = "top"))]
pub(crate) use taken_requests::TakenRequests;

/// An element of the history that a reader adds up.
#[derive(Debug)]
pub enum HistoryEntry<'a, D> {
    /// Requests: the result of `digest` for one request, or the sums of a part of the logs.
    Request(D),
    /// Totals of requests whose records were pruned, for one UTC day, session and model. Old totals have an empty session
    /// id, and may be those of several days.
    Rollup(&'a Rollup<'a>),
}

/// Selects entries to speed up reading. Other entries may be returned too; callers filter again.
#[derive(Clone, Copy, Debug)]
pub enum Only<'a> {
    /// All entries.
    All,
    /// Entries of one session.
    Session(&'a str),
    /// Requests that started at this time or later. The beginnings of the logs before it are not read.
    Since(Timestamp),
}

impl<'a> Only<'a> {
    /// Selects the entries of a session, or all entries for `None`.
    pub fn session(id: Option<&'a str>) -> Self {
        id.map_or(Self::All, Self::Session)
    }
}

/// Reads the selected entries and folds them into `sum`. `digest` extracts the data that a caller needs from a
/// record, on several threads; `take` adds an entry to `sum`: first the rollups, then the requests in the
/// order of the logs. Returns the sum and the counts of skipped lines.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read<A, D: Send>(
    homes: &Homes,
    only: Only<'_>,
    digest: impl Fn(&SessionRecord<'_>) -> Option<D> + Sync,
    sum: A,
    mut take: impl FnMut(&mut A, HistoryEntry<'_, D>),
) -> Result<(A, SkippedLines), Error> {
    add_up(
        homes,
        only,
        Vec::new,
        |part, record| part.extend(digest(record)),
        sum,
        |sum, entry| match entry {
            HistoryEntry::Request(part) => {
                for digested in part {
                    take(sum, HistoryEntry::Request(digested));
                }
            }
            HistoryEntry::Rollup(rollup) => take(sum, HistoryEntry::Rollup(rollup)),
        },
    )
}

/// Like [`read`], but adds up each part of the logs separately: `add` adds a request to a value of
/// `start`, on several threads, and `take` receives the sums of whole parts. A part with a request that an
/// earlier part has too is read again without that request.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn add_up<A, P: Send>(
    homes: &Homes,
    only: Only<'_>,
    start: impl Fn() -> P + Sync,
    add: impl Fn(&mut P, &SessionRecord<'_>) + Sync,
    mut sum: A,
    mut take: impl FnMut(&mut A, HistoryEntry<'_, P>),
) -> Result<(A, SkippedLines), Error> {
    // All files are opened before the first is read, so that a segment that is folded meanwhile is counted
    // exactly once.
    let mut opened = Vec::new();
    for home in homes.iter() {
        opened.push(OpenFiles::of(home)?);
    }
    let mut skips = SkippedLines::default();
    let mut requests = RequestReader::new(only, MemoryLimits::USUAL);
    let mut all_uncut = Vec::new();
    for OpenFiles {
        rollup: rollup_file,
        segments,
        uncut,
    } in opened
    {
        all_uncut.extend(uncut);
        let folded = read_rollup(rollup_file, &mut skips, |sums| {
            take(&mut sum, HistoryEntry::Rollup(sums));
        })?;
        for (path, file) in segments {
            let name = path.file_name().unwrap_or_default();
            let end = folded.end_of(&name.to_string_lossy());
            if end > 0 {
                requests.push(path, file, end);
            }
        }
    }
    requests.each_part(&start, &add, &mut skips, |part| {
        take(&mut sum, HistoryEntry::Request(part));
    })?;
    drop(all_uncut);
    Ok((sum, skips))
}

/// Calls `take` with the sums of a rollup, and returns the segments that are part of them.
fn read_rollup(
    rollup: Option<(PathBuf, File)>,
    skips: &mut SkippedLines,
    mut take: impl FnMut(&Rollup<'_>),
) -> Result<RollupIndex, Error> {
    let Some((path, file)) = rollup else {
        return Ok(RollupIndex::default());
    };
    let index = rollup::read_sums(&file, |sums| {
        if sums.is_implausible() {
            skips.implausible += 1;
        } else {
            take(sums);
        }
    });
    let index = index.map_err(|error| Error::io("read", &path, error))?;
    skips.add(&index.skipped);
    Ok(index)
}

/// Calls `take` with the sums of pruned requests. Returns the ends of the files of the session logs: the lines behind the end of a
/// file are in the sums. For a reader that then follows the files.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
#[cfg(feature = "top")]
pub(crate) fn read_rollups(
    homes: &Homes,
    skips: &mut SkippedLines,
    mut take: impl FnMut(&Rollup<'_>),
) -> Result<Vec<(FileKey, u64)>, Error> {
    let mut ends = Vec::new();
    for home in homes.iter() {
        let OpenFiles {
            rollup, segments, ..
        } = OpenFiles::of(home)?;
        let folded = read_rollup(rollup, skips, &mut take)?;
        for (path, file) in segments {
            let name = path.file_name().unwrap_or_default();
            // A file without a complete first line has no lines to be read.
            if let Ok(Some(key)) = FileKey::of(&file) {
                ends.push((key, folded.end_of(&name.to_string_lossy())));
            }
        }
    }
    Ok(ends)
}
