//! The configured logs and their files.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_runtime::Config;
pub use telemetry_schema::LogKind;
use telemetry_store::regular::{self, Opened};
use telemetry_store::rollup::ROLLUP_FILE;
use telemetry_store::{FileRole, Naming, RetainedLog, list};

use crate::error::Error;

/// A configured log.
#[derive(Clone, Debug)]
pub struct Log {
    /// The name: `debug`, `session`, `tui`, or NAME of `[telemetry.logs.NAME]`.
    pub name: String,
    /// The kind of the log.
    pub kind: LogKind,
    /// The directory and the naming scheme of the files.
    pub naming: Naming,
}

/// A file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The name of the log.
    pub log: String,
    /// The kind of the log.
    pub kind: LogKind,
    /// The role that the file name encodes: the live shared file, a closed segment of it, or the file of a
    /// launch.
    pub part: FileRole,
    /// The size when the directory was listed.
    pub bytes: u64,
    /// The time of the last change.
    pub modified: SystemTime,
}

impl LogFile {
    /// Returns whether the file is the live file of a shared log.
    pub fn is_live(&self) -> bool {
        self.part == FileRole::Live
    }
}

/// Returns every log of a configuration, including disabled ones.
pub(super) fn of(config: &Config) -> Vec<Log> {
    let log = |(name, file): (String, Option<PathBuf>)| Log {
        kind: LogKind::of_log(&name),
        naming: file
            .as_deref()
            .and_then(Naming::shared)
            .unwrap_or_else(|| Naming::stamped(config.log_dir())),
        name,
    };
    config.log_files().into_iter().map(log).collect()
}

/// Returns the path of the rollup that belongs to a session log.
pub(super) fn rollup(session: &Log) -> PathBuf {
    session.naming.directory.join(ROLLUP_FILE)
}

/// Returns the built-in logs under their default names, where `file` configures other names. Files that
/// were written under the default names before count towards the budget.
pub(super) fn default_logs(config: &Config, logs: &[Log]) -> Vec<Log> {
    let mut default_logs = of(&Config::at(Path::new("")));
    for log in &mut default_logs {
        log.naming.directory = config.log_dir();
    }
    default_logs.retain(|default_logs| logs.iter().all(|log| log.naming != default_logs.naming));
    default_logs
}

/// Returns the logs in the form that the pruning code takes.
pub(super) fn retained<'a>(logs: impl IntoIterator<Item = &'a Log>) -> Vec<RetainedLog> {
    let retained = |log: &Log| RetainedLog {
        naming: log.naming.clone(),
        kind: log.kind,
    };
    logs.into_iter().map(retained).collect()
}

/// Returns the files of the logs in the order of `logs`: segments and launches by age, then the live file.
pub(super) fn files(logs: &[Log]) -> Result<Vec<LogFile>, Error> {
    sorted(logs).map_err(|error| {
        // The error does not name the directory; reading each one finds it.
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

/// Returns the files of one log: segments and launches by age, then the live file.
///
/// # Errors
///
/// Fails if the directory exists and cannot be read.
pub fn files_of_log(log: &Log) -> io::Result<Vec<LogFile>> {
    sorted(std::slice::from_ref(log))
}

fn by_age(part: &FileRole, other: &FileRole) -> Ordering {
    match (part, other) {
        (FileRole::Segment(one), FileRole::Segment(other)) => one.cmp(other),
        (one, other) => (*one == FileRole::Live).cmp(&(*other == FileRole::Live)),
    }
}

/// Opens a log file. Returns `None` if the file was removed, for example by pruning, or is a symlink, a
/// pipe or a directory, which the writer never creates.
///
/// # Errors
///
/// Fails if the file exists and cannot be read.
pub fn open(path: &Path) -> Result<Option<File>, Error> {
    match regular::open(path) {
        Ok(Opened::File(file)) => Ok(Some(file)),
        Ok(Opened::Missing | Opened::Foreign) => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}
