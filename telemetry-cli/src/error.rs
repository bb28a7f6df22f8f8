//! What went wrong, in words that say what to do about it; and what the process's exit code says.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: over budget, findings, differences. The answer, not a failure.
    Findings,
}

/// Exit code 2: the command could not do its work. Prints as one sentence with its mend.
#[derive(Debug)]
pub struct Error {
    message: String,
    source: Option<io::Error>,
}

impl Error {
    /// A mistake in what was asked. `message` says what was found, what is allowed, and the mend.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// What the system refused.
    pub fn io(doing: &str, path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotADirectory
            && let Some(file) = path
                .ancestors()
                .find(|path| path.exists() && !path.is_dir())
        {
            return Self::new(format!(
                "{} is no directory, and that is where the logs belong; move it away, or set `[telemetry] dir` to \
                 another place",
                file.display()
            ));
        }
        Self {
            message: format!("cannot {doing} {}", path.display()),
            source: Some(source),
        }
    }

    /// Whether whoever read the output has gone, as `head` does: no failure, and nobody is told.
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

/// A failure to write the output, or of a reader that names its file.
impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self {
            message: String::new(),
            source: Some(source),
        }
    }
}

/// The exit code of a command, after its complaint on stderr.
pub(crate) fn exit_code(result: Result<Outcome, Error>) -> ExitCode {
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            crate::terminal::complain(&error);
            ExitCode::from(2)
        }
    }
}
