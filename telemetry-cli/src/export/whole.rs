//! A file that is there once it is whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::Builder;

use crate::error::Error;
use crate::interrupt;

/// Calls `write` with a new file beside `path`, and gives it that name after. Whatever is there before
/// stays until then, and where anything fails. Only this user can read it, as with the logs themselves.
///
/// # Errors
///
/// Where it cannot be written, and what `write` says.
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
