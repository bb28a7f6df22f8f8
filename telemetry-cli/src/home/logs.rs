//! The logs of a configuration, and their files.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_runtime::Config;
use telemetry_store::regular::{self, Found};
use telemetry_store::rollup::ROLLUP_FILE;
use telemetry_store::{FileRole, Naming, RetainedKind, RetainedLog, list};

use crate::error::Error;

/// Which of the pipelines a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// Spans and events, in a file of its own for each launch.
    Debug,
    /// One record per request.
    Session,
    /// Text lines.
    Tui,
    /// A further log that the host declares: events.
    Custom,
}

/// One log of a configuration.
#[derive(Clone, Debug)]
pub struct Log {
    /// `debug`, `session`, `tui`, or what `[telemetry.logs.NAME]` says.
    pub name: String,
    /// Which pipeline that is.
    pub kind: LogKind,
    /// Where its files are, and their names.
    pub naming: Naming,
}

/// One file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// The log's name.
    pub log: String,
    /// Which pipeline that is.
    pub kind: LogKind,
    /// What its name says: the shared file that is appended to, a closed segment of it, or a
    /// launch's own file.
    pub part: FileRole,
    /// Its length when it was found.
    pub bytes: u64,
    /// Its last change.
    pub modified: SystemTime,
}

impl LogFile {
    /// Whether it is a shared file that is appended to.
    pub fn is_live(&self) -> bool {
        self.part == FileRole::Live
    }
}

/// Every log that a configuration has, on or off.
pub(super) fn of(config: &Config) -> Vec<Log> {
    let log = |(name, file): (String, Option<PathBuf>)| Log {
        kind: match name.as_str() {
            "debug" => LogKind::Debug,
            "session" => LogKind::Session,
            "tui" => LogKind::Tui,
            _ => LogKind::Custom,
        },
        naming: file
            .as_deref()
            .and_then(Naming::shared)
            .unwrap_or_else(|| Naming::stamped(config.log_dir())),
        name,
    };
    config.log_files().into_iter().map(log).collect()
}

/// The sums of pruned requests of such a log.
pub(super) fn rollup(session: &Log) -> PathBuf {
    session.naming.directory.join(ROLLUP_FILE)
}

/// The built-in logs as they are without a `file`, where one is configured: what was written there before
/// is under the budget as well.
pub(super) fn usual(config: &Config, logs: &[Log]) -> Vec<Log> {
    let mut usual = of(&Config::at(Path::new("")));
    for log in &mut usual {
        log.naming.directory = config.log_dir();
    }
    usual.retain(|usual| logs.iter().all(|log| log.naming != usual.naming));
    usual
}

/// As the budget sees them.
pub(super) fn retained(logs: &[Log]) -> Vec<RetainedLog> {
    let retained = |log: &Log| RetainedLog {
        naming: log.naming.clone(),
        kind: match log.kind {
            LogKind::Debug | LogKind::Custom => RetainedKind::Json,
            LogKind::Session => RetainedKind::Session,
            LogKind::Tui => RetainedKind::Text,
        },
    };
    logs.iter().map(retained).collect()
}

/// Their files, by log: segments and launches from the oldest on, what is appended to last.
pub(super) fn files(logs: &[Log]) -> Result<Vec<LogFile>, Error> {
    sorted(logs).map_err(|error| {
        // Which of the directories it was is found by asking each.
        let cannot = |log: &&Log| files_of_log(log).is_err();
        let log = logs.iter().find(cannot).or(logs.first());
        let directory = log.map_or(Path::new(""), |log| &log.naming.directory);
        Error::io("read the directory", directory, error)
    })
}

fn sorted(logs: &[Log]) -> io::Result<Vec<LogFile>> {
    let mut files: Vec<(usize, LogFile)> = list(&retained(logs))?
        .into_iter()
        .filter_map(|found| {
            let log = logs.get(found.log)?;
            let file = LogFile {
                part: log.naming.parse(found.path.file_name()?.to_str()?)?,
                path: found.path,
                log: log.name.clone(),
                kind: log.kind,
                bytes: found.bytes,
                modified: found.modified,
            };
            Some((found.log, file))
        })
        .collect();
    files.sort_by(|(log, file), (other_log, other)| {
        log.cmp(other_log)
            .then_with(|| by_age(&file.part, &other.part))
    });
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

/// The files of one log, in the same order.
///
/// # Errors
///
/// Where its directory is there and cannot be read.
pub fn files_of_log(log: &Log) -> io::Result<Vec<LogFile>> {
    sorted(std::slice::from_ref(log))
}

fn by_age(part: &FileRole, other: &FileRole) -> Ordering {
    match (part, other) {
        (FileRole::Segment(one), FileRole::Segment(other)) => one.cmp(other),
        (one, other) => (*one == FileRole::Live).cmp(&(*other == FileRole::Live)),
    }
}

/// A log to read. `None` where it is gone, as a pruned one is, or is a symlink, a pipe or a
/// directory: nothing that the writer made.
///
/// # Errors
///
/// Where it is there and cannot be read.
pub fn open(path: &Path) -> Result<Option<File>, Error> {
    match regular::open(path) {
        Ok(Found::File(file)) => Ok(Some(file)),
        Ok(Found::Nothing | Found::Foreign) => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}
