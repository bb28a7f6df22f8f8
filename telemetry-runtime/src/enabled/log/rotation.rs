//! Closing a full segment and opening the next one.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use telemetry_schema::LogKind;
use telemetry_store::Directory;
use telemetry_store::lock::lock_in;
use telemetry_store::name::{FileRole, Naming, Segment};

use super::open::OpenFile;
use super::place::Place;
use super::retention::Retention;
use crate::enabled::sys;

/// The number of attempts to take the lock of the directory for a rotation. More would make other threads wait for the log: a pause of
/// a millisecond takes longer where many threads want to run.
const ROTATION_TRIES: u32 = 1;

/// Renames a shared file to the name of a closed segment, unless another process has done so.
pub(super) fn rename(
    file: &OpenFile,
    place: &Place,
    naming: &Naming,
    retention: &Retention,
) -> io::Result<()> {
    let directory = place.open()?.directory;
    // A process that removes old files may hold the lock, or one that was stopped. Rotation is safe without it: a reader
    // compares the names of the files before and after.
    let _lock = lock_in(&directory, ROTATION_TRIES);
    if file.is_current() {
        let segment = naming.free_segment();
        match directory.rename(name_of(&file.path)?, name_of(&segment)?) {
            // Without the lock, another process may have renamed it since the check.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => {
                renamed?;
                retention.created(&segment);
            }
        }
    }
    Ok(())
}

pub(super) fn name_of(path: &Path) -> io::Result<&OsStr> {
    path.file_name()
        .ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Creates the next file of this launch. If the last one is still at its path, which happens after the host has closed its
/// descriptor, opens that one again.
pub(super) fn open_next(
    directory: &Directory,
    naming: &Naming,
    own: &mut Segment,
    before: Option<sys::Identity>,
) -> io::Result<OpenFile> {
    loop {
        let path = naming.path_of(&FileRole::Segment(own.clone()));
        let name = name_of(&path)?;
        if before.is_some() && directory.status(name).ok().map(|status| status.identity) == before {
            return OpenFile::shared(directory, name, LogKind::Debug, true);
        }
        match OpenFile::create(directory, name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && own.number < u32::MAX => {
                own.number += 1;
            }
            other => return other,
        }
    }
}
