//! The configured logs and their files.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use telemetry_runtime::Config;
pub use telemetry_schema::LogKind;
use telemetry_schema::sort::sort_by;
use telemetry_schema::{SCREEN_LOG, SCREEN_LOG_FILE};
use telemetry_store::regular::{self, Opened};
use telemetry_store::rollup::ROLLUP_FILE;
use telemetry_store::{FileRole, Naming, RetainedLog, compressed, list, platform};

use crate::error::Error;
use crate::terminal;

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
    /// The length of the text when the directory was listed.
    pub bytes: u64,
    /// The bytes on the disk of a compressed segment, whose `path` is that of the segment itself.
    pub compressed: Option<u64>,
    /// The time of the last change.
    pub modified: SystemTime,
}

impl LogFile {
    /// Returns whether the file is the live file of a shared log.
    pub fn is_live(&self) -> bool {
        self.part == FileRole::Live
    }

    /// Returns the time stamp and the process id of the launch that wrote the file; `None` for a file of a shared log.
    pub fn launch(&self) -> Option<(&str, u32)> {
        let FileRole::Segment(segment) = &self.part else {
            return None;
        };
        let name = self.path.file_name()?.to_str()?;
        name.starts_with(&segment.stamp)
            .then_some((segment.stamp.as_str(), segment.pid))
    }

    /// Returns the bytes that the file takes on the disk.
    pub fn stored_bytes(&self) -> u64 {
        self.compressed.unwrap_or(self.bytes)
    }

    /// Returns the path of the file on the disk.
    pub fn stored_path(&self) -> PathBuf {
        match self.compressed {
            Some(_) => compressed::compressed_path(&self.path),
            None => self.path.clone(),
        }
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

/// Adds the log of recordings where the configuration does not have it any more and its files are there: they can be played, and
/// must be found when the records of a session are removed.
pub(super) fn add_recordings(config: &Config, logs: &mut Vec<Log>) {
    if logs.iter().all(|log| log.name != SCREEN_LOG)
        && let Some(log) = default_recordings(config)
        && files_of_log(&log).is_ok_and(|files| !files.is_empty())
    {
        logs.push(log);
    }
}

/// Returns the log of recordings with its default file.
fn default_recordings(config: &Config) -> Option<Log> {
    Some(Log {
        name: SCREEN_LOG.to_owned(),
        kind: LogKind::of_log(SCREEN_LOG),
        naming: Naming::shared(&config.log_dir().join(SCREEN_LOG_FILE))?,
    })
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
    default_logs.extend(default_recordings(config));
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
        Error::log_directory("read the directory", directory, error)
    })
}

fn sorted(logs: &[Log]) -> io::Result<Vec<LogFile>> {
    let mut files: Vec<(usize, LogFile)> = list(&retained(logs))?
        .into_iter()
        .filter_map(|found| {
            let log = logs.get(found.log)?;
            let name = found.path.file_name()?.to_str()?;
            let compressed = compressed::plain_name(name);
            let compressed = compressed.filter(|_| log.naming.is_compressed(name));
            let file = LogFile {
                part: log.naming.parse(compressed.unwrap_or(name))?,
                bytes: match compressed {
                    Some(_) => length_of_text(&found.path)?,
                    None => found.bytes,
                },
                compressed: compressed.map(|_| found.bytes),
                path: match compressed {
                    Some(segment) => found.path.with_file_name(segment),
                    None => found.path,
                },
                log: log.name.clone(),
                kind: log.kind,
                modified: found.modified,
            };
            Some((found.log, file))
        })
        .collect();
    sort_by(&mut files, |(log, file), (other_log, other)| {
        log.cmp(other_log)
            .then_with(|| by_age(&file.part, &other.part))
            .then_with(|| file.compressed.cmp(&other.compressed))
    });
    // A process that was killed has left the segment beside its compressed file.
    files.dedup_by(|(_, next), (_, file)| next.path == file.path);
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

/// Returns the length of the text of a compressed segment; `None` if the file is not one of ours, or was removed.
fn length_of_text(path: &Path) -> Option<u64> {
    let file = platform::open_read(path).ok()?;
    compressed::segment_length(&file).ok()?
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
/// pipe or a directory, which the writer never creates. A build without the feature `zstd` reports a compressed segment once, and
/// returns `None` as well.
///
/// # Errors
///
/// Fails if the file exists and cannot be read.
pub fn open(path: &Path) -> Result<Option<File>, Error> {
    match regular::open(path) {
        Ok(Opened::File(file)) => Ok(Some(file)),
        Ok(Opened::Missing | Opened::Foreign) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            report_once(path, &error);
            Ok(None)
        }
        Err(error) => Err(Error::log_directory("read", path, error)),
    }
}

/// Reports a skipped file once, although a command may open the file several times.
fn report_once(path: &Path, error: &io::Error) {
    static REPORTED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    if reported.insert(path.to_path_buf()) {
        terminal::complain(format!("skipped: {error}"));
    }
}
