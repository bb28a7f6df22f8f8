//! Reading the session log's files, and nothing else that stands in their place.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use telemetry_schema::record::{Record, Records};

use crate::platform;

/// What is at a path.
pub enum Found {
    /// A regular file, open.
    File(File),
    /// No such name.
    Nothing,
    /// A symlink, a pipe, a directory: nothing that this crate made.
    Foreign,
}

/// Opens a file to read, without following a symlink and without waiting for a pipe's other end.
///
/// # Errors
///
/// Where there is a regular file that cannot be opened.
pub fn open(path: &Path) -> io::Result<Found> {
    match platform::open_read(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(Found::File(file)),
        Ok(_) => Ok(Found::Foreign),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => match path.symlink_metadata() {
            Ok(metadata) if !metadata.is_file() => Ok(Found::Foreign),
            _ => Err(error),
        },
    }
}

/// Calls `take` for every record of a file, and returns how many lines were none. A file that is
/// not there has none; what is no regular file counts as one such line.
///
/// # Errors
///
/// Where there is a regular file that cannot be read.
pub fn each(
    path: &Path,
    records: impl FnOnce(File) -> Records<File>,
    take: impl FnMut(Record<'_>),
) -> io::Result<u64> {
    let mut records = match open(path)? {
        Found::File(file) => records(file),
        Found::Nothing => return Ok(0),
        Found::Foreign => return Ok(1),
    };
    records.each(take)?;
    Ok(records.skipped().total())
}
