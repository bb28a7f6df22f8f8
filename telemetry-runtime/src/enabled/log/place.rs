//! The directory of a log: opening it with checks, at the start and whenever it was removed or replaced.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use telemetry_store::lock::create_lock;
use telemetry_store::platform::Exposed;
use telemetry_store::{Directory, real_path};

use crate::enabled::sys;

/// The directory of a log.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// An absolute path without symlinks. A symlink that is put there later is not followed.
    pub(crate) path: PathBuf,
    /// Whether the directory is the log directory of the configuration, which belongs to telemetry alone. Any other
    /// directory may hold files of others.
    pub(crate) is_log_directory: bool,
}

/// An open directory of logs.
#[derive(Debug)]
pub(crate) struct OpenPlace {
    pub(crate) directory: Directory,
    /// A property of a directory that makes the logs less private, with a way to change it.
    pub(crate) warnings: Vec<String>,
}

/// Why a directory is not used.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Other users could create or replace logs. The text states the reason and how to correct the directory.
    Unsafe(String),
    NotADirectory,
    Io(io::Error),
}

impl Place {
    /// Creates the place of a directory to which a path of the configuration leads now.
    pub(crate) fn of(path: &Path, is_log_directory: bool) -> Self {
        let real = real_path(path).or_else(|_| std::path::absolute(path));
        Self {
            path: real.unwrap_or_else(|_| path.to_path_buf()),
            is_log_directory,
        }
    }

    /// Opens the directory. Creates it and its parents where they are missing, and changes nothing where they exist.
    pub(crate) fn open(&self) -> Result<OpenPlace, Refusal> {
        let created = Directory::create(&self.path).map_err(|error| self.refusal(error))?;
        let mut warnings: Vec<_> = created.exposed.iter().map(warning).collect();
        if !created.is_new {
            let metadata = created.directory.metadata().map_err(Refusal::Io)?;
            warnings.extend(self.examine(&metadata)?);
        }
        create_lock(&created.directory);
        Ok(OpenPlace {
            directory: created.directory,
            warnings,
        })
    }

    /// Examines a directory that existed before. Returns a warning.
    fn examine(&self, metadata: &Metadata) -> Result<Option<String>, Refusal> {
        let Self {
            path,
            is_log_directory,
        } = self;
        if !is_log_directory {
            return match sys::exposed(path, metadata) {
                Some(exposed) if exposed.is_unsafe => Err(refuse(&exposed)),
                exposed => Ok(exposed.as_ref().map(warning)),
            };
        }
        if let Some(found) = sys::writable_by_others(metadata) {
            return Err(Refusal::Unsafe(format!(
                "{found}, and could plant or replace logs; make it its owner's alone with `chmod 700 {}`, or set `[telemetry] dir` to another directory",
                shell_word(path)
            )));
        }
        Ok(sys::mode_with_access_of_others(metadata).map(|mode| {
            format!(
                "other users can see the names of the logs, because telemetry did not create {} and leaves its mode {mode:04o} as it is; `chmod 700 {}` makes it private",
                path.display(),
                shell_word(path)
            )
        }))
    }

    fn refusal(&self, error: io::Error) -> Refusal {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        if let Some(exposed) = cause {
            return refuse(exposed);
        }
        let found = self.path.symlink_metadata();
        if found.is_ok_and(|found| !found.is_dir() && !found.is_symlink()) {
            return Refusal::NotADirectory;
        }
        Refusal::Io(error)
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unsafe(reason) => Self::new(io::ErrorKind::PermissionDenied, reason),
            Refusal::NotADirectory => io::ErrorKind::NotADirectory.into(),
            Refusal::Io(error) => error,
        }
    }
}

fn refuse(exposed: &Exposed) -> Refusal {
    Refusal::Unsafe(format!(
        "{exposed}, and could replace the logs below it; remove that permission with `chmod o-w {}`, or choose another directory",
        shell_word(&exposed.path)
    ))
}

fn warning(exposed: &Exposed) -> String {
    format!(
        "{exposed}, and could replace the logs below it; `chmod g-w {}` removes that permission",
        shell_word(&exposed.path)
    )
}

/// Quotes a path for a shell.
fn shell_word(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |found: char| found.is_ascii_alphanumeric() || "/._-+,:@%".contains(found);
    if path.chars().all(plain) {
        path.into_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
