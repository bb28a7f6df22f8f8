//! Removes old log files until the logs fit their budget, by the rules of the writer.

use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::Timestamp;
use telemetry_store::{self as files, Listing, LogFile, Pruned, is_in_use, mark_headers, plan};

use crate::error::Error;
use crate::home::{Home, LogKind};
use crate::terminal::{self, Cell, Column, Table, Terminal, bytes, counted};

/// The files of a home that were removed, or that a dry run would remove. Its JSON form is the one of
/// `telemetry prune --json`.
#[derive(Debug, Serialize)]
pub struct PruneResult {
    /// The directory of the home.
    pub home: String,
    /// The byte budget of all logs together; 0 means no limit.
    pub max_total_bytes: u64,
    /// The size of everything that counts towards the budget before the removal, in bytes: log files, the rollup and
    /// temporary files, each rounded up to 4 KiB.
    pub bytes_before: u64,
    /// The size of these files after the removal.
    pub bytes_after: u64,
    /// The removed files, the oldest first.
    pub removed: Vec<RemovedFile>,
    /// Files that could not be removed, each with the error.
    pub failed: Vec<FailedRemoval>,
    /// The requests of removed session segments whose totals could not be kept in the rollup.
    pub lost_requests: u64,
    /// Whether a dry run found segments of session logs. The room that their sums will take is known only after they were read.
    #[serde(skip)]
    has_unknown_sums: bool,
}

/// A file that was removed.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the keys of `telemetry prune --json`")]
pub struct RemovedFile {
    pub path: String,
    pub bytes: u64,
    pub modified: Timestamp,
}

/// A file that could not be removed.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the keys of `telemetry prune --json`")]
pub struct FailedRemoval {
    pub path: String,
    pub error: String,
}

impl PruneResult {
    fn new(home: &Home, before: u64, after: u64, pruned: Pruned) -> Self {
        let removed = pruned.removed.into_iter().map(|file| RemovedFile {
            path: file.path.display().to_string(),
            bytes: file.bytes,
            modified: file.modified.into(),
        });
        let failed = pruned
            .failed
            .into_iter()
            .map(|(path, error)| FailedRemoval {
                path: path.display().to_string(),
                error: error.to_string(),
            });
        Self {
            home: home.path.display().to_string(),
            max_total_bytes: home.config.max_total_bytes(),
            bytes_before: before,
            bytes_after: after,
            removed: removed.collect(),
            failed: failed.collect(),
            lost_requests: pruned.lost_requests,
            has_unknown_sums: false,
        }
    }
}

/// Computes the files that [`remove`] would remove now, without removing any.
///
/// # Errors
///
/// Fails if an existing directory cannot be read.
pub fn preview(home: &Home) -> Result<PruneResult, Error> {
    let budget = home.config.max_total_bytes();
    let mut listing = listed(home)?;
    let before = listing.counted();
    let budget = listing.budget_of_files(budget);
    mark_headers(&mut listing.files, &home.retained());
    let mut found = listing.files;
    // Like the writer, this tests only the files of the plan for being in use, and plans again without
    // those that are.
    let removed: Vec<LogFile> = loop {
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
    let freed: u64 = removed.iter().map(LogFile::counted).sum();
    let retained = home.retained();
    let is_session = |file: &LogFile| retained[file.log].kind == LogKind::Session;
    let has_unknown_sums = removed.iter().any(is_session);
    let planned = Pruned {
        removed,
        ..Pruned::default()
    };
    Ok(PruneResult {
        has_unknown_sums,
        ..PruneResult::new(home, before, before - freed, planned)
    })
}

/// Removes the oldest files that no running process uses until the logs fit their budget. The sums of
/// removed session records are kept in the rollup.
///
/// # Errors
///
/// Fails if an existing directory cannot be read.
pub fn remove(home: &Home) -> Result<PruneResult, Error> {
    let before = listed(home)?.counted();
    let pruned = files::prune(&home.retained(), home.config.max_total_bytes())
        .map_err(|error| unreadable(home, error))?;
    let after = listed(home)?.counted();
    Ok(PruneResult::new(home, before, after, pruned))
}

fn listed(home: &Home) -> Result<Listing, Error> {
    files::listing(&home.retained()).map_err(|error| unreadable(home, error))
}

fn unreadable(home: &Home, error: io::Error) -> Error {
    Error::log_directory("read the logs in", &home.config.log_dir(), error)
}

/// Writes a table for each home.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(removals: &[PruneResult], dry_run: bool, out: &mut Terminal) -> io::Result<()> {
    for removal in removals {
        if !removal.removed.is_empty() {
            let mut table = Table::new([
                Column::key(if dry_run { "Would remove" } else { "Removed" }),
                Column::number("Size"),
                Column::fixed("Last change").rank(1),
            ]);
            for file in &removal.removed {
                table.plain([
                    Cell::from(&file.path),
                    bytes(file.bytes).into(),
                    file.modified.to_string()[..19].into(),
                ]);
            }
            table.write(out)?;
        }
        let budget = match removal.max_total_bytes {
            0 => "no budget (max_total_bytes = 0): files are never pruned".to_owned(),
            budget => format!("of {}", bytes(budget)),
        };
        let freed = bytes(removal.removed.iter().map(|file| file.bytes).sum());
        let gone = match (removal.removed.len(), dry_run) {
            (0, _) => "nothing to remove".to_owned(),
            (count, true) => format!(
                "would remove {}, {freed} in all",
                counted(count as u64, "file", "files")
            ),
            (count, false) => format!(
                "removed {}, {freed} in all",
                counted(count as u64, "file", "files")
            ),
        };
        let home = terminal::visible(&removal.home);
        let after = bytes(removal.bytes_after);
        out.write_sentence("", &format!("{home}: {gone}; {after} {budget}"))?;
        if removal.has_unknown_sums {
            let sentence = "The sums of the removed requests stay in the rollup. For their room, a further file may be removed.";
            out.write_sentence("", sentence)?;
        }
        if removal.lost_requests > 0 {
            let lost = counted(removal.lost_requests, "request", "requests");
            let sentence = format!("{home}: the totals of {lost} could not be kept in the rollup");
            out.write_sentence("", &sentence)?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct PruneJson<'a> {
    v: u32,
    dry_run: bool,
    homes: &'a [PruneResult],
}

/// Writes the removals as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(removals: &[PruneResult], dry_run: bool, out: &mut impl Write) -> io::Result<()> {
    let document = PruneJson {
        v: 1,
        dry_run,
        homes: removals,
    };
    terminal::write_json(out, &document)
}
