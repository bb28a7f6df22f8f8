//! The error type of the reader, and the exit codes of its process.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The exit status of a command that completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Exit code 0.
    Done,
    /// Exit code 1: the command found something to report, such as an exceeded budget or a finding of
    /// `doctor`.
    Findings,
}

/// An error that kept a command from completing; the process exits with code 2. The message is a
/// sentence with a suggestion.
#[derive(Debug)]
pub struct Error {
    message: String,
    source: Option<io::Error>,
}

impl Error {
    /// Returns an error about the arguments or the configuration. `message` names the problem, the
    /// accepted values and the fix.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Returns an error about a failed system call: `doing` is the verb, such as `read`, and `path` its
    /// object.
    pub fn io(doing: &str, path: &Path, source: io::Error) -> Self {
        Self {
            message: format!("cannot {doing} {}", path.display()),
            source: Some(source),
        }
    }

    /// Returns an error about a failed system call on a directory of logs or on a file in it; see [`io`](Self::io). A file in the
    /// place of the directory has a message of its own.
    pub fn log_directory(doing: &str, path: &Path, source: io::Error) -> Self {
        let mut places = path.ancestors();
        let file = places.find(|place| place.exists() && !place.is_dir());
        match file {
            Some(file) if source.kind() == io::ErrorKind::NotADirectory => Self::new(format!(
                "{} is not a directory, but the configuration has it as the directory of logs; set `[telemetry] dir` to a \
                 directory; `telemetry doctor` shows where a path is set",
                file.display()
            )),
            _ => Self::io(doing, path, source),
        }
    }

    /// Adds the path of the output to an error of writing it.
    pub(crate) fn of_output(self, path: &Path) -> Self {
        match self.source {
            Some(source) if self.message.is_empty() => Self::io("write", path, source),
            source => Self {
                message: self.message,
                source,
            },
        }
    }

    /// Returns whether the reader of the output has closed the pipe, as `head` does. That is not reported
    /// as a failure.
    pub fn is_broken_pipe(&self) -> bool {
        let kind = self.source.as_ref().map(io::Error::kind);
        kind == Some(io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) if self.message.is_empty() => write!(f, "{source}"),
            Some(source) => write!(f, "{}: {source}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// Converts an error of writing the output, whose message needs no path.
impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self {
            message: String::new(),
            source: Some(source),
        }
    }
}

/// Returns the exit code for the result of a command, after reporting an error on stderr.
pub(crate) fn exit_code(result: Result<ExitStatus, Error>) -> ExitCode {
    match result {
        Ok(ExitStatus::Done) => ExitCode::SUCCESS,
        Ok(ExitStatus::Findings) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            crate::terminal::complain(&error);
            ExitCode::from(2)
        }
    }
}
