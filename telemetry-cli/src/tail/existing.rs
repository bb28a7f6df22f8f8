//! Reads the existing lines of the logs, sorted by time.
//!
//! Each file is almost sorted, so files are merged without holding them in memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use telemetry_schema::record::{Lines, MAX_LINE, Skipped, Timestamp};
use telemetry_store::SparseReader;

use super::log_line::{LineFilter, LogLine};
use crate::error::Error;
use crate::home::{Homes, LogFile, LogKind, open};
use crate::skipped_lines::SkippedLines;

/// The number of bytes at the end of a file that are read first.
const END: u64 = 1024 * 1024;
/// The number of files that are merged at a time. Each open file has a buffer.
const OPEN: usize = 100;

/// A selected line.
#[derive(Debug)]
pub struct SelectedLine {
    /// The time at which the line was written.
    pub time: Timestamp,
    /// The index of the file.
    pub file: usize,
    /// The bytes of the line, without its end.
    pub line: Vec<u8>,
}

/// Returns a line of the file number `at` if the line matches the filter. Counts a line that is not a valid
/// record. `last` is the time of the preceding line and is set to the time of this line.
pub(super) fn select(
    line: &[u8],
    at: usize,
    kind: LogKind,
    last: &mut Timestamp,
    wanted: &LineFilter,
    skipped: &mut Skipped,
) -> Option<SelectedLine> {
    let entry = LogLine::of(line, kind, *last)
        .map_err(|reason| skipped.count(reason, true))
        .ok()?;
    *last = entry.time;
    entry.matches(wanted).then(|| SelectedLine {
        time: entry.time,
        file: at,
        line: line.to_vec(),
    })
}

/// Returns the files that may contain selected lines, the one that was modified last at the end.
///
/// # Errors
///
/// Fails if an existing directory cannot be read.
pub fn files(homes: &Homes, wanted: &LineFilter) -> Result<Vec<LogFile>, Error> {
    let mut files = homes.files()?;
    files.retain(|file| {
        let logs = &wanted.logs;
        (logs.is_empty() || logs.contains(&file.log))
            && !(wanted.records && file.kind == LogKind::Tui)
    });
    // Records are never newer than the last change of their file.
    files.retain(|file| {
        wanted
            .period
            .since
            .is_none_or(|since| since.to_system_time() <= file.modified)
    });
    files.sort_by_key(|file| file.modified);
    Ok(files)
}

/// Excludes an incomplete line at the end of each file, which is still being written.
///
/// # Errors
///
/// Fails if an existing file cannot be read.
pub fn exclude_incomplete_lines(files: &mut [LogFile]) -> Result<(), Error> {
    for file in files {
        let Some(mut open) = open(&file.path)? else {
            continue;
        };
        let failed = |error| Error::io("read", &file.path, error);
        let start = file.bytes.saturating_sub(2 * MAX_LINE as u64);
        open.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut end = Vec::new();
        open.take(file.bytes - start)
            .read_to_end(&mut end)
            .map_err(failed)?;
        if let Some(newline) = end.iter().rposition(|byte| *byte == b'\n') {
            file.bytes = start + newline as u64 + 1;
        } else if start == 0 {
            file.bytes = 0;
        }
    }
    Ok(())
}

/// Returns the last `count` selected lines of all files together.
///
/// # Errors
///
/// Fails if an existing file cannot be read.
pub fn last_lines(
    files: &[LogFile],
    wanted: &LineFilter,
    count: usize,
    skips: &mut SkippedLines,
) -> Result<Vec<SelectedLine>, Error> {
    let mut found: Vec<SelectedLine> = Vec::new();
    for (at, file) in files.iter().enumerate().rev() {
        let enough = found.len() == count;
        // The remaining files were last modified before the oldest of these lines was written.
        if enough
            && found
                .first()
                .is_some_and(|first| first.time.to_system_time() > file.modified)
        {
            break;
        }
        found.extend(last_lines_of(at, file, wanted, count, skips)?);
        found.sort_by_key(|past| past.time);
        found.drain(..found.len().saturating_sub(count));
    }
    Ok(found)
}

fn last_lines_of(
    at: usize,
    file: &LogFile,
    wanted: &LineFilter,
    count: usize,
    skips: &mut SkippedLines,
) -> Result<VecDeque<SelectedLine>, Error> {
    let Some(open) = open(&file.path)? else {
        return Ok(VecDeque::new());
    };
    for start in [file.bytes.saturating_sub(END), 0] {
        let failed = |error| Error::io("read", &file.path, error);
        let mut stream = LineReader::new(at, file, open.try_clone().map_err(failed)?, start);
        if start > 0 {
            // The first line is incomplete.
            stream.lines.next_line().map_err(failed)?;
        }
        let mut last = VecDeque::new();
        while let Some(past) = stream.next(wanted)? {
            last.push_back(past);
            if last.len() > count {
                last.pop_front();
            }
        }
        if start == 0 || last.len() == count {
            skips.add(&stream.skipped());
            return Ok(last);
        }
    }
    Ok(VecDeque::new())
}

/// Calls `each` with every selected line, sorted by time.
///
/// # Errors
///
/// Fails if an existing file cannot be read, and returns the errors of `each`.
pub fn each_line(
    files: &[LogFile],
    wanted: &LineFilter,
    skips: &mut SkippedLines,
    mut each: impl FnMut(&SelectedLine) -> Result<(), Error>,
) -> Result<(), Error> {
    for (group, files) in files.chunks(OPEN).enumerate() {
        let mut streams = Vec::new();
        for (at, file) in files.iter().enumerate() {
            if let Some(open) = open(&file.path)? {
                let mut stream = LineReader::new(group * OPEN + at, file, open, 0);
                let next = stream.next(wanted)?;
                streams.push((next, stream));
            }
        }
        loop {
            let of_time = |next: &Option<SelectedLine>| next.as_ref().map(|past| past.time);
            let open = streams.iter_mut().filter(|(next, _)| next.is_some());
            let Some((next, stream)) = open.min_by_key(|(next, _)| of_time(next)) else {
                break;
            };
            if let Some(past) = next.take() {
                each(&past)?;
            }
            *next = stream.next(wanted)?;
        }
        for (_, stream) in &streams {
            skips.add(&stream.skipped());
        }
    }
    Ok(())
}

/// Reads the selected lines of a file.
struct LineReader<'a> {
    at: usize,
    file: &'a LogFile,
    /// The offset of the first line.
    start: u64,
    lines: Lines<SparseReader>,
    last: Timestamp,
    skipped: Skipped,
}

impl<'a> LineReader<'a> {
    fn new(at: usize, file: &'a LogFile, open: File, start: u64) -> Self {
        Self {
            at,
            file,
            start,
            lines: Lines::new(SparseReader::new(open, start)),
            last: Timestamp::default(),
            skipped: Skipped::default(),
        }
    }

    fn next(&mut self, wanted: &LineFilter) -> Result<Option<SelectedLine>, Error> {
        let failed = |error| Error::io("read", &self.file.path, error);
        // Lines that were appended after the listing are not included.
        while self.start + self.lines.next_offset() < self.file.bytes
            && let Some(line) = self.lines.next_line().map_err(failed)?
        {
            let (at, kind) = (self.at, self.file.kind);
            let selected = select(line, at, kind, &mut self.last, wanted, &mut self.skipped);
            if selected.is_some() {
                return Ok(selected);
            }
        }
        Ok(None)
    }

    fn skipped(&self) -> Skipped {
        let mut skipped = self.skipped;
        skipped.too_long = self.lines.too_long();
        skipped
    }
}
