//! Bringing the logs back into their budget by hand, by the writer's own rules.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use telemetry_schema::record::Timestamp;
use telemetry_store::{self as files, LogFile, is_in_use, plan};

use crate::error::Error;
use crate::home::Home;
use crate::terminal::{Cell, Column, Emphasis, EscapedJson, Table, Terminal, bytes};

/// What was removed of a home's logs, or would be.
#[derive(Debug)]
pub struct Removal {
    /// The home.
    pub home: PathBuf,
    /// What the logs may take together.
    pub budget: u64,
    /// What they took before.
    pub before: u64,
    /// The files that go, the oldest first.
    pub files: Vec<LogFile>,
    /// Files that were to go and could not be removed, and why.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl Removal {
    /// What the files that go take.
    pub fn freed(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// What [`remove`] would remove now: nothing is touched.
///
/// # Errors
///
/// Where a directory is there and cannot be read.
pub fn preview(home: &Home) -> Result<Removal, Error> {
    let budget = home.config().max_total_bytes();
    let mut found = listed(home)?;
    let before = total(&found);
    // As the writer does: who is in use is asked of those alone that are to go.
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
    Ok(Removal {
        home: home.path().to_owned(),
        budget,
        before,
        files,
        failed: Vec::new(),
    })
}

/// Removes the oldest files that no living process uses until the logs fit their budget. The sums of
/// session records are kept.
///
/// # Errors
///
/// Where a directory is there and cannot be read.
pub fn remove(home: &Home) -> Result<Removal, Error> {
    let budget = home.config().max_total_bytes();
    let before = total(&listed(home)?);
    let pruned = files::prune(&home.retained(), budget)
        .map_err(|error| Error::io("read the logs in", &home.config().log_dir(), error))?;
    Ok(Removal {
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

/// As a table for each home.
///
/// # Errors
///
/// What stdout says.
pub fn write(removals: &[Removal], dry_run: bool, out: &mut Terminal) -> io::Result<()> {
    for removal in removals {
        if !removal.files.is_empty() {
            let mut table = Table::new([
                Column::text(if dry_run { "Would go" } else { "Removed" }).least(24),
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
            0 => "no budget (max_total_bytes = 0): nothing is ever pruned".to_owned(),
            budget => format!("of {}", bytes(budget)),
        };
        let after = removal.before.saturating_sub(removal.freed());
        let gone = match (removal.files.len(), dry_run) {
            (0, _) => "nothing to remove".to_owned(),
            (count, true) => format!("{count} would go, {} in all", bytes(removal.freed())),
            (count, false) => format!("{count} removed, {} in all", bytes(removal.freed())),
        };
        let home = removal.home.display().to_string();
        let home = crate::terminal::visible(&home);
        writeln!(out, "{home}: {gone}; {} {budget}", bytes(after))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    dry_run: bool,
    homes: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    home: String,
    max_total_bytes: u64,
    bytes_before: u64,
    bytes_after: u64,
    removed: Vec<File<'a>>,
    failed: Vec<Failed>,
}

#[derive(Serialize)]
struct File<'a> {
    path: std::borrow::Cow<'a, str>,
    bytes: u64,
    modified: Timestamp,
}

#[derive(Serialize)]
struct Failed {
    path: String,
    error: String,
}

/// As JSON.
///
/// # Errors
///
/// What `out` says.
pub fn write_json(removals: &[Removal], dry_run: bool, out: &mut impl Write) -> io::Result<()> {
    let homes = removals.iter().map(|removal| Line {
        home: removal.home.display().to_string(),
        max_total_bytes: removal.budget,
        bytes_before: removal.before,
        bytes_after: removal.before.saturating_sub(removal.freed()),
        removed: removal
            .files
            .iter()
            .map(|file| File {
                path: file.path.to_string_lossy(),
                bytes: file.bytes,
                modified: file.modified.into(),
            })
            .collect(),
        failed: removal
            .failed
            .iter()
            .map(|(path, error)| Failed {
                path: path.display().to_string(),
                error: error.to_string(),
            })
            .collect(),
    });
    let document = Document {
        v: 1,
        dry_run,
        homes: homes.collect(),
    };
    serde_json::to_writer_pretty(EscapedJson::new(&mut *out), &document)?;
    writeln!(out)
}
