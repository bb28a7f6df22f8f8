//! Reading regular files only. A symlink, a pipe or a directory with the name of a log file is not read.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use telemetry_schema::record::{Record, Records};

use crate::compressed::open_compressed;
use crate::platform;
use crate::sparse::SparseReader;

/// The result of opening a path.
#[derive(Debug)]
pub enum Opened {
    /// An open regular file.
    File(File),
    /// The path does not exist.
    Missing,
    /// A symlink, a pipe or a directory, which this crate did not create.
    Foreign,
}

/// Opens a file for reading, without following a symlink and without blocking on a pipe. Of a segment that exists in its compressed
/// form alone, the file has the text of the segment.
///
/// # Errors
///
/// Fails if the path is a regular file that cannot be opened.
pub fn open(path: &Path) -> io::Result<Opened> {
    match platform::open_read(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(Opened::File(file)),
        Ok(_) => Ok(Opened::Foreign),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(match open_compressed(path)? {
            Some(file) => Opened::File(file),
            None => Opened::Missing,
        }),
        Err(error) => match path.symlink_metadata() {
            Ok(metadata) if !metadata.is_file() => Ok(Opened::Foreign),
            _ => Err(error),
        },
    }
}

/// Calls `take` for each record of a file, without reading the holes of a sparse one, and returns the number of skipped
/// lines. A missing file has no lines; anything but a regular file counts as one skipped line.
///
/// # Errors
///
/// Fails if the path is a regular file that cannot be read.
pub fn each_record(
    path: &Path,
    records: impl FnOnce(SparseReader) -> Records<SparseReader>,
    take: impl FnMut(Record<'_>),
) -> io::Result<u64> {
    let mut records = match open(path)? {
        Opened::File(file) => records(SparseReader::new(file, 0)),
        Opened::Missing => return Ok(0),
        Opened::Foreign => return Ok(1),
    };
    records.each(take)?;
    Ok(records.skipped().total())
}
