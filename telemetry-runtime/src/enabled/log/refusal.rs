//! The texts about a write that the disk refused: for `health()`, and as the cause of `lost` records.

use std::io;
use std::path::Path;

use crate::enabled::stats;

/// Describes a failed write for `health()`.
pub(super) fn failure(path: &Path, error: &io::Error) -> String {
    let advice = match (error.kind(), path.parent()) {
        (io::ErrorKind::NotFound, Some(directory)) => format!(
            "; the directory {} is gone: create it again, or correct `dir` below [telemetry]",
            directory.display()
        ),
        _ => String::new(),
    };
    format!("cannot write to {}: {error}{advice}", path.display())
}

/// Returns the cause for a `lost` record: a stable text for frequent errors, else the system's text.
pub(super) fn cause(error: &io::Error) -> String {
    let is_refusal = error.raw_os_error().is_none();
    match error.kind() {
        io::ErrorKind::PermissionDenied if is_refusal => "unsafe directory".to_owned(),
        io::ErrorKind::AlreadyExists if is_refusal => "not a log of telemetry".to_owned(),
        io::ErrorKind::StorageFull => "disk full".to_owned(),
        io::ErrorKind::QuotaExceeded => "quota exceeded".to_owned(),
        io::ErrorKind::FileTooLarge => "file too large".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "read-only file system".to_owned(),
        io::ErrorKind::NotFound => stats::DIRECTORY_GONE.to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => error.to_string(),
    }
}
