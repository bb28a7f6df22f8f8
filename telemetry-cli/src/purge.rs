//! Removes the records of a session, or of the time before a day, from every file.

use std::io::{self, Write};

use serde::Serialize;
use telemetry_store::{self as files, Purge, Purged};

use crate::error::Error;
use crate::home::Home;
use crate::terminal::{self, Cell, Column, Table, Terminal, bytes, counted};

/// What was removed from a home, or what a dry run would remove. Its JSON form is the one of `telemetry purge --json`.
#[derive(Debug, Serialize)]
pub struct PurgeResult {
    /// The directory of the home.
    pub home: String,
    /// The number of removed lines.
    pub records: u64,
    /// The requests whose sums were removed from the rollup.
    pub rolled_up_requests: u64,
    /// The files with removed lines.
    pub files: Vec<PurgedFile>,
    /// Sessions that were started from the purged one; their records stay.
    pub children: Vec<String>,
    /// Text logs, whose lines name no session.
    pub not_examined: Vec<String>,
    /// Files that could not be changed, each with the error.
    pub failed: Vec<FailedPurge>,
}

/// A file from which lines were removed.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the keys of `telemetry purge --json`")]
pub struct PurgedFile {
    pub path: String,
    pub records: u64,
    pub bytes: u64,
    pub in_use: bool,
}

/// A file that could not be changed.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the keys of `telemetry purge --json`")]
pub struct FailedPurge {
    pub path: String,
    pub error: String,
}

/// Removes the records from the files of a home; with `dry_run`, only counts them.
///
/// # Errors
///
/// Fails if an existing directory cannot be read, or if another process keeps it locked.
pub fn remove(home: &Home, purge: &Purge, dry_run: bool) -> Result<PurgeResult, Error> {
    let budget = home.config.max_total_bytes();
    let purged = files::purge(&home.retained(), budget, purge, dry_run)
        .map_err(|error| Error::io("purge the logs in", &home.config.log_dir(), error))?;
    Ok(PurgeResult::new(home, purged))
}

impl PurgeResult {
    fn new(home: &Home, purged: Purged) -> Self {
        let files = purged.files.into_iter().map(|file| PurgedFile {
            path: file.path.display().to_string(),
            records: file.records,
            bytes: file.bytes,
            in_use: file.in_use,
        });
        let files: Vec<PurgedFile> = files.collect();
        let not_examined = purged.not_examined.iter();
        let failed = purged.failed.iter().map(|(path, error)| FailedPurge {
            path: path.display().to_string(),
            error: error.to_string(),
        });
        Self {
            home: home.path.display().to_string(),
            records: files.iter().map(|file| file.records).sum(),
            rolled_up_requests: purged.rolled_up_requests,
            not_examined: not_examined
                .map(|path| path.display().to_string())
                .collect(),
            failed: failed.collect(),
            children: purged.children.into_iter().collect(),
            files,
        }
    }
}

/// Writes a table for each home.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(results: &[PurgeResult], dry_run: bool, out: &mut Terminal) -> io::Result<()> {
    for result in results {
        if !result.files.is_empty() {
            let mut table = Table::new([
                Column::key(if dry_run { "Would purge" } else { "Purged" }),
                Column::number("Records"),
                Column::number("Size").rank(1),
            ]);
            for file in &result.files {
                table.plain([
                    Cell::from(&file.path),
                    file.records.to_string().into(),
                    bytes(file.bytes).into(),
                ]);
            }
            table.write(out)?;
        }
        let home = terminal::visible(&result.home);
        let verb = if dry_run { "would remove" } else { "removed" };
        let records = counted(result.records, "record", "records");
        let requests = counted(result.rolled_up_requests, "request", "requests");
        writeln!(
            out,
            "{home}: {verb} {records}, and the sums of {requests} in the rollup"
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
struct PurgeJson<'a> {
    v: u32,
    dry_run: bool,
    homes: &'a [PurgeResult],
}

/// Writes the results as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(results: &[PurgeResult], dry_run: bool, out: &mut impl Write) -> io::Result<()> {
    let document = PurgeJson {
        v: 1,
        dry_run,
        homes: results,
    };
    terminal::write_json(out, &document)
}
