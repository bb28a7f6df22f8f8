//! Examines directories and files: permissions, links, a write test.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use telemetry_store::platform;

use super::Finding;
use crate::home::Home;

/// Examines whether the rollup can be appended to.
pub(super) fn examine_rollup(path: &Path) -> Option<Finding> {
    let error = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            fs::OpenOptions::new().append(true).open(path).err()?
        }
        Ok(_) => io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"),
        // A file in the place of the directory is a finding of its own.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return None;
        }
        Err(error) => error,
    };
    Some(Finding::rollup_unusable(path, &error))
}

/// Examines the directories of the home's logs. Returns the directory of the write test for the log directory,
/// if the test passed.
pub(super) fn examine(home: &Home, findings: &mut Vec<Finding>) -> Option<PathBuf> {
    let mut directories: BTreeSet<&Path> = BTreeSet::new();
    for log in &home.logs {
        directories.insert(&log.naming.directory);
    }
    let mut wrote = None;
    let log_dir = home.config.log_dir();
    for directory in directories {
        match fs::metadata(directory) {
            Ok(metadata) if metadata.is_dir() => {
                examine_directory(directory, &metadata, findings);
                not_files(home, directory, findings);
            }
            Ok(_) => {
                findings.push(Finding::no_directory(directory));
                continue;
            }
            // The host creates the directory with the first record.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                findings.push(Finding::unreadable(directory, &error));
                continue;
            }
        }
        let Some(place) = directory.ancestors().find(|place| place.is_dir()) else {
            continue;
        };
        match write_test(place) {
            Ok(()) if directory == log_dir => wrote = Some(place.to_owned()),
            Ok(()) => {}
            Err(error) => findings.push(Finding::not_writable(place, &error)),
        }
    }
    wrote
}

fn examine_directory(directory: &Path, metadata: &Metadata, findings: &mut Vec<Finding>) {
    if let Some(reason) = platform::writable_by_others(metadata) {
        findings.push(Finding::writable_by_others(directory, &reason));
    } else if let Some(mode) = too_open(metadata) {
        findings.push(Finding::readable_by_others(directory, mode, 0o700));
    }
}

/// Reports a log file that other users can read.
pub(super) fn examine_file(path: &Path, findings: &mut Vec<Finding>) {
    if let Some(mode) = path.symlink_metadata().ok().as_ref().and_then(too_open) {
        findings.push(Finding::readable_by_others(path, mode, 0o600));
    }
}

/// Returns the mode if other users have any permission.
#[cfg(unix)]
fn too_open(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn too_open(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Reports entries that have the name of a log file and are not regular files.
fn not_files(home: &Home, directory: &Path, findings: &mut Vec<Finding>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let mut logs = home.logs.iter();
        let is_log =
            logs.any(|log| log.naming.directory == directory && log.naming.parse(name).is_some());
        if is_log && entry.file_type().is_ok_and(|kind| !kind.is_file()) {
            findings.push(Finding::not_a_file(&entry.path()));
        }
    }
}

/// Reports a file system with less space than the logs may still grow.
pub(super) fn examine_room(home: &Home, needed: u64, findings: &mut Vec<Finding>) {
    let directory = home.config.log_dir();
    let Some(place) = directory.ancestors().find(|place| place.is_dir()) else {
        return;
    };
    if let Some(free) = free(place).filter(|free| *free < needed) {
        findings.push(Finding::little_room(place, free, needed));
    }
}

/// Returns the number of bytes that this user can still write to a file system.
#[cfg(unix)]
fn free(place: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(place).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free(_place: &Path) -> Option<u64> {
    None
}

/// Creates a file like the host would, and removes it.
fn write_test(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!(".telemetry-doctor-{}", std::process::id()));
    let mut file = platform::create_new(&path)?;
    let written = file.write_all(b"write test of `telemetry doctor`\n");
    let written = written.and_then(|()| file.sync_all());
    let removed = fs::remove_file(&path);
    written.and(removed)
}
