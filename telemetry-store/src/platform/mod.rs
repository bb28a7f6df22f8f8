//! What differs between platforms: private files and directories, who uses a file, what a file is.
//! Both sides have the same functions; `docs/platforms.md` says how they differ.
//!
//! Errors are the system's.
#![allow(clippy::missing_errors_doc)]

#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;
use std::io;

#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("telemetry needs file locks, or share modes: it runs on Unix and on Windows");

/// Whether this process may have so many bytes in one file.
///
/// # Errors
///
/// Where `ulimit -f` forbids it: to try would raise a signal that ends the process.
pub fn check_file_size(bytes: u64) -> io::Result<()> {
    match file_size_limit() {
        Some(limit) if bytes > limit => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("this process may not write files larger than {limit} bytes (ulimit -f)"),
        )),
        _ => Ok(()),
    }
}

/// Refuses a pipe, a device, a directory, and a symlink that was opened as such.
fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is no regular file",
    ))
}
