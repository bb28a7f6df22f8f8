//! Listing the files of log directories, and removing the oldest.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_schema::LogKind;

use crate::lock::lock_directory;
use crate::name::{FileRole, Naming};
use crate::plan::{LogFile, plan};
use crate::platform::{Identity, claim, is_claimed};
use crate::rollup::{self, ROLLUP_FILE};

/// A log whose files count towards the budget.
#[derive(Clone, Debug)]
pub struct RetainedLog {
    /// The directory and the names of the files.
    pub naming: Naming,
    /// The kind of the log.
    pub kind: LogKind,
}

/// The result of [`prune`].
#[derive(Debug, Default)]
pub struct Pruned {
    /// The removed files, each with the path under which it was found.
    pub removed: Vec<LogFile>,
    /// The files that could not be removed, with the reason. Other files were removed in their place.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// Returns every regular file that has a name of one of these logs. Symlinks are not followed. `active` is always `false`,
/// since locks are not checked.
///
/// # Errors
///
/// Fails if a directory exists and cannot be read.
pub fn list(logs: &[RetainedLog]) -> io::Result<Vec<LogFile>> {
    let mut files = Vec::new();
    for directory in directories(logs) {
        list_directory(directory, logs, &mut files)?;
    }
    Ok(files)
}

fn directories(logs: &[RetainedLog]) -> BTreeSet<&Path> {
    let directory = |log| -> &Path { &(log as &RetainedLog).naming.directory };
    logs.iter().map(directory).collect()
}

fn list_directory(
    directory: &Path,
    logs: &[RetainedLog],
    files: &mut Vec<LogFile>,
) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let here = |(_, log): &(usize, &RetainedLog)| log.naming.directory == directory;
    let logs: Vec<_> = logs.iter().enumerate().filter(here).collect();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let log = logs.iter().find(|(_, log)| log.naming.is_ours(name));
        // `DirEntry::metadata` does not follow symlinks.
        if let Some(&(log, _)) = log
            && let Ok(metadata) = entry.metadata()
            && metadata.is_file()
        {
            files.push(LogFile {
                path: entry.path(),
                bytes: metadata.len(),
                modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                active: false,
                log,
            });
        }
    }
    Ok(())
}

/// Removes the oldest files that no living process uses until the rest fits the budget; a budget of 0 means no limit. The
/// totals of session segments are folded into the rollup first.
///
/// Several processes may prune one directory at once.
///
/// # Errors
///
/// Fails if a directory cannot be read. A file that cannot be removed is not an error; see [`Pruned`].
pub fn prune(logs: &[RetainedLog], budget: u64) -> io::Result<Pruned> {
    let mut pruned = Pruned::default();
    if budget == 0 {
        return Ok(pruned);
    }
    let locks: Vec<_> = directories(logs).into_iter().map(lock_directory).collect();
    // Two folds at once could lose one of them, so only the holder of the locks folds.
    let may_fold = locks.iter().all(Option::is_some);
    let mut files = list(logs)?;
    // A file that cannot be removed, for example because it is in use, requires another plan in which the file stays.
    // Locks are checked only for files of the plan, since a directory may hold thousands of files.
    loop {
        let mut round = Round::default();
        for at in plan(&files, budget) {
            let log = &logs[files[at].log];
            let removal = remove(&files[at], log, may_fold);
            if let Ok(Removal::Closed(segment)) = removal {
                let of_log = round.closed.entry(files[at].log).or_default();
                of_log.push((at, segment));
            } else {
                round.removals.push((at, removal));
            }
        }
        for (log, segments) in std::mem::take(&mut round.closed) {
            round.fold(&logs[log].naming, &segments);
        }
        if !round.apply(&mut files, &mut pruned) {
            return Ok(pruned);
        }
    }
}

/// The result of removing a file.
enum Removal {
    Removed,
    /// A living process uses it.
    InUse,
    /// The file no longer exists, or is no longer a file of ours.
    NotOurs,
    /// A closed session segment with this path, which no process writes; the caller folds and removes it.
    Closed(PathBuf),
}

/// The results of one plan, each with the index of the file.
#[derive(Default)]
struct Round {
    removals: Vec<(usize, io::Result<Removal>)>,
    /// The closed session segments of each log.
    closed: BTreeMap<usize, Vec<(usize, PathBuf)>>,
}

impl Round {
    /// Folds all closed segments of a log at once, then removes them.
    fn fold(&mut self, naming: &Naming, segments: &[(usize, PathBuf)]) {
        let gone: Vec<PathBuf> = segments.iter().map(|(_, path)| path.clone()).collect();
        let mut staying = segments_of(naming);
        let going: HashSet<&OsStr> = gone.iter().map(|path| path.as_os_str()).collect();
        staying.retain(|path| !going.contains(path.as_os_str()));
        let rollup = naming.directory.join(ROLLUP_FILE);
        let folded = rollup::fold(&rollup, &gone, &staying);
        for (at, path) in segments {
            let removal = match &folded {
                Ok(_) => fs::remove_file(path).map(|()| Removal::Removed),
                Err(error) => Err(io::Error::new(
                    error.kind(),
                    format!("its totals cannot be kept in {}: {error}", rollup.display()),
                )),
            };
            self.removals.push((*at, removal));
        }
    }

    /// Applies the results to the files. Returns whether a file of the plan stays.
    fn apply(self, files: &mut [LogFile], pruned: &mut Pruned) -> bool {
        let mut stays = false;
        for (at, removal) in self.removals {
            let file = &mut files[at];
            match removal {
                Ok(Removal::Removed) => {
                    pruned.removed.push(file.clone());
                    file.bytes = 0;
                }
                Ok(Removal::NotOurs) => file.bytes = 0,
                Ok(Removal::InUse | Removal::Closed(_)) => {
                    file.active = true;
                    stays = true;
                }
                Err(error) => {
                    pruned.failed.push((file.path.clone(), error));
                    file.active = true;
                    stays = true;
                }
            }
        }
        stays
    }
}

/// Removes a file under its lock. A session segment is only closed, because its totals must be folded first.
fn remove(file: &LogFile, log: &RetainedLog, may_fold: bool) -> io::Result<Removal> {
    let claimed = match claim(&file.path) {
        Ok(Some(claimed)) => claimed,
        // Another process, which could not take the lock of the directory either, removes the file. The removal counts
        // for both processes; otherwise each would remove a further file.
        Ok(None) if is_claimed(&file.path) || !file.path.exists() => return Ok(Removal::NotOurs),
        Ok(None) => return Ok(Removal::InUse),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removal::NotOurs),
        Err(error) => return Err(error),
    };
    let opened = Identity::of(&claimed)?;
    if Identity::at(&file.path).ok() != Some(opened) || !begins_as_ours(&claimed, log.kind)? {
        return Ok(Removal::NotOurs);
    }
    if log.kind != LogKind::Session {
        fs::remove_file(&file.path)?;
        return Ok(Removal::Removed);
    }
    if !may_fold {
        return Ok(Removal::InUse);
    }
    // The claim is released here. No process opens a closed segment to write, so the segment stays unchanged.
    close_live_file(&log.naming, &file.path).map(Removal::Closed)
}

/// Returns the path of the closed segment, to which the live file is renamed. If this process ends between the fold and
/// the removal, no further records may be written under the folded name.
fn close_live_file(naming: &Naming, path: &Path) -> io::Result<PathBuf> {
    if naming.live().as_deref() != Some(path) {
        return Ok(path.to_path_buf());
    }
    let segment = naming.free_segment();
    fs::rename(path, &segment)?;
    Ok(segment)
}

/// Returns the closed segments of a log, the oldest first, followed by its live file.
pub fn segments_of(naming: &Naming) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(&naming.directory) else {
        return Vec::new();
    };
    let mut segments: Vec<_> = entries
        .flatten()
        .filter_map(|entry| match naming.parse(entry.file_name().to_str()?)? {
            FileRole::Segment(segment) => Some(segment),
            FileRole::Live => None,
        })
        .collect();
    segments.sort();
    let live = naming.live().filter(|live| live.exists());
    let closed = segments
        .into_iter()
        .map(|segment| naming.path_of(&FileRole::Segment(segment)));
    closed.chain(live).collect()
}

/// Whether the file begins like a file of ours: JSON that begins with `ts`, or text that begins with a time stamp.
fn begins_as_ours(mut file: &File, kind: LogKind) -> io::Result<bool> {
    const JSON: &[u8] = b"{\"ts\":\"";
    let mut head = [0; JSON.len() + 5];
    let read = file.read(&mut head)?;
    let stamp = match kind {
        LogKind::Tui => &head[..read],
        _ => match head[..read].strip_prefix(JSON) {
            Some(stamp) => stamp,
            None => return Ok(false),
        },
    };
    Ok(stamp.len() >= 5 && stamp[..4].iter().all(u8::is_ascii_digit) && stamp[4] == b'-')
}

#[cfg(test)]
mod tests;
