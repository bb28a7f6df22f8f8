//! Removes old log files until the logs fit their budget, by the rules of the writer.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use telemetry_schema::record::Timestamp;
use telemetry_store::{self as files, LogFile, is_in_use, plan};

use crate::error::Error;
use crate::home::Home;
use crate::terminal::{self, Cell, Column, Emphasis, Table, Terminal, bytes};

/// The files of a home that were removed, or that a dry run would remove.
#[derive(Debug)]
pub struct PruneResult {
    /// The directory of the home.
    pub home: PathBuf,
    /// The byte budget of all logs together; 0 means no limit.
    pub budget: u64,
    /// The size of all log files before the removal, in bytes.
    pub before: u64,
    /// The removed files, the oldest first.
    pub files: Vec<LogFile>,
    /// Files that could not be removed, each with the error.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl PruneResult {
    /// Returns the size of the removed files, in bytes.
    pub fn freed(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Computes the files that [`remove`] would remove now, without removing any.
///
/// # Errors
///
/// Fails if an existing directory cannot be read.
pub fn preview(home: &Home) -> Result<PruneResult, Error> {
    let budget = home.config().max_total_bytes();
    let mut found = listed(home)?;
    let before = total(&found);
    // Like the writer, this tests only the files of the plan for being in use, and plans again without
    // those that are.
    let files = loop {
        let planned = plan(&found, budget);
        let used: Vec<usize> = planned
            .iter()
            .copied()
            .filter(|at| is_in_use(&found[*at].path).unwrap_or(true))
            .collect();
        if used.is_empty() {
            break planned.into_iter().map(|at| found[at].clone()).collect();
        }
        for at in used {
            found[at].active = true;
        }
    };
    Ok(PruneResult {
        home: home.path().to_owned(),
        budget,
        before,
        files,
        failed: Vec::new(),
    })
}

/// Removes the oldest files that no living process uses until the logs fit their budget. The sums of
/// removed session records are kept in the rollup.
///
/// # Errors
///
/// Fails if an existing directory cannot be read.
pub fn remove(home: &Home) -> Result<PruneResult, Error> {
    let budget = home.config().max_total_bytes();
    let before = total(&listed(home)?);
    let pruned = files::prune(&home.retained(), budget)
        .map_err(|error| Error::io("read the logs in", &home.config().log_dir(), error))?;
    Ok(PruneResult {
        home: home.path().to_owned(),
        budget,
        before,
        files: pruned.removed,
        failed: pruned.failed,
    })
}

fn listed(home: &Home) -> Result<Vec<LogFile>, Error> {
    files::list(&home.retained())
        .map_err(|error| Error::io("read the logs in", &home.config().log_dir(), error))
}

fn total(files: &[LogFile]) -> u64 {
    files.iter().map(|file| file.bytes).sum()
}

/// Writes a table for each home.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(removals: &[PruneResult], dry_run: bool, out: &mut Terminal) -> io::Result<()> {
    for removal in removals {
        if !removal.files.is_empty() {
            let mut table = Table::new([
                Column::text(if dry_run { "Would remove" } else { "Removed" }).least(24),
                Column::number("Size"),
                Column::fixed("Last change").rank(1),
            ]);
            for file in &removal.files {
                let modified = Timestamp::from(file.modified).to_string();
                let name = file.path.display().to_string();
                table.row(
                    Emphasis::Plain,
                    [
                        Cell::from(name),
                        bytes(file.bytes).into(),
                        modified[..19].into(),
                    ],
                );
            }
            table.write(out)?;
        }
        let budget = match removal.budget {
            0 => "no budget (max_total_bytes = 0): files are never pruned".to_owned(),
            budget => format!("of {}", bytes(budget)),
        };
        let after = removal.before.saturating_sub(removal.freed());
        let gone = match (removal.files.len(), dry_run) {
            (0, _) => "nothing to remove".to_owned(),
            (count, true) => format!("would remove {count}, {} in all", bytes(removal.freed())),
            (count, false) => format!("removed {count}, {} in all", bytes(removal.freed())),
        };
        let home = removal.home.display().to_string();
        let home = terminal::visible(&home);
        writeln!(out, "{home}: {gone}; {} {budget}", bytes(after))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct PruneJson<'a> {
    v: u32,
    dry_run: bool,
    homes: Vec<PrunedHomeJson<'a>>,
}

#[derive(Serialize)]
struct PrunedHomeJson<'a> {
    home: String,
    max_total_bytes: u64,
    bytes_before: u64,
    bytes_after: u64,
    removed: Vec<PrunedFileJson<'a>>,
    failed: Vec<FailedFileJson>,
}

#[derive(Serialize)]
struct PrunedFileJson<'a> {
    path: std::borrow::Cow<'a, str>,
    bytes: u64,
    modified: Timestamp,
}

#[derive(Serialize)]
struct FailedFileJson {
    path: String,
    error: String,
}

/// Writes the removals as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(removals: &[PruneResult], dry_run: bool, out: &mut impl Write) -> io::Result<()> {
    let homes = removals.iter().map(|removal| PrunedHomeJson {
        home: removal.home.display().to_string(),
        max_total_bytes: removal.budget,
        bytes_before: removal.before,
        bytes_after: removal.before.saturating_sub(removal.freed()),
        removed: removal
            .files
            .iter()
            .map(|file| PrunedFileJson {
                path: file.path.to_string_lossy(),
                bytes: file.bytes,
                modified: file.modified.into(),
            })
            .collect(),
        failed: removal
            .failed
            .iter()
            .map(|(path, error)| FailedFileJson {
                path: path.display().to_string(),
                error: error.to_string(),
            })
            .collect(),
    });
    let document = PruneJson {
        v: 1,
        dry_run,
        homes: homes.collect(),
    };
    terminal::write_json(out, &document)
}
