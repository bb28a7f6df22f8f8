//! The errors of the public API, and warnings. Plain data, the same in both builds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::SessionId;

/// What is wrong in `config.toml`, and where.
///
/// Prints as `FILE:LINE:COLUMN: `KEY`: found …; allowed: …`. Where a file has several mistakes, this
/// is the first, and each of the [`others`](Self::others) is printed on a line of its own.
#[derive(Clone, Debug)]
pub struct ConfigError {
    /// `None` where the environment is at fault.
    pub(crate) file: Option<PathBuf>,
    pub(crate) position: Option<(usize, usize)>,
    pub(crate) key: Option<String>,
    pub(crate) message: String,
    pub(crate) others: Vec<ConfigError>,
}

impl ConfigError {
    /// The file that was read; `None` where an environment variable is at fault.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Line and column (in characters), both from 1; `None` where the file could not be read at
    /// all.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// The key at fault, such as `telemetry.logs.debug.level`, or the environment variable.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// What is wrong further down in the same file.
    pub fn others(&self) -> &[ConfigError] {
        &self.others
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            if let Some((line, column)) = self.position {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "`{key}`: ")?;
        }
        write!(f, "{}", self.message)?;
        for other in &self.others {
            write!(f, "\n{other}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Something in `config.toml` that has no effect, such as a misspelt key. Prints like a
/// [`ConfigError`].
pub type ConfigWarning = ConfigError;

/// Why [`init`](crate::init) did not start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InitError {
    /// A [`Telemetry`](crate::Telemetry) of this process is alive already: drop it first.
    AlreadyRunning,
    /// Others could write into the log directory, or it is no directory.
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
        /// What was found, and the mend.
        reason: String,
    },
    /// No thread could be started for the writer.
    Thread(Arc<std::io::Error>),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRunning => {
                write!(
                    f,
                    "telemetry is running already: keep one `Telemetry` per process, and drop it before the next `init`"
                )
            }
            Self::UnsafeDirectory { path, reason } => {
                write!(
                    f,
                    "telemetry will not write to {}: {reason}",
                    path.display()
                )
            }
            Self::Thread(_) => write!(f, "telemetry could not start its writer thread"),
        }
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Thread(source) => Some(source),
            _ => None,
        }
    }
}

/// How many sessions an ambiguous beginning's error lists.
const CANDIDATES: usize = 10;

/// Why a session could not be found or continued.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ResumeError {
    /// Telemetry, or its session log, is off: nothing is known of earlier sessions.
    Off,
    /// Not the beginning of a session id.
    NotAnId {
        /// What was found instead.
        found: String,
    },
    /// Several sessions have ids that begin so.
    Ambiguous {
        /// The beginning that was asked for.
        beginning: String,
        /// Those sessions, the latest first.
        candidates: Vec<SessionId>,
    },
    /// No session has an id that begins so.
    NoneBegins {
        /// The beginning that was asked for.
        beginning: String,
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// No turn of that session is in the logs.
    Unknown {
        /// The id that was asked for.
        id: SessionId,
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// The logs could not be read.
    Io {
        /// The file that failed.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => write!(
                f,
                "telemetry is off, so no earlier session is known: turn it on with `--telemetry` or `[telemetry] enabled = true`"
            ),
            Self::NotAnId { found } => write!(
                f,
                "`{}` is not the beginning of a session id: expected 4 to 32 hexadecimal digits, as of 018f2b1e-7c3a-7def-8123-456789abcdef",
                found.escape_debug()
            ),
            Self::Ambiguous {
                beginning,
                candidates,
            } => {
                write!(
                    f,
                    "{} sessions begin with {beginning}: give more digits of one of them, the latest first:",
                    candidates.len()
                )?;
                for candidate in candidates.iter().take(CANDIDATES) {
                    write!(f, "\n  {candidate}")?;
                }
                match candidates.len().saturating_sub(CANDIDATES) {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
            Self::NoneBegins {
                beginning,
                directory,
            } => write!(
                f,
                "no session in {} begins with {beginning}",
                directory.display()
            ),
            Self::Unknown { id, directory } => {
                write!(f, "no turn of session {id} is in {}", directory.display())
            }
            Self::Io { path, .. } => write!(f, "cannot read {}", path.display()),
        }
    }
}

impl std::error::Error for ResumeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
