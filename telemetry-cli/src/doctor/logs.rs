//! One log: its files read whole.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::SystemTime;

use telemetry_schema::record::{Record, Records, Skipped, Timestamp};
use telemetry_store::is_in_use;
use telemetry_store::{ChunkReader, read_in_chunks};

use super::Finding;
use crate::home::{Log, LogFile, LogKind, files_of_log, open};
use crate::selection::now;
use crate::skipped::Skips;

/// What a limited record's cause begins with.
const LIMITED: &str = "max_per_second: ";

/// What is known of a log.
#[derive(Debug)]
pub struct LogHealth {
    /// Its name.
    pub name: String,
    /// Where the shared file is, or the directory of one file per launch.
    pub path: PathBuf,
    /// How many files it has, closed ones counted.
    pub files: usize,
    /// How many of them a living process has open.
    pub in_use: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Its records; lines of a text log.
    pub records: u64,
    /// The time of its last record; of a text log's last change.
    pub last: Option<Timestamp>,
    /// Lines that are no records.
    pub skips: Skips,
    lost: Lost,
    wrong: Vec<Finding>,
}

/// What `lost` records say.
#[derive(Debug, Default)]
struct Lost {
    count: u64,
    bytes: u64,
    cause: String,
    limited: u64,
    limit: String,
}

impl Lost {
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

/// What a part of a file has.
#[derive(Default)]
struct Found {
    records: u64,
    last: Option<Timestamp>,
    lost: Lost,
    skipped: Skipped,
    error: Option<std::io::Error>,
}

pub(super) fn examine(log: &Log) -> LogHealth {
    let path = log
        .naming
        .live()
        .unwrap_or_else(|| log.naming.directory.clone());
    let mut health = LogHealth {
        name: log.name.clone(),
        path,
        files: 0,
        in_use: 0,
        bytes: 0,
        records: 0,
        last: None,
        skips: Skips::default(),
        lost: Lost::default(),
        wrong: Vec::new(),
    };
    let files = match files_of_log(log) {
        Ok(files) => files,
        // Said of the directory itself, once.
        Err(error) if error.kind() == ErrorKind::NotADirectory => return health,
        Err(error) => {
            health
                .wrong
                .push(Finding::unreadable(&log.naming.directory, &error));
            return health;
        }
    };
    for file in files {
        health.files += 1;
        health.bytes += file.bytes;
        health.in_use += usize::from(is_in_use(&file.path).unwrap_or(false));
        health.file(&file);
    }
    health
}

impl LogHealth {
    fn file(&mut self, file: &LogFile) {
        let open = match open(&file.path) {
            Ok(Some(open)) => open,
            // Pruned meanwhile.
            Ok(None) => return,
            Err(error) => {
                let error = std::io::Error::other(error.to_string());
                self.wrong.push(Finding::unreadable(&file.path, &error));
                return;
            }
        };
        super::place::examine_file(&file.path, &mut self.wrong);
        if file.kind == LogKind::Tui {
            let written = (file.bytes > 0).then(|| Timestamp::from(file.modified));
            self.last = self.last.max(written);
            return;
        }
        self.read(file, open);
    }

    fn read(&mut self, file: &LogFile, open: File) {
        let mut skipped = Skipped::default();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        read_in_chunks(
            &[open],
            threads,
            |_, records| part(records),
            |_, found: Found| {
                self.records += found.records;
                self.last = self.last.max(found.last);
                self.lost.add(found.lost);
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
        self.skips.add(&skipped);
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.wrong.clone();
        if self.skips.lines.total() > 0 {
            findings.push(Finding::damaged(&self.name, &self.skips));
        }
        let lost = &self.lost;
        if lost.count > 0 {
            findings.push(Finding::lost(
                &self.name,
                lost.count,
                lost.bytes,
                &lost.cause,
            ));
        }
        if lost.limited > 0 {
            findings.push(Finding::limited(&self.name, lost.limited, &lost.limit));
        }
        // Two machines' clocks are never the same.
        let soon = Timestamp::from_micros(now().micros().saturating_add(3_600_000_000));
        if let Some(last) = self.last.filter(|last| *last > soon) {
            findings.push(Finding::from_the_future(&self.name, &last.to_string()));
        }
        findings
    }

    /// How long ago its last record was, in seconds; 0 for one that is yet to come.
    pub fn age(&self) -> Option<u64> {
        let last = self.last?.to_system_time();
        Some(
            SystemTime::now()
                .duration_since(last)
                .map_or(0, |age| age.as_secs()),
        )
    }
}

fn part(mut records: Records<ChunkReader<'_>>) -> Found {
    let mut found = Found::default();
    let read = records.each(|record| {
        found.records += 1;
        found.last = found.last.max(Some(time(&record)));
        if let Record::Lost(lost) = record {
            if let Some(name) = lost.cause.strip_prefix(LIMITED) {
                found.lost.limited = found.lost.limited.saturating_add(lost.count);
                name.clone_into(&mut found.lost.limit);
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

fn time(record: &Record<'_>) -> Timestamp {
    match record {
        Record::Header(it) => it.ts,
        Record::Span(it) => it.ts,
        Record::SpanStart(it) => it.ts,
        Record::Event(it) => it.ts,
        Record::Lost(it) => it.ts,
        Record::Session(it) => it.ts,
        Record::Rollup(it) => it.last,
        Record::Folded(it) => it.ts,
        _ => Timestamp::from_micros(i64::MIN),
    }
}
