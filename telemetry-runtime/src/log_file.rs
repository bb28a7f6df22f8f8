//! The files of a configuration's logs. Plain data, the same in both builds.

use std::path::PathBuf;
use std::time::SystemTime;

/// Which of the pipelines a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// Spans and events, in a file of its own for each launch.
    Debug,
    /// One record per turn.
    Session,
    /// Text lines.
    Tui,
    /// A further log that the host declares.
    Custom,
}

/// One file of a log, as [`Config::log_files`](crate::Config::log_files) found it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// The log's name: `debug`, `session`, `tui`, or what `[telemetry.logs.NAME]` says.
    pub log: String,
    /// Which pipeline that is.
    pub kind: LogKind,
    /// Whether it is the shared file that is appended to; else it is a closed segment of one, or a
    /// launch's own file.
    pub is_live: bool,
    /// Its length when it was found.
    pub bytes: u64,
    /// Its last change.
    pub modified: SystemTime,
}
