//! Folding and removing the segments that were taken.

use std::io;
use std::path::{Path, PathBuf};

use telemetry_schema::sort::sort;

use super::Pruner;
use super::compacting::compact;
use super::directories::Directories;
use super::pruned::Pruned;
use crate::directory::Directory;
use crate::folding::{Folder, Folding};
use crate::listing::names_of;
use crate::part::PAUSE_FOR_READERS;
use crate::pause::pause;
use crate::plan::counted;
use crate::platform;
use crate::removal;
use crate::rollup::{self, Limits};

impl Pruner {
    /// Folds closed segments of a log, each with the path under which it was found, then removes them.
    pub(super) fn fold(
        &self,
        log: usize,
        segments: &[(PathBuf, String)],
        open: &mut Directories,
        may_wait: bool,
        pruned: &mut Pruned,
    ) {
        let directory = self.logs[log].naming.directory.clone();
        let names: Vec<String> = segments.iter().map(|(_, name)| name.clone()).collect();
        // The live file was renamed. Later steps use the new name of the segment.
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
        let mut staying: Vec<String> = {
            let state = self.state();
            let live = removal::live_name(&self.logs[log].naming);
            let created = state.created.iter().filter_map(|path| {
                let name = path.file_name()?.to_str()?;
                self.logs[log]
                    .naming
                    .is_of_log(name)
                    .then(|| name.to_owned())
            });
            let known = names_of(&state.known.files, log).chain(created).chain(live);
            known.filter(|name| !names.contains(name)).collect()
        };
        sort(&mut staying);
        staying.dedup();
        let Some((handle, _)) = open.of(&directory.join(&names[0])) else {
            return;
        };
        let limits = Limits::of_budget(self.budget);
        let (mut left, mut has_compacted) = (names, false);
        while !left.is_empty() {
            let mut folder = Folder::new(handle, &left, &staying, limits, may_wait);
            let error = loop {
                match folder.fold_next() {
                    Ok(Some(folding)) => {
                        has_compacted = false;
                        let is_cut = folding.is_cut;
                        self.finish(handle, &directory, folding, may_wait, pruned);
                        if is_cut {
                            // The sums of the parts may fill the rollup.
                            _ = compact(&self.logs, self.budget, pruned);
                            pause(PAUSE_FOR_READERS);
                        }
                    }
                    Ok(None) => return,
                    Err(error) => break error,
                }
            };
            let again = folder.left().to_vec();
            drop(folder);
            let is_full = error.kind() == io::ErrorKind::QuotaExceeded;
            if may_wait && is_full && !has_compacted {
                has_compacted = true;
                _ = compact(&self.logs, self.budget, pruned);
                left = again;
                continue;
            }
            let is_for_background =
                error.kind() == io::ErrorKind::WouldBlock || is_full && !self.state().is_settled;
            if !may_wait && is_for_background {
                // The thread that prunes in the background waits for the other process, or compacts the rollup.
                let mut state = self.state();
                for name in &again {
                    state.keep(&directory.join(name));
                }
            } else {
                for name in &again {
                    self.cannot_fold(&directory, name, &error, pruned);
                }
            }
            return;
        }
    }

    /// Removes the segments that were folded.
    fn finish(
        &self,
        handle: &Directory,
        directory: &Path,
        folding: Folding,
        may_wait: bool,
        pruned: &mut Pruned,
    ) {
        for (name, error) in &folding.failed {
            self.cannot_fold(directory, name, error, pruned);
        }
        if let Some(len) = folding.rollup.as_ref().and_then(|it| it.metadata().ok()) {
            let mut state = self.state();
            let grown = counted(len.len()).saturating_sub(counted(state.known.rollup));
            state.known.rollup = len.len();
            state.known.others = state.known.others.saturating_add(grown);
        }
        for name in &folding.gone {
            let removed = self.state().remove(&directory.join(name));
            pruned.removed.extend(removed);
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
                let _ = platform::sync(&rollup);
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
        state.cannot_fold(&path, &why, error.kind());
        pruned
            .failed
            .push((path, io::Error::new(error.kind(), why)));
    }

    /// Removes a session segment whose sums are kept or lost. A directory or a symlink that has taken its name is not removed.
    pub(super) fn unlink(&self, path: &Path, pruned: &mut Pruned) {
        let mut open = Directories::default();
        let removed = open
            .of(path)
            .map_or(io::Result::Ok(true), |(directory, name)| {
                let status = directory.status(name)?;
                if status.is_file {
                    directory.remove(name)?;
                }
                Ok(status.is_file)
            });
        let mut state = self.state();
        match removed {
            Ok(false) => _ = state.remove(path),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                state.keep(path);
                pruned.failed.push((path.to_path_buf(), error));
            }
            _ => pruned.removed.extend(state.remove(path)),
        }
        drop(state);
        self.changed.notify_all();
    }
}
