//! Reads the existing lines of the logs, sorted by time.
//!
//! Each file is almost sorted, so files are merged without holding them in memory.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use telemetry_schema::SCREEN_LOG;
use telemetry_schema::record::{Lines, MAX_LINE, Skipped, Timestamp};
use telemetry_schema::sort::sort_by_key;
use telemetry_store::{FileKey, SparseReader};

use super::log_line::{LineFilter, LogLine};
use crate::error::Error;
use crate::home::{Homes, LogFile, LogKind, open};
use crate::skipped_lines::SkippedLines;

/// The number of bytes at the end of a file that are read first.
const END: u64 = 1024 * 1024;
/// The number of files that are merged at a time. Each open file has a buffer.
const OPEN: usize = 100;
/// The most listings before files are read, if a host rotates its logs at each of them.
const MAX_LISTINGS: u32 = 10;

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
        // The rows of a screen would hide the other lines.
        let is_wanted = if logs.is_empty() {
            file.log != SCREEN_LOG
        } else {
            logs.contains(&file.log)
        };
        is_wanted && !(wanted.records && file.kind == LogKind::Tui)
    });
    // Records are never newer than the last change of their file.
    files.retain(|file| {
        wanted
            .period
            .since
            .is_none_or(|since| since.to_system_time() <= file.modified)
    });
    sort_by_key(&mut files, |file| file.modified);
    Ok(files)
}

/// A file whose lines are read up to the end that it had when it was opened.
#[derive(Debug)]
pub struct TailFile {
    /// The file, with its length when it was opened.
    pub listed: LogFile,
    /// The key of the file; `None` for a compressed segment, and while the first line is not complete.
    pub(super) key: Option<FileKey>,
    /// The open live file. A rotation gives its name to another file.
    live: Option<File>,
}

/// Lists and opens the files that may contain selected lines. `is_followed` excludes an incomplete line at the end of each file,
/// which is still being written.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn open_files(
    homes: &Homes,
    wanted: &LineFilter,
    is_followed: bool,
) -> Result<Vec<TailFile>, Error> {
    let paths = |files: &[LogFile]| -> BTreeSet<PathBuf> {
        files.iter().map(|file| file.path.clone()).collect()
    };
    let mut listed = files(homes, wanted)?;
    let mut listings = 1;
    loop {
        let before = paths(&listed);
        let open = listed.into_iter().map(|it| TailFile::open(it, is_followed));
        let opened = open.collect::<Result<Vec<_>, _>>()?;
        // A rotation after the listing has added a segment, which was not opened.
        listed = files(homes, wanted)?;
        listings += 1;
        if paths(&listed) == before || listings > MAX_LISTINGS {
            return Ok(opened);
        }
    }
}

impl TailFile {
    fn open(listed: LogFile, is_followed: bool) -> Result<Self, Error> {
        let mut opened = Self {
            listed,
            key: None,
            live: None,
        };
        let file = &mut opened.listed;
        if file.compressed.is_some() {
            return Ok(opened);
        }
        let Some(open) = open(&file.path)? else {
            file.bytes = 0;
            return Ok(opened);
        };
        let failed = |error| Error::io("read", &file.path, error);
        let len = open.metadata().map_err(failed)?.len();
        opened.key = FileKey::of(&open).map_err(failed)?;
        let end = if is_followed {
            end_of_lines(&open, len).map_err(failed)?
        } else {
            len
        };
        file.bytes = end;
        opened.live = file.is_live().then_some(open);
        Ok(opened)
    }

    fn reopen(&self) -> Result<Option<File>, Error> {
        match &self.live {
            Some(live) => {
                let again = live.try_clone();
                again
                    .map(Some)
                    .map_err(|error| Error::io("read", &self.listed.path, error))
            }
            None => open(&self.listed.path),
        }
    }
}

/// Returns the offset behind the last complete line of a file, or the length of a file that ends with a line that is too long.
fn end_of_lines(mut open: &File, len: u64) -> std::io::Result<u64> {
    let start = len.saturating_sub(2 * MAX_LINE as u64);
    open.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    open.take(len - start).read_to_end(&mut end)?;
    Ok(match end.iter().rposition(|byte| *byte == b'\n') {
        Some(newline) => start + newline as u64 + 1,
        None if start == 0 => 0,
        None => len,
    })
}

/// Returns the last `count` selected lines of all files together.
///
/// # Errors
///
/// Fails if an existing file cannot be read.
pub fn last_lines(
    files: &[TailFile],
    wanted: &LineFilter,
    count: usize,
    skips: &mut SkippedLines,
) -> Result<Vec<SelectedLine>, Error> {
    let mut found: Vec<SelectedLine> = Vec::new();
    if count == 0 {
        return Ok(found);
    }
    for (at, file) in files.iter().enumerate().rev() {
        let enough = found.len() == count;
        // The remaining files were last modified before the oldest of these lines was written.
        if enough
            && found
                .first()
                .is_some_and(|first| first.time.to_system_time() > file.listed.modified)
        {
            break;
        }
        found.extend(last_lines_of(at, file, wanted, count, skips)?);
        sort_by_key(&mut found, |past| past.time);
        found.drain(..found.len().saturating_sub(count));
    }
    Ok(found)
}

fn last_lines_of(
    at: usize,
    file: &TailFile,
    wanted: &LineFilter,
    count: usize,
    skips: &mut SkippedLines,
) -> Result<VecDeque<SelectedLine>, Error> {
    let Some(open) = file.reopen()? else {
        return Ok(VecDeque::new());
    };
    let file = &file.listed;
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
    files: &[TailFile],
    wanted: &LineFilter,
    skips: &mut SkippedLines,
    mut each: impl FnMut(&SelectedLine) -> Result<(), Error>,
) -> Result<(), Error> {
    for (group, files) in files.chunks(OPEN).enumerate() {
        let mut streams = Vec::new();
        for (at, file) in files.iter().enumerate() {
            if let Some(open) = file.reopen()? {
                let mut stream = LineReader::new(group * OPEN + at, &file.listed, open, 0);
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
