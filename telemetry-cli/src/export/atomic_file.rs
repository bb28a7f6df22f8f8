//! Atomic file write: a temporary file, then a rename.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::Builder;

use crate::error::Error;
use crate::interrupt;

/// Calls `write` with a temporary file in the directory of `path` and renames it to `path` afterwards. An
/// existing file stays unchanged until then, and if there is an error. Like the logs, the file is readable
/// only by its owner.
///
/// # Errors
///
/// Fails if the file cannot be written, and returns the errors of `write`.
pub fn write<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> Result<T, Error>,
) -> Result<T, Error> {
    let failed = |error: io::Error| Error::io("write", path, error);
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let mut file = Builder::new()
        .prefix(".telemetry-export-")
        .tempfile_in(directory)
        .map_err(failed)?;
    interrupt::remove(file.path())?;
    let mut out = BufWriter::new(file.as_file_mut());
    let written = write(&mut out)?;
    out.flush().map_err(failed)?;
    drop(out);
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(written)
}
