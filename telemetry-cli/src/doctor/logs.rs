//! Examines one log by reading all of its files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use telemetry_schema::record::{Record, Records, Skipped, Timestamp};
use telemetry_store::is_in_use;
use telemetry_store::regular::{self, Opened};
use telemetry_store::{ChunkReader, SparseReader, read_in_chunks};

use super::Finding;
use super::launches::{self, LaunchActivity};
use super::uncounted::{MissingCounts, Uncounted};
use crate::home::{Log, LogFile, LogKind, files_of_log};
use crate::records::{LIMITED, REPEATED, SAMPLED, thread_count, time_of};
use crate::selection::now;
use crate::skipped_lines::SkippedLines;
use crate::terminal::Progress;

/// The most damaged lines of a log that are named.
const DAMAGED_LINES: usize = 5;

/// The state of a log.
#[derive(Debug, Default, Serialize)]
pub struct LogHealth {
    /// The name of the log.
    #[serde(rename = "log")]
    pub name: String,
    /// The path of the shared file, or the directory of one file per launch.
    pub path: String,
    /// The number of files, including closed segments.
    pub files: usize,
    /// The number of files that a running process has open.
    pub in_use: usize,
    /// The total size of the files.
    pub bytes: u64,
    /// The number of records; 0 for a text log.
    pub records: u64,
    /// The time of the last record, or of the last change of a text log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Lines that are not valid records.
    #[serde(rename = "skipped_lines", serialize_with = "total")]
    pub skips: SkippedLines,
    /// Records that sampling omitted, as configured.
    #[serde(skip_serializing_if = "is_zero")]
    pub sampled_out: u64,
    #[serde(skip)]
    lost: LostCounts,
    /// Answers that are in the record of an earlier request with their id.
    #[serde(skip)]
    repeats: u64,
    /// Requests whose counts contradict each other.
    #[serde(skip)]
    inconsistent: u64,
    /// Answered requests without counts of tokens.
    #[serde(skip)]
    uncounted: Uncounted,
    /// The first damaged lines: each with its file and its number in it. They are at most [`DAMAGED_LINES`].
    #[serde(skip)]
    damaged: Vec<(PathBuf, u64)>,
    /// The launches that wrote the debug log, the oldest first.
    #[serde(skip)]
    pub(super) launches: Vec<LaunchActivity>,
    /// The last file in which records are reported as lost.
    #[serde(skip)]
    last_lost: Option<PathBuf>,
    #[serde(skip)]
    wrong: Vec<Finding>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn total<S: Serializer>(skips: &SkippedLines, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(skips.lines.total())
}

/// Totals over the `lost` records.
#[derive(Debug, Default)]
struct LostCounts {
    count: u64,
    bytes: u64,
    cause: String,
    limited: u64,
    limit: String,
}

impl LostCounts {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.limited = self.limited.saturating_add(other.limited);
        if !other.cause.is_empty() {
            self.cause = other.cause;
        }
        if !other.limit.is_empty() {
            self.limit = other.limit;
        }
    }
}

/// The result of reading a part of a file.
#[derive(Default)]
struct ChunkScan {
    records: u64,
    headers: u64,
    first_header: Option<(Timestamp, Option<String>)>,
    last: Option<Timestamp>,
    lost: LostCounts,
    repeats: u64,
    inconsistent: u64,
    missing_counts: Vec<MissingCounts>,
    sampled_out: u64,
    skipped: Skipped,
    error: Option<io::Error>,
}

pub(super) fn examine(log: &Log) -> LogHealth {
    let directory = &log.naming.directory;
    let path = log.naming.live().unwrap_or_else(|| directory.clone());
    let mut health = LogHealth {
        name: log.name.clone(),
        path: path.display().to_string(),
        ..LogHealth::default()
    };
    let files = match files_of_log(log) {
        Ok(files) => files,
        // The examination of the directory reports this error.
        Err(error) if error.kind() == ErrorKind::NotADirectory => return health,
        Err(error) => {
            health.wrong.push(Finding::unreadable(directory, &error));
            return health;
        }
    };
    let mut progress = Progress::of(files.iter().map(|file| file.bytes).sum());
    for file in files {
        health.files += 1;
        health.bytes += file.stored_bytes();
        health.in_use += usize::from(is_in_use(&file.path).unwrap_or(false));
        health.file(&file, &mut progress);
    }
    health
}

impl LogHealth {
    fn file(&mut self, file: &LogFile, progress: &mut Progress) {
        let path = file.stored_path();
        super::directory::examine_file(&path, &mut self.wrong);
        let open = match regular::open(&file.path) {
            Ok(Opened::File(open)) => open,
            // The file was pruned in the meantime, or is not a file.
            Ok(Opened::Missing | Opened::Foreign) => return,
            Err(error) => {
                self.wrong.push(Finding::unreadable(&path, &error));
                return;
            }
        };
        if file.kind == LogKind::Tui {
            let written = (file.bytes > 0).then(|| Timestamp::from(file.modified));
            self.last = self.last.max(written);
            return;
        }
        self.read(file, open, progress);
    }

    fn read(&mut self, file: &LogFile, open: File, progress: &mut Progress) {
        let mut skipped = Skipped::default();
        let lost_before = self.lost.count;
        let (mut headers, mut records) = (0, 0);
        let mut first_header = None;
        read_in_chunks(
            &[open],
            thread_count(),
            |_, records| scan_chunk(records),
            |part, found: ChunkScan| {
                progress.add(part.bytes.end - part.bytes.start);
                self.records += found.records;
                headers += found.headers;
                records += found.records;
                first_header = first_header.take().or(found.first_header);
                self.last = self.last.max(found.last);
                self.lost.add(found.lost);
                self.repeats = self.repeats.saturating_add(found.repeats);
                self.inconsistent = self.inconsistent.saturating_add(found.inconsistent);
                for found in found.missing_counts {
                    self.uncounted.add(found);
                }
                self.sampled_out = self.sampled_out.saturating_add(found.sampled_out);
                skipped.add(&found.skipped);
                match found.error {
                    Some(error) => {
                        self.wrong.push(Finding::unreadable(&file.path, &error));
                        ControlFlow::Break(())
                    }
                    None => ControlFlow::Continue(()),
                }
            },
        );
        if file.kind == LogKind::Debug {
            let has_records = records > headers || skipped.total() > 0;
            launches::add(&mut self.launches, file, first_header, headers, has_records);
        }
        if self.lost.count > lost_before {
            self.last_lost = Some(file.path.clone());
        }
        if skipped.total() > 0 && self.damaged.len() < DAMAGED_LINES {
            let limit = DAMAGED_LINES - self.damaged.len();
            let open = crate::home::open(&file.path).ok().flatten();
            // A line that cannot be read again has no number.
            let lines = open.and_then(|open| damaged_lines(open, limit).ok());
            let lines = lines.unwrap_or_default().into_iter();
            self.damaged
                .extend(lines.map(|line| (file.path.clone(), line)));
        }
        self.skips.add(&skipped);
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.wrong.clone();
        if self.skips.lines.total() > 0 {
            findings.push(Finding::damaged(&self.name, &self.skips, &self.damaged));
        }
        let lost = &self.lost;
        if lost.count > 0 {
            findings.push(Finding::lost(
                &self.name,
                lost.count,
                lost.bytes,
                &lost.cause,
                self.last_lost.as_deref(),
            ));
        }
        if lost.limited > 0 {
            findings.push(Finding::limited(&self.name, lost.limited, &lost.limit));
        }
        if self.repeats > 0 {
            findings.push(Finding::repeated(&self.name, self.repeats));
        }
        if self.inconsistent > 0 {
            findings.push(Finding::inconsistent(&self.name, self.inconsistent));
        }
        findings.extend(self.uncounted.finding(&self.name));
        // Tolerates a clock difference of an hour between machines.
        let soon = Timestamp::from_micros(now().micros().saturating_add(3_600_000_000));
        if let Some(last) = self.last.filter(|last| *last > soon) {
            findings.push(Finding::from_the_future(&self.name, &last.to_string()));
        }
        findings
    }

    /// Returns the age of the last record in seconds; 0 if its time is in the future.
    pub fn age(&self) -> Option<u64> {
        let last = self.last?.to_system_time();
        Some(
            SystemTime::now()
                .duration_since(last)
                .map_or(0, |age| age.as_secs()),
        )
    }
}

/// Returns the numbers of the first lines that are not records, from 1, without those that are longer than any record.
fn damaged_lines(file: File, limit: usize) -> io::Result<Vec<u64>> {
    let mut again = file.try_clone()?;
    let mut records = Records::new(SparseReader::new(file, 0));
    let mut offsets = Vec::new();
    while offsets.len() < limit
        && let Some(record) = records.next()?
    {
        if record.is_err() {
            offsets.push(records.offset());
        }
    }
    again.seek(SeekFrom::Start(0))?;
    let mut before = BufReader::new(again);
    let (mut lines, mut position) = (1, 0);
    let mut numbers = Vec::new();
    for offset in offsets {
        let mut part = before.by_ref().take(offset - position);
        lines += count_newlines(&mut part)?;
        position = offset;
        numbers.push(lines);
    }
    Ok(numbers)
}

fn count_newlines(from: &mut impl BufRead) -> io::Result<u64> {
    let mut count = 0;
    loop {
        let read = from.fill_buf()?;
        if read.is_empty() {
            return Ok(count);
        }
        count += read.split(|byte| *byte == b'\n').skip(1).count() as u64;
        let len = read.len();
        from.consume(len);
    }
}

fn scan_chunk(mut records: Records<ChunkReader<'_>>) -> ChunkScan {
    let mut found = ChunkScan::default();
    let read = records.each(|record| {
        found.records += 1;
        if let Record::Header(header) = &record {
            found.headers += 1;
            found
                .first_header
                .get_or_insert_with(|| (header.ts, header.app.as_deref().map(str::to_owned)));
        }
        found.last = found.last.max(time_of(&record));
        found.missing_counts.extend(MissingCounts::of(&record));
        if let Record::Session(request) = &record {
            found.inconsistent += u64::from(!request.is_amendment() && request.is_inconsistent());
        }
        if let Record::Lost(lost) = record {
            if let Some(name) = lost.cause.strip_prefix(LIMITED) {
                found.lost.limited = found.lost.limited.saturating_add(lost.count);
                name.clone_into(&mut found.lost.limit);
            } else if lost.cause.starts_with(SAMPLED) {
                found.sampled_out = found.sampled_out.saturating_add(lost.count);
            } else if lost.cause == REPEATED {
                found.repeats = found.repeats.saturating_add(lost.count);
            } else {
                found.lost.count = found.lost.count.saturating_add(lost.count);
                found.lost.bytes = found.lost.bytes.saturating_add(lost.bytes);
                found.lost.cause = lost.cause.into_owned();
            }
        }
    });
    found.error = read.err();
    found.skipped = records.skipped();
    found
}
