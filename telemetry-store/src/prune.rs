//! What is in the log directories, and the removal of what is too much.

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
    /// Where its files are, and their names.
    pub naming: Naming,
    /// What is in them.
    pub kind: LogKind,
}

/// What [`prune`] did.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The files that are gone, each under the path it was found at.
    pub removed: Vec<LogFile>,
    /// The files that had to stay, and why; others went in their place.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// Every file that bears a name of one of these logs. Not through symlinks; who uses them is not
/// asked, so `active` is `false`.
///
/// # Errors
///
/// Where a directory is there and cannot be read.
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

/// Removes the oldest files that no living process uses until the rest fits the budget; `0` keeps
/// all. The sums of session segments are kept in the rollup first.
///
/// Several processes may do this at once.
///
/// # Errors
///
/// Where a directory cannot be read. A file that cannot be removed is none: see [`Pruned`].
pub fn prune(logs: &[RetainedLog], budget: u64) -> io::Result<Pruned> {
    let mut pruned = Pruned::default();
    if budget == 0 {
        return Ok(pruned);
    }
    let locks: Vec<_> = directories(logs).into_iter().map(lock_directory).collect();
    // Two folds at once could lose one of them: whoever keeps the lock does it.
    let may_fold = locks.iter().all(Option::is_some);
    let mut files = list(logs)?;
    // A file that stays in spite of the plan, for one that is in use or cannot be removed, makes
    // another plan, in which it is known to stay. Whether a file is in use is asked of those alone
    // that are to go: a directory may hold thousands.
    loop {
        let mut round = Round::default();
        for at in plan(&files, budget) {
            let log = &logs[files[at].log];
            let end = remove(&files[at], log, may_fold);
            if let Ok(End::Closed(segment)) = end {
                let of_log = round.closed.entry(files[at].log).or_default();
                of_log.push((at, segment));
            } else {
                round.ended.push((at, end));
            }
        }
        for (log, segments) in std::mem::take(&mut round.closed) {
            round.fold(&logs[log].naming, &segments);
        }
        if !round.settle(&mut files, &mut pruned) {
            return Ok(pruned);
        }
    }
}

/// What became of a file that was to go.
enum End {
    Removed,
    /// A living process uses it.
    InUse,
    /// It is gone, or something else than this crate's by now.
    NotOurs,
    /// A session segment under this name, which nobody writes to; to be folded and removed.
    Closed(PathBuf),
}

/// What became of the files of one plan, each with its index.
#[derive(Default)]
struct Round {
    ended: Vec<(usize, io::Result<End>)>,
    /// The session segments of each log.
    closed: BTreeMap<usize, Vec<(usize, PathBuf)>>,
}

impl Round {
    /// Keeps the sums of a log's segments, all in one step, and removes them.
    fn fold(&mut self, naming: &Naming, segments: &[(usize, PathBuf)]) {
        let gone: Vec<PathBuf> = segments.iter().map(|(_, path)| path.clone()).collect();
        let mut staying = segments_of(naming);
        let going: HashSet<&OsStr> = gone.iter().map(|path| path.as_os_str()).collect();
        staying.retain(|path| !going.contains(path.as_os_str()));
        let rollup = naming.directory.join(ROLLUP_FILE);
        let folded = rollup::fold(&rollup, &gone, &staying);
        for (at, path) in segments {
            let end = match &folded {
                Ok(_) => fs::remove_file(path).map(|()| End::Removed),
                Err(error) => Err(io::Error::new(
                    error.kind(),
                    format!("its sums cannot be kept in {}: {error}", rollup.display()),
                )),
            };
            self.ended.push((*at, end));
        }
    }

    /// Notes all that; whether something stays that the plan wanted gone.
    fn settle(self, files: &mut [LogFile], pruned: &mut Pruned) -> bool {
        let mut stays = false;
        for (at, end) in self.ended {
            let file = &mut files[at];
            match end {
                Ok(End::Removed) => {
                    pruned.removed.push(file.clone());
                    file.bytes = 0;
                }
                Ok(End::NotOurs) => file.bytes = 0,
                Ok(End::InUse | End::Closed(_)) => {
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

/// Removes a file under its lock; only closes it where its sums are to be kept first.
fn remove(file: &LogFile, log: &RetainedLog, may_fold: bool) -> io::Result<End> {
    let claimed = match claim(&file.path) {
        Ok(Some(claimed)) => claimed,
        // Two that could not wait for each other are at it: what the other removes counts for both, or
        // each would remove something else in its place.
        Ok(None) if is_claimed(&file.path) || !file.path.exists() => return Ok(End::NotOurs),
        Ok(None) => return Ok(End::InUse),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(End::NotOurs),
        Err(error) => return Err(error),
    };
    let opened = Identity::of(&claimed)?;
    if Identity::at(&file.path).ok() != Some(opened) || !begins_as_ours(&claimed, log.kind)? {
        return Ok(End::NotOurs);
    }
    if log.kind != LogKind::Session {
        fs::remove_file(&file.path)?;
        return Ok(End::Removed);
    }
    if !may_fold {
        return Ok(End::InUse);
    }
    // The claim ends here. A closed segment stays as it is without it: nobody opens one to write.
    close(&log.naming, &file.path).map(End::Closed)
}

/// The file under a closed segment's name: what is folded under a name must not be followed by
/// other records under the same one, should this process die before the removal.
fn close(naming: &Naming, path: &Path) -> io::Result<PathBuf> {
    if naming.live().as_deref() != Some(path) {
        return Ok(path.to_path_buf());
    }
    let segment = naming.free_segment();
    fs::rename(path, &segment)?;
    Ok(segment)
}

/// The closed segments of a log, oldest first, and its live file last.
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

/// Whether the first record is one that this project wrote: JSON that begins with `ts`, or text
/// that begins with a time stamp.
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
