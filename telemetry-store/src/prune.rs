//! Removing the oldest files of log directories.
//!
//! A [`Pruner`] knows the files from its last listing and from what its process has created since. Pruning in the background
//! ([`Pruner::prune`]) lists the directories, folds whole segments, syncs the rollup and compacts it. A thread of the host
//! that cannot wait makes room with what is known ([`Pruner::make_room`]): it lists nothing and syncs nothing. Both take
//! the files that they remove one from the other, so that they work at the same time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use telemetry_schema::LogKind;

use crate::directory::Directory;
use crate::listing::{
    Listing, RetainedLog, directories, listing, log_file, mark_headers, names_of,
};
use crate::lock::{DirectoryLock, lock_directory};
use crate::plan::{LogFile, counted, plan};
use crate::removal::{self, Removal};
use crate::rollup::{self, Limits};

/// The result of pruning.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The removed files, each with the path under which it was found.
    pub removed: Vec<LogFile>,
    /// The files that could not be removed, with the reason. Other files were removed in their place.
    pub failed: Vec<(PathBuf, io::Error)>,
    /// The requests whose totals are lost, because their segments had to be removed and could not be folded, or because the
    /// rollup has no more room for them.
    pub lost_requests: u64,
    /// The bytes of these segments.
    pub lost_bytes: u64,
    /// Why their totals could not be kept.
    pub cause: Option<String>,
}

/// How long a thread of the host waits for files that another thread is removing.
const LONGEST_WAIT: Duration = Duration::from_millis(4);
/// The directories are listed in at most this part of the time, so that a directory with many foreign files costs little.
const LISTING_PART: u32 = 20;
/// How long the lock of a directory is not tried again after a process has held it for too long.
const LOCK_AGAIN: Duration = Duration::from_secs(5);

/// Removes files of one process's logs until they fit their budget.
#[derive(Debug)]
pub struct Pruner {
    logs: Vec<RetainedLog>,
    /// 0 for no limit.
    budget: u64,
    state: Mutex<State>,
    /// Notified when files were removed.
    changed: Condvar,
    listings: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    known: Listing,
    /// Files that a thread is removing.
    taken: HashSet<PathBuf>,
    /// Files whose sums are in the rollup, which may not be on the disk yet. They are taken as well.
    folded: Vec<PathBuf>,
    /// Files that cannot be folded, with the reason. They are active as long as other files can be removed.
    unfoldable: HashMap<PathBuf, String>,
    /// Files that this process has created since the last listing.
    created: Vec<PathBuf>,
    /// Files that were removed since the last listing began.
    gone: HashSet<PathBuf>,
    /// Bytes that this process has written since the sizes were read.
    grown: u64,
    listed: Option<(Instant, Duration)>,
    /// When the lock of a directory could not be taken.
    locked_out: Option<Instant>,
    /// Whether the first pruning has ended, which removes what earlier processes have left.
    is_settled: bool,
}

impl State {
    fn total(&self) -> u64 {
        self.known.counted().saturating_add(self.grown)
    }

    fn bytes_taken(&self) -> u64 {
        let files = self.known.files.iter();
        let taken = files.filter(|file| self.taken.contains(&file.path));
        taken.map(LogFile::counted).sum()
    }

    /// Takes the files to remove, so that the rest fits the budget once all taken files are removed.
    fn take(&mut self, budget: u64) -> Vec<LogFile> {
        let for_files = self
            .known
            .budget_of_files(budget.saturating_sub(self.grown).max(1));
        let is_idle = |file: &&LogFile| !self.taken.contains(&file.path);
        let mut idle: Vec<LogFile> = self.known.files.iter().filter(is_idle).cloned().collect();
        let mut planned = plan(&idle, for_files);
        if planned.is_empty() && !self.unfoldable.is_empty() {
            // Everything else is removed or in use: the oldest of these files go without their sums.
            for file in &mut idle {
                file.active = !self.unfoldable.contains_key(&file.path);
            }
            planned = plan(&idle, for_files);
        }
        let files: Vec<LogFile> = planned.into_iter().map(|at| idle[at].clone()).collect();
        self.taken
            .extend(files.iter().map(|file| file.path.clone()));
        files
    }

    fn remove(&mut self, path: &Path) -> Option<LogFile> {
        self.taken.remove(path);
        self.unfoldable.remove(path);
        self.gone.insert(path.to_path_buf());
        let at = self.known.files.iter().position(|file| file.path == path)?;
        Some(self.known.files.swap_remove(at))
    }

    fn keep(&mut self, path: &Path) {
        self.taken.remove(path);
        if let Some(file) = self.known.files.iter_mut().find(|file| file.path == path) {
            file.active = true;
        }
    }
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
    Pruner::new(logs.to_vec(), budget).prune()
}

impl Pruner {
    /// Creates the pruner of these logs. A budget of 0 means no limit.
    pub fn new(logs: Vec<RetainedLog>, budget: u64) -> Self {
        Self {
            logs,
            budget,
            state: Mutex::default(),
            changed: Condvar::new(),
            listings: AtomicU64::new(0),
        }
    }

    /// Returns how often the directories were listed.
    pub fn listings(&self) -> u64 {
        self.listings.load(Ordering::Relaxed)
    }

    /// Adds a file that this process has created.
    pub fn created(&self, path: &Path) {
        self.state().created.push(path.to_path_buf());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists the directories and removes files until the budget holds. Takes the time that reading whole segments takes, and
    /// may wait for the disk and for other processes.
    ///
    /// # Errors
    ///
    /// Fails if a directory cannot be read. A file that cannot be removed is not an error; see [`Pruned`].
    pub fn prune(&self) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        if self.budget == 0 {
            return Ok(pruned);
        }
        // Readers that found the files changing several times hold this lock while they open them.
        let _locks = self.lock_directories();
        self.refresh()?;
        loop {
            let files = self.state().take(self.budget);
            if files.is_empty() {
                break;
            }
            self.remove_all(&files, true, &mut pruned);
        }
        self.compact(&mut pruned);
        self.state().is_settled = true;
        self.changed.notify_all();
        Ok(pruned)
    }

    /// Makes room for `grown` bytes that this process has written since the last call, or since the last pruning began. For a
    /// thread of the host: waits for a few milliseconds at most, lists no directory, and does not sync the rollup.
    pub fn make_room(&self, grown: u64) -> Pruned {
        let mut pruned = Pruned::default();
        let deadline = Instant::now() + LONGEST_WAIT;
        self.state().grown += grown;
        loop {
            let mut state = self.state();
            let excess = state.total().saturating_sub(self.budget);
            // The first listing may not have ended.
            if self.budget == 0 || excess == 0 || state.listed.is_none() {
                return pruned;
            }
            // Sums that are in the rollup are safe from a kill, so that the file need not wait for the disk.
            if let Some(path) = state.folded.pop() {
                drop(state);
                self.unlink(&path, &mut pruned);
                continue;
            }
            if state.bytes_taken() < excess {
                let before = state.taken.clone();
                let files = state.take(self.budget);
                drop(state);
                if !files.is_empty() {
                    self.remove_all(&files, false, &mut pruned);
                    continue;
                }
                if before.is_empty() {
                    return pruned;
                }
                state = self.state();
            }
            // What earlier processes have left may take longer.
            let left = deadline.saturating_duration_since(Instant::now());
            if !state.is_settled || left.is_zero() {
                return pruned;
            }
            drop(self.changed.wait_timeout(state, left));
        }
    }

    /// Takes the lock of each directory, without waiting again for a lock that was held for long.
    fn lock_directories(&self) -> Vec<DirectoryLock> {
        let locked_out = self.state().locked_out;
        if locked_out.is_some_and(|since| since.elapsed() < LOCK_AGAIN) {
            return Vec::new();
        }
        let directories = directories(&self.logs);
        let existing: Vec<_> = directories.into_iter().filter(|it| it.is_dir()).collect();
        let locks: Vec<_> = existing
            .iter()
            .filter_map(|it| lock_directory(it))
            .collect();
        self.state().locked_out = (locks.len() < existing.len()).then(Instant::now);
        locks
    }

    /// Reads the sizes of the files, and lists the directories if that took little time until now.
    fn refresh(&self) -> io::Result<()> {
        let (listed, grown, created) = {
            let mut state = self.state();
            state.gone.clear();
            // Files that are created from here on may not be listed.
            let created = std::mem::take(&mut state.created);
            (state.listed, state.grown, created)
        };
        let is_due = listed.is_none_or(|(at, cost)| at.elapsed() >= cost * LISTING_PART);
        let begin = Instant::now();
        let mut new = if is_due {
            self.listings.fetch_add(1, Ordering::Relaxed);
            listing(&self.logs)?
        } else {
            self.sizes(created)
        };
        // A rollup is compacted into a further file.
        let reserve = new.rollup.min(rollup::share_of(self.budget) / 2);
        new.others = new.others.saturating_add(reserve);
        if new.counted() > self.budget {
            mark_headers(&mut new.files, &self.logs);
        }
        let mut state = self.state();
        if is_due {
            state.listed = Some((begin, begin.elapsed()));
        }
        state.grown = state.grown.saturating_sub(grown);
        let gone = std::mem::take(&mut state.gone);
        new.files.retain(|file| !gone.contains(&file.path));
        // A file of which the sums are in the rollup, and that is being removed, is not to be planned again.
        state.known = new;
        state.unfoldable.clear();
        Ok(())
    }

    /// Reads the sizes of the known files, and of those that this process has created since they were read.
    fn sizes(&self, created: Vec<PathBuf>) -> Listing {
        let known = self.state().known.clone();
        let mut open = Directories::default();
        let mut new = Listing::default();
        let known = known.files.into_iter().map(|file| (file.path, file.log));
        let created = created.into_iter().filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let is_of = |log: &RetainedLog| {
                path.parent() == Some(&*log.naming.directory) && log.naming.is_ours(name)
            };
            let log = self.logs.iter().position(is_of)?;
            Some((path, log))
        });
        let mut seen = HashSet::new();
        for (path, log) in known.chain(created) {
            let Some((directory, name)) = open.of(&path) else {
                continue;
            };
            if let Ok(status) = directory.status(name)
                && status.is_file
                && seen.insert(path.clone())
            {
                new.files.push(log_file(directory, name, log, &status));
            }
        }
        for path in directories(&self.logs) {
            for name in [rollup::ROLLUP_FILE, rollup::REPLACEMENT_FILE] {
                let path = path.join(name);
                if let Some((directory, name)) = open.of(&path)
                    && let Ok(status) = directory.status(name)
                    && status.is_file
                {
                    new.others += counted(status.bytes);
                    if name == rollup::ROLLUP_FILE {
                        new.rollup = status.bytes;
                    }
                }
            }
        }
        new
    }

    /// Removes files that were taken. `may_wait` allows to wait for the disk and for other processes.
    fn remove_all(&self, files: &[LogFile], may_wait: bool, pruned: &mut Pruned) {
        let mut open = Directories::default();
        let mut closed: BTreeMap<usize, Vec<(PathBuf, String)>> = BTreeMap::new();
        for file in files {
            let log = &self.logs[file.log];
            let Some((directory, name)) = open.of(&file.path) else {
                self.state().remove(&file.path);
                continue;
            };
            let cause = self.state().unfoldable.get(&file.path).cloned();
            if let Some(cause) = cause {
                let requests = removal::requests_of(directory, &name.to_string_lossy());
                pruned.lost_requests = pruned.lost_requests.saturating_add(requests);
                pruned.lost_bytes = pruned.lost_bytes.saturating_add(file.bytes);
                pruned.cause = Some(cause);
                self.unlink(&file.path, pruned);
                continue;
            }
            match removal::remove(directory, name, log) {
                Ok(Removal::Removed) => pruned.removed.extend(self.state().remove(&file.path)),
                Ok(Removal::NotOurs) => _ = self.state().remove(&file.path),
                Ok(Removal::InUse) => self.state().keep(&file.path),
                Ok(Removal::Closed(segment)) => {
                    let of_log = closed.entry(file.log).or_default();
                    of_log.push((file.path.clone(), segment));
                }
                Err(error) => {
                    self.state().keep(&file.path);
                    pruned.failed.push((file.path.clone(), error));
                }
            }
        }
        for (log, segments) in closed {
            self.fold(log, &segments, &mut open, may_wait, pruned);
        }
        self.changed.notify_all();
    }

    /// Folds closed segments of a log, each with the path under which it was found, then removes them.
    fn fold(
        &self,
        log: usize,
        segments: &[(PathBuf, String)],
        open: &mut Directories,
        may_wait: bool,
        pruned: &mut Pruned,
    ) {
        let directory = self.logs[log].naming.directory.clone();
        let names: Vec<String> = segments.iter().map(|(_, name)| name.clone()).collect();
        // The live file was renamed: from here on the segment is known by its new name.
        {
            let mut state = self.state();
            for (found, name) in segments {
                let path = directory.join(name);
                if *found != path {
                    state.taken.remove(found);
                    state.taken.insert(path.clone());
                    let mut files = state.known.files.iter_mut();
                    if let Some(file) = files.find(|file| file.path == *found) {
                        file.path = path;
                    }
                }
            }
        }
        let staying: BTreeSet<String> = {
            let state = self.state();
            let live = removal::live_name(&self.logs[log].naming);
            let created = state.created.iter().filter_map(|path| {
                let name = path.file_name()?.to_str()?;
                self.logs[log].naming.is_ours(name).then(|| name.to_owned())
            });
            let known = names_of(&state.known.files, log).chain(created).chain(live);
            known.filter(|name| !names.contains(name)).collect()
        };
        let staying: Vec<String> = staying.into_iter().collect();
        let Some((handle, _)) = open.of(&directory.join(&names[0])) else {
            return;
        };
        let limits = Limits::of_budget(self.budget);
        let folding = match removal::fold(handle, &names, &staying, limits, may_wait) {
            Ok(folding) => folding,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && !may_wait => {
                // The thread that prunes in the background waits for the other process.
                let mut state = self.state();
                for name in &names {
                    state.keep(&directory.join(name));
                }
                return;
            }
            Err(error) => {
                for name in &names {
                    self.cannot_fold(&directory, name, &error, pruned);
                }
                return;
            }
        };
        for (name, error) in &folding.failed {
            self.cannot_fold(&directory, name, error, pruned);
        }
        if let Some(len) = folding.rollup.as_ref().and_then(|it| it.metadata().ok()) {
            let mut state = self.state();
            let grown = counted(len.len()).saturating_sub(counted(state.known.rollup));
            state.known.rollup = len.len();
            state.known.others = state.known.others.saturating_add(grown);
        }
        let folded: Vec<PathBuf> = folding
            .folded
            .iter()
            .map(|name| directory.join(name))
            .collect();
        if may_wait {
            self.state().folded.extend(folded.iter().cloned());
            self.changed.notify_all();
            // The removal must not reach the disk before the sums.
            if let Some(rollup) = folding.rollup {
                let _ = rollup.sync_all();
                let _ = handle.sync();
            }
        }
        for path in folded {
            let is_left = !may_wait || {
                let mut state = self.state();
                let at = state.folded.iter().position(|left| *left == path);
                at.map(|at| state.folded.swap_remove(at)).is_some()
            };
            if is_left {
                self.unlink(&path, pruned);
            }
        }
    }

    fn cannot_fold(&self, directory: &Path, name: &str, error: &io::Error, pruned: &mut Pruned) {
        let path = directory.join(name);
        let rollup = directory.join(rollup::ROLLUP_FILE);
        let why = format!("its totals cannot be kept in {}: {error}", rollup.display());
        let mut state = self.state();
        state.keep(&path);
        state.unfoldable.insert(path.clone(), why.clone());
        pruned
            .failed
            .push((path, io::Error::new(error.kind(), why)));
    }

    /// Removes a session segment whose sums are kept or lost.
    fn unlink(&self, path: &Path, pruned: &mut Pruned) {
        let removed = Directories::default()
            .of(path)
            .map_or(Ok(()), |(directory, name)| directory.remove(name));
        let mut state = self.state();
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                state.keep(path);
                pruned.failed.push((path.to_path_buf(), error));
            }
            _ => pruned.removed.extend(state.remove(path)),
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Compacts the rollup if it is due.
    fn compact(&self, pruned: &mut Pruned) {
        let limits = Limits::of_budget(self.budget);
        let sessions = self.logs.iter().filter(|log| log.kind == LogKind::Session);
        let directories: BTreeSet<&Path> = sessions.map(|log| &*log.naming.directory).collect();
        for path in directories {
            let Ok(directory) = Directory::resolve(path) else {
                continue;
            };
            let compacted = rollup::remove_replacement(&directory)
                .and_then(|()| rollup::needs_compaction(&directory, limits))
                .and_then(|is_due| {
                    if is_due {
                        rollup::compact(&directory, limits)
                    } else {
                        Ok(0)
                    }
                });
            match compacted {
                Ok(0) => {}
                Ok(requests) => {
                    pruned.lost_requests = pruned.lost_requests.saturating_add(requests);
                    let cause = "the rollup is full of months and models";
                    pruned.cause = Some(cause.to_owned());
                }
                // Another process compacts it at this time.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let path = path.join(rollup::ROLLUP_FILE);
                    pruned.failed.push((path, error));
                }
            }
        }
    }
}

/// Directories that are opened once.
#[derive(Default)]
struct Directories(HashMap<PathBuf, Option<Directory>>);

impl Directories {
    /// Returns the directory and the name of a file. `None` if the directory cannot be opened.
    fn of<'p>(&mut self, path: &'p Path) -> Option<(&Directory, &'p OsStr)> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        if !self.0.contains_key(parent) {
            let opened = Directory::resolve(parent).ok();
            self.0.insert(parent.to_path_buf(), opened);
        }
        Some((self.0.get(parent)?.as_ref()?, name))
    }
}

#[cfg(test)]
mod tests;
