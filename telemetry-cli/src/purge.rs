//! Removes the records of a session, or of the time before a day, from every file.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::Timestamp;
use telemetry_schema::sort::sort_by;
use telemetry_store::{self as files, Purge, Purged};

use crate::error::Error;
use crate::home::{Home, Homes};
use crate::terminal::{self, Cell, Column, Table, Terminal, bytes, counted};

/// The result of a purge of a home, or of a dry run. Its JSON form is the output of `telemetry purge --json`.
#[derive(Debug, Default, Serialize)]
pub struct PurgeResult {
    /// The directory of the home.
    pub home: String,
    /// The number of removed lines.
    pub records: u64,
    /// The requests whose sums were removed from the rollup.
    pub rolled_up_requests: u64,
    /// The files with removed lines.
    pub files: Vec<PurgedFile>,
    /// Sessions that were started from the purged one and were purged with it, directly or over others.
    pub descendants: BTreeSet<String>,
    /// Sessions that were started from the purged one; their records stay.
    pub children: BTreeSet<String>,
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

/// Removes the records from the files of each home; with `dry_run`, only counts them. With a session, also removes those of the
/// sessions that were started from it, of all homes, unless `is_alone`.
///
/// # Errors
///
/// Fails if an existing directory cannot be read, or if another process keeps it locked.
pub fn remove(
    homes: &Homes,
    purge: Purge,
    is_alone: bool,
    dry_run: bool,
) -> Result<Vec<PurgeResult>, Error> {
    let mut results: Vec<PurgeResult> = homes.iter().map(PurgeResult::of).collect();
    let mut known: BTreeSet<String> = match &purge {
        Purge::Session(id) => BTreeSet::from([id.clone()]),
        Purge::Before(_) => BTreeSet::new(),
    };
    let mut open = vec![purge];
    while let Some(purge) = open.pop() {
        for (home, result) in homes.iter().zip(&mut results) {
            let budget = home.config.max_total_bytes();
            let mut purged =
                files::purge(&home.retained(), budget, &purge, dry_run).map_err(|error| {
                    Error::log_directory("purge the logs in", &home.config.log_dir(), error)
                })?;
            for child in std::mem::take(&mut purged.children) {
                if is_alone {
                    result.children.insert(child);
                } else if known.insert(child.clone()) {
                    result.descendants.insert(child.clone());
                    open.push(Purge::Session(child));
                }
            }
            result.add(purged);
        }
    }
    Ok(results)
}

impl PurgeResult {
    fn of(home: &Home) -> Self {
        Self {
            home: home.path.display().to_string(),
            ..Self::default()
        }
    }

    /// Adds what was removed for one session.
    fn add(&mut self, purged: Purged) {
        self.rolled_up_requests = self
            .rolled_up_requests
            .saturating_add(purged.rolled_up_requests);
        for file in purged.files {
            self.records += file.records;
            let path = file.path.display().to_string();
            if let Some(known) = self.files.iter_mut().find(|known| known.path == path) {
                known.records += file.records;
                known.bytes += file.bytes;
                known.in_use |= file.in_use;
            } else {
                self.files.push(PurgedFile {
                    path,
                    records: file.records,
                    bytes: file.bytes,
                    in_use: file.in_use,
                });
            }
        }
        sort_by(&mut self.files, |a, b| a.path.cmp(&b.path));
        for path in purged.not_examined {
            let path = path.display().to_string();
            if !self.not_examined.contains(&path) {
                self.not_examined.push(path);
            }
        }
        for (path, error) in purged.failed {
            let (path, error) = (path.display().to_string(), error.to_string());
            if !self.failed.iter().any(|known| known.path == path) {
                self.failed.push(FailedPurge { path, error });
            }
        }
    }
}

/// Writes a table for each home. `before` is the time before which the removed records began.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(
    results: &[PurgeResult],
    before: Option<&str>,
    dry_run: bool,
    out: &mut Terminal,
) -> io::Result<()> {
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
        let began = before.map(|time| format!(" that began before {time}"));
        let began = began.unwrap_or_default();
        let sentence =
            format!("{home}: {verb} {records}{began}, and the sums of {requests} in the rollup");
        out.write_sentence("", &sentence)?;
        if !result.descendants.is_empty() {
            let sessions = counted(
                result.descendants.len() as u64,
                "session that was started from it",
                "sessions that were started from it",
            );
            out.write_sentence("", &format!("with the session, {verb} {sessions}:"))?;
            for id in &result.descendants {
                writeln!(out, "  {}", terminal::visible(id))?;
            }
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct PurgeJson<'a> {
    v: u32,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Timestamp>,
    homes: &'a [PurgeResult],
}

/// Writes the results as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(
    results: &[PurgeResult],
    before: Option<Timestamp>,
    dry_run: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = PurgeJson {
        v: 1,
        dry_run,
        before,
        homes: results,
    };
    terminal::write_json(out, &document)
}
