//! Examines directories and files: permissions, links, a write test.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use telemetry_runtime::ConfigOrigin;
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

/// The result of the write test for the log directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteTest {
    /// A file was created and removed in this directory.
    Passed(PathBuf),
    /// A finding has the reason.
    Failed,
    /// The directory does not exist, and the test would write into a directory that does not belong to the home.
    NotRun(PathBuf),
}

/// Examines the directories of the home's logs.
pub(super) fn examine(home: &Home, findings: &mut Vec<Finding>) -> WriteTest {
    let mut directories: BTreeSet<&Path> = BTreeSet::new();
    for log in &home.logs {
        directories.insert(&log.naming.directory);
    }
    let mut result = WriteTest::Failed;
    let log_dir = home.config.log_dir();
    for directory in directories {
        match fs::metadata(directory) {
            Ok(metadata) if metadata.is_dir() => {
                not_files(home, directory, findings);
                if !is_accepted(directory, *directory == log_dir, &metadata, findings) {
                    continue;
                }
            }
            Ok(_) => {
                findings.push(no_directory(home, directory, directory));
                continue;
            }
            Err(error) => match directory.ancestors().find(|place| place.is_file()) {
                // Windows reports `NotFound` for a path below a file.
                Some(file) => {
                    findings.push(no_directory(home, directory, file));
                    continue;
                }
                // The host creates the directory with the first record.
                None if error.kind() == ErrorKind::NotFound => {}
                None => {
                    findings.push(Finding::unreadable(directory, &error));
                    continue;
                }
            },
        }
        let Some(place) = directory.ancestors().find(|place| place.is_dir()) else {
            continue;
        };
        if place != directory && !(home.path.is_dir() && place.starts_with(&home.path)) {
            if home.path.is_dir()
                && let Err(error) = may_write(place)
            {
                findings.push(Finding::not_writable(place, &error));
            } else if directory == log_dir {
                result = WriteTest::NotRun(directory.to_owned());
            }
            continue;
        }
        match write_test(place) {
            Ok(()) if directory == log_dir => result = WriteTest::Passed(place.to_owned()),
            Ok(()) => {}
            Err(error) => findings.push(Finding::not_writable(place, &error)),
        }
    }
    result
}

/// Returns the finding about `place`, which is the directory of a log or above it and no directory.
fn no_directory(home: &Home, directory: &Path, place: &Path) -> Finding {
    let key = if *directory == home.config.log_dir() {
        "telemetry.dir".to_owned()
    } else {
        let mut logs = home.logs.iter();
        let log = logs.find(|log| log.naming.directory == directory);
        let name = log.map_or("", |log| &*log.name);
        format!("telemetry.logs.{name}.file")
    };
    let set = home.config.explain().into_iter().find(|it| it.key == key);
    let origin = set.and_then(|it| match it.origin {
        origin @ ConfigOrigin::File { .. } => Some(origin.to_string()),
        _ => None,
    });
    let set_by = origin.as_deref().map(|origin| (&*key, origin));
    Finding::no_directory(place, set_by)
}

/// Returns an error if this user may not create files in a directory.
#[cfg(unix)]
pub(super) fn may_write(directory: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(directory, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the function for Unix can fail")]
pub(super) fn may_write(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Returns whether the host accepts the permissions of a directory, and adds a finding if they are too wide. A directory other
/// than the log directory may serve other programs and users, such as `/tmp`.
fn is_accepted(
    directory: &Path,
    is_log_directory: bool,
    metadata: &Metadata,
    findings: &mut Vec<Finding>,
) -> bool {
    if !is_log_directory {
        let exposed = platform::exposed(directory, metadata).filter(|found| found.is_unsafe);
        findings.extend(exposed.as_ref().map(Finding::replaceable));
        return exposed.is_none();
    }
    if let Some(reason) = platform::writable_by_others(metadata) {
        findings.push(Finding::writable_by_others(directory, &reason));
        return false;
    }
    if let Some(mode) = too_open(metadata) {
        findings.push(Finding::readable_by_others(directory, mode, 0o700));
    }
    true
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
        let is_log = logs.any(|log| {
            log.naming.directory == directory
                && (log.naming.parse(name).is_some() || log.naming.is_compressed(name))
        });
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

/// Returns the number of bytes that this user can still write to a file system; `None` if that is not known.
#[cfg(unix)]
fn free(place: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(place).ok()?;
    // A file system without blocks, such as /proc, stores no files.
    if disk.f_blocks == 0 {
        return None;
    }
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
    let written = written.and_then(|()| platform::sync(&file));
    let removed = fs::remove_file(&path);
    written.and(removed)
}
