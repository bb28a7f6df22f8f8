//! Functions that differ between platforms: private files and directories, locks of files, the identity of a file. Unix and
//! Windows have functions of the same names; `docs/platforms.md` describes how they differ.
#![expect(
    clippy::missing_errors_doc,
    reason = "all errors are those of the operating system"
)]

#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod walk;
#[cfg(windows)]
mod windows;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[cfg(unix)]
pub use unix::*;
#[cfg(unix)]
pub use walk::walk;
#[cfg(windows)]
pub use windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("telemetry needs file locks, or share modes: it runs on Unix and on Windows");

/// The properties of a file, by its name in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// The identity of the file.
    pub identity: Identity,
    /// The length of the file.
    pub bytes: u64,
    /// The last modification of the file.
    pub modified: SystemTime,
    /// Whether the file is a regular file, and not a symlink, a pipe or a directory.
    pub is_file: bool,
    /// Whether the file has a further hard link, under another name.
    pub has_other_links: bool,
}

/// The properties of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenStatus {
    /// The identity of the file.
    pub identity: Identity,
    /// The length of the file.
    pub bytes: u64,
    /// Whether the file has a further hard link, under another name.
    pub has_other_links: bool,
    /// The flags with which the file was opened; 0 on Windows.
    pub flags: u32,
}

/// The result of [`walk`].
#[derive(Debug)]
pub struct Walked {
    /// The directory.
    pub handle: DirectoryHandle,
    /// Whether the walk created the directory.
    pub is_new: bool,
    /// The parent directories that other users can write to.
    pub exposed: Vec<Exposed>,
}

/// A directory that other users can write to, so that they can replace its entries. Used as an error, it is the reason why a
/// directory below it is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The directory.
    pub path: PathBuf,
    /// Whether anybody can write to the directory, and not only its group.
    pub is_unsafe: bool,
    mode: u32,
}

impl Exposed {
    /// Examines the mode of a directory, in the type of the system. In a directory with the sticky bit, users can replace
    /// only entries of their own.
    pub fn of(path: &Path, mode: impl Into<u32>) -> Option<Self> {
        let mode = mode.into();
        let is_writable = mode & 0o022 != 0 && mode & 0o1000 == 0;
        is_writable.then(|| Self {
            path: path.to_path_buf(),
            is_unsafe: mode & 0o002 != 0,
            mode: mode & 0o7777,
        })
    }
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.is_unsafe {
            "anybody"
        } else {
            "its group"
        };
        let Self { path, mode, .. } = self;
        let path = path.display();
        write!(f, "{who} can write to {path} (mode {mode:04o})")
    }
}

impl std::error::Error for Exposed {}

/// Checks that this process may write a file of this length.
///
/// # Errors
///
/// Fails if the limit of `ulimit -f` is lower: writing would raise a signal that ends the process.
pub fn check_file_size(bytes: u64) -> io::Result<()> {
    match file_size_limit() {
        Some(limit) if bytes > limit => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("this process may not write files larger than {limit} bytes (ulimit -f)"),
        )),
        _ => Ok(()),
    }
}

/// Rejects pipes, devices, directories, and symlinks that were opened themselves.
fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file",
    ))
}
