//! Removing the oldest files of log directories.
//!
//! A [`Pruner`] has a list of files: those of its last listing, and those that its process has created since. Pruning in the
//! background ([`Pruner::prune`]) lists the directories, folds whole segments, syncs the rollup and compacts it. A thread of the
//! host that cannot wait for the background removes files from the list ([`Pruner::make_room`]): this function lists no directory
//! and syncs no file. Both functions take a file from the list before they remove it, so that they can run at the same time.

mod compacting;
#[cfg(feature = "zstd")]
mod compressing;
mod directories;
mod folding;
mod pruned;
mod sizes;
mod state;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::compaction::remove_temporary;
use crate::compressed::COMPRESSION_FILE;
use crate::directory::Directory;
use crate::folding::requests_of;
use crate::listing::{RetainedLog, directories, listing, log_file, mark_headers};
use crate::lock::{DirectoryLock, has_lock, lock_directory};
use crate::plan::LogFile;
use crate::removal::{self, Removal};
use crate::rollup;

use compacting::compact;
use directories::Directories;
use sizes::{sizes, with_log};
use state::State;

#[cfg(feature = "zstd")]
pub use compressing::Compression;
pub use pruned::Pruned;

/// How long a thread of the host waits for files that another thread is removing, before it removes further ones.
const LONGEST_WAIT: Duration = Duration::from_millis(2);
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
    /// How far below the budget the files are pruned, so that writes during the next pruning have room.
    headroom: AtomicU64,
    state: Mutex<State>,
    /// Notified when files were removed.
    changed: Condvar,
    listings: AtomicU64,
}

/// Removes the oldest files that no running process uses until the rest fits the budget; a budget of 0 means no limit. The
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
            headroom: AtomicU64::new(0),
            state: Mutex::default(),
            changed: Condvar::new(),
            listings: AtomicU64::new(0),
        }
    }

    /// Returns how often the directories were listed.
    pub fn listings(&self) -> u64 {
        self.listings.load(Ordering::Relaxed)
    }

    /// Returns the known number of bytes that count towards the budget; 0 until the first pruning has ended.
    pub fn known_bytes(&self) -> u64 {
        let state = self.state();
        if state.is_settled { state.total() } else { 0 }
    }

    /// Returns the number of bytes that count towards the budget, also while the first pruning removes files; `None` until the
    /// directories were listed once.
    pub fn listed_bytes(&self) -> Option<u64> {
        let state = self.state();
        state.listed.is_some().then(|| state.total())
    }

    /// Makes further prunings remove files until the total is `bytes` below the budget, for a process that writes while it prunes.
    pub fn set_headroom(&self, bytes: u64) {
        // Called before each of many writes: the lock of the state would make the threads wait for one another.
        self.headroom.store(bytes, Ordering::Relaxed);
    }

    /// Adds a file that this process has created.
    pub fn created(&self, path: &Path) {
        self.state().created.push(path.to_path_buf());
    }

    /// Takes back bytes for which room was made, and which were not written.
    pub fn refuse(&self, bytes: u64) {
        if bytes > 0 {
            let mut state = self.state();
            state.grown = state.grown.saturating_sub(bytes);
        }
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
        if self.budget == 0 {
            return Ok(Pruned::default());
        }
        let _pruning = Pruning::begin(self);
        self.prune_now()
    }

    fn prune_now(&self) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        // Readers that found the files changing several times hold this lock while they open them.
        let _locks = self.lock_directories();
        for path in directories(&self.logs) {
            // A file that cannot be removed counts towards the budget.
            let _ = Directory::resolve(path).and_then(|it| remove_temporary(&it, COMPRESSION_FILE));
        }
        self.refresh()?;
        // A rollup of an earlier version may be larger than the budget, and has no room for further sums.
        if compact(&self.logs, self.budget, &mut pruned) {
            self.refresh()?;
        }
        loop {
            let headroom = self.headroom.load(Ordering::Relaxed);
            let files = self
                .state()
                .take(self.budget.saturating_sub(headroom).max(1));
            if files.is_empty() {
                break;
            }
            self.remove_all(&files, true, &mut pruned);
        }
        _ = compact(&self.logs, self.budget, &mut pruned);
        self.state().is_settled = true;
        Ok(pruned)
    }

    /// Makes room for `grown` bytes that this process has written since the last call, or since the last pruning began. For a
    /// thread of the host: waits for a few milliseconds at most, lists no directory, and does not sync the rollup.
    pub fn make_room(&self, grown: u64) -> Pruned {
        let mut pruned = Pruned::default();
        let deadline = Instant::now() + LONGEST_WAIT;
        self.state().grown += grown;
        self.add_created();
        loop {
            let mut state = self.state();
            let left = deadline.saturating_duration_since(Instant::now());
            if state.listed.is_none() && !left.is_zero() {
                // The first listing has not ended.
                drop(self.changed.wait_timeout(state, left));
                continue;
            }
            let excess = state.total().saturating_sub(self.budget);
            if self.budget == 0 || excess == 0 || state.listed.is_none() {
                return pruned;
            }
            // A rollup of an earlier version may be huge, and is compacted in the background before anything is folded.
            if !state.is_settled && state.known.rollup > rollup::share_of(self.budget) {
                return pruned;
            }
            // Sums that are in the rollup are safe from a kill, so that the file need not wait for the disk.
            if let Some(path) = state.folded.pop() {
                drop(state);
                self.unlink(&path, &mut pruned);
                continue;
            }
            let taken = state.bytes_taken();
            // Until the first pruning has ended, the background removes the files of earlier processes, which may take longer
            // than the deadline.
            let is_late = left.is_zero() && state.is_settled;
            if taken < excess || is_late {
                // The thread that took the other files may be suspended. Then this thread removes further files in their place.
                let more = if is_late { taken } else { 0 };
                let files = state.take(self.budget.saturating_sub(more).max(1));
                if !files.is_empty() {
                    drop(state);
                    self.remove_all(&files, false, &mut pruned);
                    continue;
                }
            }
            // A pruning may remove files that this thread cannot remove, and runs sooner while this thread waits.
            let others_remove = taken > 0 || state.prunings > 0;
            if !others_remove || left.is_zero() || !state.is_settled {
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
        let existing: Vec<_> = directories.into_iter().filter(|it| has_lock(it)).collect();
        let locks: Vec<_> = existing
            .iter()
            .filter_map(|it| lock_directory(it))
            .collect();
        self.state().locked_out = (locks.len() < existing.len()).then(Instant::now);
        locks
    }

    /// Reads the sizes of the files, and lists the directories if listings took only a small part of the time so far.
    fn refresh(&self) -> io::Result<()> {
        let (listed, grown, created, known) = {
            let mut state = self.state();
            state.gone.clear();
            // Files that are created from here on may not be listed.
            let created = std::mem::take(&mut state.created);
            let known = state.known.files.clone();
            (state.listed, state.grown, created, known)
        };
        let is_due = listed.is_none_or(|(at, cost)| at.elapsed() >= cost * LISTING_PART);
        let begin = Instant::now();
        let mut new = if is_due {
            self.listings.fetch_add(1, Ordering::Relaxed);
            listing(&self.logs)?
        } else {
            sizes(&self.logs, known, created)
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
        // A file that was removed while the sizes were read must not be planned again.
        let gone = std::mem::take(&mut state.gone);
        new.files.retain(|file| !gone.contains(&file.path));
        state.known = new;
        state.unfoldable.clear();
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Adds the files that this process has created since the last listing to the known ones.
    fn add_created(&self) {
        let created = std::mem::take(&mut self.state().created);
        if created.is_empty() {
            return;
        }
        let mut open = Directories::default();
        let mut new = Vec::new();
        for (path, log) in created
            .into_iter()
            .filter_map(|path| with_log(&self.logs, path))
        {
            if let Some((directory, name)) = open.of(&path)
                && let Ok(status) = directory.status(name)
                && status.is_file
            {
                new.push(log_file(directory, name, log, &status));
            }
        }
        let mut state = self.state();
        for file in new {
            let files = &mut state.known.files;
            if !files.iter().any(|known| known.path == file.path) {
                // Its bytes are those that this process has written, which are counted already.
                let counted = file.counted();
                files.push(file);
                state.grown = state.grown.saturating_sub(counted);
            }
        }
    }

    /// Removes files that were taken. `may_wait` allows to wait for the disk and for other processes.
    fn remove_all(&self, files: &[LogFile], may_wait: bool, pruned: &mut Pruned) {
        let mut open = Directories::default();
        // The closed segments of each log.
        let mut closed: Vec<Vec<(PathBuf, String)>> = vec![Vec::new(); self.logs.len()];
        for file in files {
            let log = &self.logs[file.log];
            let Some((directory, name)) = open.of(&file.path) else {
                self.state().remove(&file.path);
                continue;
            };
            let cause = self.state().unfoldable.get(&file.path).cloned();
            if let Some(cause) = cause {
                let Ok(requests) = requests_of(directory, &name.to_string_lossy()) else {
                    self.state().keep(&file.path);
                    continue;
                };
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
                    closed[file.log].push((file.path.clone(), segment));
                }
                Err(error) => {
                    self.state().keep(&file.path);
                    pruned.failed.push((file.path.clone(), error));
                }
            }
        }
        for (log, segments) in closed.into_iter().enumerate() {
            if segments.is_empty() {
                continue;
            }
            self.fold(log, &segments, &mut open, may_wait, pruned);
        }
        self.changed.notify_all();
    }
}

/// A running pruning. A panic ends it as well, because threads that make room would otherwise wait for its end for ever.
struct Pruning<'a>(&'a Pruner);

impl<'a> Pruning<'a> {
    fn begin(pruner: &'a Pruner) -> Self {
        pruner.state().prunings += 1;
        Self(pruner)
    }
}

impl Drop for Pruning<'_> {
    fn drop(&mut self) {
        self.0.state().prunings -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
