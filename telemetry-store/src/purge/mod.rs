//! Removing the records of a session, or all records before a time, from every log and from the rollup.
//!
//! A file that no process writes is written again without the records, and replaced atomically. The live file of a shared
//! log is first closed as by a rotation: processes that have it open go on in a new file. If a process still has the file
//! open, the records are overwritten with spaces where they stand, because a replaced file would lose what that process is
//! about to append. Readers skip empty lines. Records of other sessions are never moved, changed or lost.
//!
//! Segments are purged before the rollup, and both are examined again at the end, because processes fold segments meanwhile. A
//! process that has read a segment before the purge and adds its sums afterwards finds the segment changed, under the lock
//! of the rollup, and reads it again.

mod file;
mod select;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use telemetry_schema::LogKind;
use telemetry_schema::record::{Rollup, Timestamp};
use telemetry_schema::sort::{sort, sort_by};

use crate::compaction::{self, create_temporary};
use crate::compressed::{COMPRESSION_FILE, SUFFIX};
use crate::directory::Directory;
use crate::held::HeldFile;
use crate::listing::{RetainedLog, directories};
use crate::lock::{DirectoryLock, LOCK_FILE, LOCK_PAUSE, LOCK_TRIES, has_lock, lock_in};
use crate::name::{FileRole, Naming};
use crate::rollup::{Limits, ROLLUP_FILE, open_locked, open_regular, read_sums};

use self::file::{Found, purge_file};

/// The number of passes over all files, because other processes may add records of the session during a pass.
const PASSES: u32 = 4;
/// How often the lock that a compression holds is tried, and the pause between two attempts. A segment takes a fraction of a second.
const COMPRESSION_TRIES: u32 = 500;
const COMPRESSION_PAUSE: Duration = Duration::from_millis(20);

/// The records that are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purge {
    /// The records and sums of the session with this id.
    Session(String),
    /// The records that began before this time, and the sums of requests that all began before it.
    Before(Timestamp),
}

impl Purge {
    /// Returns whether a sum is removed.
    fn takes(&self, sums: &Rollup<'_>) -> bool {
        match self {
            Self::Session(id) => sums.session_id == *id,
            Self::Before(time) => sums.last < *time,
        }
    }
}

/// The result of a purge.
#[derive(Debug, Default)]
pub struct Purged {
    /// The files with records that were removed, each once, in the order of their paths.
    pub files: Vec<PurgedFile>,
    /// The requests in the sums that were removed from rollups.
    pub rolled_up_requests: u64,
    /// The sessions that were started from the purged one. Their records stay: the caller may purge them as well.
    pub children: BTreeSet<String>,
    /// Text logs, whose lines do not name their session. They are examined only for a time.
    pub not_examined: Vec<PathBuf>,
    /// Files from which the records could not be removed, with the error.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// A file from which records were removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgedFile {
    /// The path of the file at that time.
    pub path: PathBuf,
    /// The number of lines that were removed.
    pub records: u64,
    /// The length of these lines.
    pub bytes: u64,
    /// Whether a running process has the file open, so that spaces are in place of the records.
    pub in_use: bool,
}

/// Removes records from the files of these logs and from their rollups. `budget` is the one of the configuration. With
/// `dry_run`, nothing is changed.
///
/// # Errors
///
/// Fails if a directory cannot be read, or if another process keeps the lock of a directory. A file that cannot be changed
/// is not an error; see [`Purged`].
pub fn purge(
    logs: &[RetainedLog],
    budget: u64,
    purge: &Purge,
    dry_run: bool,
) -> io::Result<Purged> {
    let mut purged = Purged::default();
    for path in directories(logs) {
        let directory = match Directory::resolve(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        let _lock = if dry_run {
            None
        } else {
            lock(&directory, path)?
        };
        let here = |log: &&RetainedLog| log.naming.directory == path;
        let logs: Vec<&RetainedLog> = logs.iter().filter(here).collect();
        // The limits remove nothing else. The next pruning drops old sessions.
        let limits = Limits {
            today: 0,
            ..Limits::of_budget(budget)
        };
        if !purge_directory(&directory, &logs, limits, purge, dry_run, &mut purged)? {
            let busy = "other processes change it all the time; try again";
            let error = io::Error::new(io::ErrorKind::WouldBlock, busy);
            purged.failed.push((path.to_path_buf(), error));
        }
    }
    purged.files = merged(std::mem::take(&mut purged.files));
    sort(&mut purged.not_examined);
    purged.not_examined.dedup();
    Ok(purged)
}

/// Purges the files and the rollup of a directory until a pass finds no record. Returns `false` after
/// [`PASSES`] passes without such a pass.
fn purge_directory(
    directory: &Directory,
    logs: &[&RetainedLog],
    limits: Limits,
    purge: &Purge,
    dry_run: bool,
    purged: &mut Purged,
) -> io::Result<bool> {
    for _ in 0..PASSES {
        let before = purged.files.len();
        purge_files(directory, logs, purge, dry_run, purged)?;
        let children = &mut purged.children;
        let requests = match purge_rollup(directory, limits, purge, dry_run, children) {
            Ok(requests) => requests,
            // Another process compacts it at this time; the next pass tries again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                std::thread::sleep(LOCK_PAUSE);
                continue;
            }
            Err(error) => {
                let path = directory.path_of(ROLLUP_FILE);
                purged.failed.push((path, error));
                return Ok(true);
            }
        };
        let requests_before = purged.rolled_up_requests;
        purged.rolled_up_requests = requests_before.saturating_add(requests.unwrap_or(0));
        if dry_run || purged.files.len() == before && requests.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the lock under which shared files are rotated and old files removed. `None` without a file that can be locked, which no
/// process can lock either: the lock only keeps two processes from doing the same work.
fn lock(directory: &Directory, path: &Path) -> io::Result<Option<DirectoryLock>> {
    let status = directory.status(LOCK_FILE);
    if !has_lock(path) || status.is_ok_and(|status| !status.is_file) {
        return Ok(None);
    }
    match lock_in(directory, LOCK_TRIES * 20) {
        Some(lock) => Ok(Some(lock)),
        None => Err(io::Error::new(
            io::ErrorKind::WouldBlock,
            "another process keeps the logs locked",
        )),
    }
}

fn purge_files(
    directory: &Directory,
    logs: &[&RetainedLog],
    purge: &Purge,
    dry_run: bool,
    purged: &mut Purged,
) -> io::Result<()> {
    // A compression replaces a segment, so that lines which are removed from the segment would stay.
    let _no_compression = if dry_run {
        None
    } else {
        without_compression(directory)?
    };
    let mut names: Vec<(OsString, &RetainedLog, FileRole)> = Vec::new();
    directory.each_name(|name| {
        let Some(text) = name.to_str() else { return };
        let mut logs = logs.iter();
        let role = |log: &RetainedLog| {
            let plain = text.strip_suffix(SUFFIX).filter(|_| log.has(text));
            log.naming.parse(plain.unwrap_or(text))
        };
        if let Some((log, role)) = logs.find_map(|log| Some((log, role(log)?))) {
            names.push((name.to_owned(), log, role));
        }
    })?;
    sort_by(&mut names, |(name, ..), (other, ..)| name.cmp(other));
    for (name, log, role) in names {
        if log.kind == LogKind::Tui && matches!(purge, Purge::Session(_)) {
            purged.not_examined.push(directory.path_of(&name));
            continue;
        }
        let closing = (role == FileRole::Live).then_some(&log.naming);
        let (path, found) = purge_file(directory, &name, log.kind, closing, purge, dry_run);
        match found {
            Ok(Some(found)) => add(purged, path, found),
            Ok(None) => {}
            Err(error) => purged.failed.push((path, error)),
        }
    }
    Ok(())
}

/// Keeps processes from compressing segments of the directory until the value is dropped. `None` where no file can be created:
/// nothing can be purged there either.
fn without_compression(directory: &Directory) -> io::Result<Option<NoCompression<'_>>> {
    if !has_lock(directory.path()) {
        return Ok(None);
    }
    for attempt in 0..COMPRESSION_TRIES {
        if attempt > 0 {
            std::thread::sleep(COMPRESSION_PAUSE);
        }
        match create_temporary(directory, COMPRESSION_FILE) {
            Ok(Some(file)) => return Ok(Some(NoCompression { directory, file })),
            Ok(None) => {}
            Err(_) => return Ok(None),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::WouldBlock,
        "another process keeps compressing the logs",
    ))
}

/// The lock that a compression needs.
struct NoCompression<'a> {
    directory: &'a Directory,
    file: HeldFile,
}

impl Drop for NoCompression<'_> {
    fn drop(&mut self) {
        if self.file.checked().is_ok() {
            let _ = self.directory.remove(COMPRESSION_FILE);
        }
    }
}

fn add(purged: &mut Purged, path: PathBuf, found: Found) {
    purged.children.extend(found.children);
    if found.records > 0 {
        purged.files.push(PurgedFile {
            path,
            records: found.records,
            bytes: found.bytes,
            in_use: found.in_use,
        });
    }
}

/// Adds up the entries of each file.
fn merged(mut files: Vec<PurgedFile>) -> Vec<PurgedFile> {
    sort_by(&mut files, |a, b| a.path.cmp(&b.path));
    files.dedup_by(|next, file| {
        let is_same = next.path == file.path;
        if is_same {
            file.records += next.records;
            file.bytes += next.bytes;
            file.in_use |= next.in_use;
        }
        is_same
    });
    files
}

/// Removes sums from the rollup of a directory, and returns the number of their requests; `None` without such sums. Adds the
/// sessions that were started from the purged one to `children`.
fn purge_rollup(
    directory: &Directory,
    limits: Limits,
    purge: &Purge,
    dry_run: bool,
    children: &mut BTreeSet<String>,
) -> io::Result<Option<u64>> {
    let file = match open_regular(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if !dry_run {
        // A process that has compared its segments before they were purged holds the lock until its sums are in the file.
        let tries = LOCK_TRIES * 20;
        drop(open_locked(directory, tries)?);
    }
    let (mut sums, mut requests) = (0_u64, 0_u64);
    read_sums(&file, |sum| {
        if purge.takes(sum) {
            sums += 1;
            requests = requests.saturating_add(sum.sums.requests);
        } else if let (Purge::Session(id), Some(parent)) = (purge, &sum.parent_session_id)
            && parent == id
        {
            children.insert(sum.session_id.to_string());
        }
    })?;
    if sums > 0 && !dry_run {
        compaction::rewrite(directory, limits, &|sums| !purge.takes(sums))?
            .ok_or(io::ErrorKind::Interrupted)?;
    }
    Ok((sums > 0).then_some(requests))
}

/// Returns the name of a closed segment for a live file.
fn segment_name(naming: &Naming) -> io::Result<OsString> {
    let segment = naming.free_segment();
    let name = segment.file_name().map(ToOwned::to_owned);
    name.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

#[cfg(test)]
mod tests;
