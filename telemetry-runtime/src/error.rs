//! The errors and warnings of the public API: plain data, which both builds share.
//!
//! `{:?}` prints the text for people with its causes, because a program whose `main` returns the error prints it in this form.
//! `{:#?}` prints the structure.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::SessionId;

/// An error in `config.toml`, with its position.
///
/// Prints as `FILE:LINE:COLUMN: `KEY`: found …; allowed: …`. If the file has several errors, this is the
/// first one, and each of the [`others`](Self::others) is printed on its own line.
#[derive(Clone)]
pub struct ConfigError {
    /// `None` if the error is in an environment variable. A `PathBuf`, which is larger on Windows, would make the error large.
    pub(crate) file: Option<Box<Path>>,
    pub(crate) position: Option<(usize, usize)>,
    pub(crate) key: Option<String>,
    pub(crate) message: String,
    pub(crate) others: Vec<ConfigError>,
}

impl ConfigError {
    /// Returns the file; `None` if the error is in an environment variable.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Returns line and column (in characters), both from 1; `None` if the file could not be read.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// Returns the key of the invalid value, such as `telemetry.logs.debug.level`, or the name of the
    /// environment variable.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns the further errors in the file.
    pub fn others(&self) -> &[ConfigError] {
        &self.others
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", shown(file))?;
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

impl Error for ConfigError {}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return text_with_causes(self, f);
        }
        f.debug_struct("ConfigError")
            .field("file", &self.file)
            .field("position", &self.position)
            .field("key", &self.key)
            .field("message", &self.message)
            .field("others", &self.others)
            .finish()
    }
}

/// A path for people. A terminal would obey the control characters of a path, which an environment variable may have.
struct ShownPath<'a>(&'a Path);

fn shown(path: &Path) -> ShownPath<'_> {
    ShownPath(path)
}

impl fmt::Display for ShownPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Writes the text of an error and, on a line each, the texts of its causes.
fn text_with_causes(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, "\n  caused by: {error}")?;
        cause = error.source();
    }
    Ok(())
}

/// A part of `config.toml` that has no effect, such as a misspelt key. Prints like a [`ConfigError`].
pub type ConfigWarning = ConfigError;

/// The error of [`init`](crate::init).
#[derive(Clone)]
#[non_exhaustive]
pub enum InitError {
    /// This process has a [`Telemetry`](crate::Telemetry) already; it must be dropped first.
    AlreadyRunning,
    /// Other users could write to the log directory, or the path is not a directory.
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
        /// The property that makes the directory unsafe, and how to correct it.
        reason: String,
    },
    /// The writer thread could not be started.
    Thread(Arc<std::io::Error>),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRunning => f.write_str(
                "telemetry is running already: keep one `Telemetry` per process, and drop it before the next `init`",
            ),
            Self::UnsafeDirectory { path, reason } => {
                let path = shown(path);
                write!(f, "telemetry will not write to {path}: {reason}")
            }
            Self::Thread(_) => write!(f, "telemetry could not start its writer thread"),
        }
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Thread(source) => Some(source),
            _ => None,
        }
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return text_with_causes(self, f);
        }
        match self {
            Self::AlreadyRunning => f.write_str("AlreadyRunning"),
            Self::UnsafeDirectory { path, reason } => f
                .debug_struct("UnsafeDirectory")
                .field("path", path)
                .field("reason", reason)
                .finish(),
            Self::Thread(source) => f.debug_tuple("Thread").field(source).finish(),
        }
    }
}

/// The number of sessions that [`ResumeError::Ambiguous`] prints.
const CANDIDATES: usize = 10;

/// The error of finding or continuing a session.
#[derive(Clone)]
#[non_exhaustive]
pub enum ResumeError {
    /// Telemetry or the session log is disabled, so no earlier session can be read.
    Off,
    /// The text is not the beginning of a session id.
    NotAnId {
        /// The text, at most 64 characters of it.
        found: String,
    },
    /// Several session ids begin with the digits.
    Ambiguous {
        /// The digits that were searched.
        beginning: String,
        /// The matching sessions, the latest first.
        candidates: Vec<SessionId>,
    },
    /// No session id begins with the digits.
    NoneBegins {
        /// The digits that were searched.
        beginning: String,
        /// The directory that was searched.
        directory: PathBuf,
    },
    /// The logs contain no request of any session, of which [`Session::find`](crate::Session::find) could find the latest.
    NoSession {
        /// The directory that was searched.
        directory: PathBuf,
    },
    /// The logs contain no request of the session.
    Unknown {
        /// The id that was searched.
        id: SessionId,
        /// The directory that was searched.
        directory: PathBuf,
    },
    /// The logs could not be read.
    Io {
        /// The file that could not be read.
        path: PathBuf,
        /// The error of the operating system.
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
                "`{}` is not the beginning of a session id: expected 4 to 32 hexadecimal digits, such as `018f2b1e` for 018f2b1e-7c3a-7def-8123-456789abcdef, or `latest`",
                found.escape_debug()
            ),
            Self::Ambiguous {
                beginning,
                candidates,
            } => {
                write!(
                    f,
                    "{} sessions begin with {beginning}: give more of the id of one of them, the latest first:",
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
            } => {
                let directory = shown(directory);
                write!(f, "no session in {directory} begins with {beginning}")
            }
            Self::NoSession { directory } => {
                write!(f, "no session is in {}", shown(directory))
            }
            Self::Unknown { id, directory } => {
                let directory = shown(directory);
                write!(
                    f,
                    "no request of session {id} is in {directory}; `Session::resume_or_start` continues the id without one"
                )
            }
            Self::Io { path, .. } => write!(f, "cannot read {}", shown(path)),
        }
    }
}

impl Error for ResumeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Debug for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return text_with_causes(self, f);
        }
        match self {
            Self::Off => f.write_str("Off"),
            Self::NotAnId { found } => f.debug_struct("NotAnId").field("found", found).finish(),
            Self::Ambiguous {
                beginning,
                candidates,
            } => f
                .debug_struct("Ambiguous")
                .field("beginning", beginning)
                .field("candidates", candidates)
                .finish(),
            Self::NoneBegins {
                beginning,
                directory,
            } => f
                .debug_struct("NoneBegins")
                .field("beginning", beginning)
                .field("directory", directory)
                .finish(),
            Self::NoSession { directory } => f
                .debug_struct("NoSession")
                .field("directory", directory)
                .finish(),
            Self::Unknown { id, directory } => f
                .debug_struct("Unknown")
                .field("id", id)
                .field("directory", directory)
                .finish(),
            Self::Io { path, source } => f
                .debug_struct("Io")
                .field("path", path)
                .field("source", source)
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests;
