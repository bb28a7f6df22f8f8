//! The state of a pruner: the known files of its directories.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::hashing::{HashMap, HashSet};
use crate::listing::Listing;
use crate::plan::{LogFile, plan};

/// The known files, and the operations in progress on them.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) known: Listing,
    /// Files that a thread is removing.
    pub(super) taken: HashSet<PathBuf>,
    /// Files whose sums are in the rollup, which may not be on the disk yet. They are taken as well.
    pub(super) folded: Vec<PathBuf>,
    /// Files that cannot be folded, with the reason. They are active as long as other files can be removed.
    pub(super) unfoldable: HashMap<PathBuf, String>,
    /// Files that this process has created since the last listing.
    pub(super) created: Vec<PathBuf>,
    /// Files that were removed since the last listing began.
    pub(super) gone: HashSet<PathBuf>,
    /// Closed segments that are not to be compressed: they would not become smaller, have another hard link, or were written by
    /// another program.
    #[cfg(feature = "zstd")]
    pub(super) incompressible: HashSet<PathBuf>,
    /// Bytes that this process has written since the sizes were read.
    pub(super) grown: u64,
    /// Bytes reserved for a compressed file that is being written. The sizes on the disk may include none or all of them.
    pub(super) reserved: u64,
    pub(super) listed: Option<(Instant, Duration)>,
    /// When the lock of a directory could not be taken.
    pub(super) locked_out: Option<Instant>,
    /// Whether the first pruning has ended, which removes the files that earlier processes left beyond the budget.
    pub(super) is_settled: bool,
    /// The number of prunings that have begun and not ended.
    pub(super) prunings: u32,
}

impl State {
    pub(super) fn total(&self) -> u64 {
        self.known.counted().saturating_add(self.unlisted())
    }

    /// Returns the bytes that the known files do not contain.
    fn unlisted(&self) -> u64 {
        self.grown.saturating_add(self.reserved)
    }

    pub(super) fn bytes_taken(&self) -> u64 {
        let files = self.known.files.iter();
        let taken = files.filter(|file| self.taken.contains(&file.path));
        taken.map(LogFile::counted).sum()
    }

    /// Gives back a segment that was not folded. Where other processes were folding, the next pruning tries again.
    pub(super) fn cannot_fold(&mut self, path: &Path, why: &str, kind: ErrorKind) {
        self.keep(path);
        if kind != ErrorKind::WouldBlock {
            self.unfoldable.insert(path.to_path_buf(), why.to_owned());
        }
    }

    /// Takes the files to remove, so that the rest fits the budget once all taken files are removed.
    pub(super) fn take(&mut self, budget: u64) -> Vec<LogFile> {
        let for_files = self
            .known
            .budget_of_files(budget.saturating_sub(self.unlisted()).max(1));
        let is_idle = |file: &&LogFile| !self.taken.contains(&file.path);
        let mut idle: Vec<LogFile> = self.known.files.iter().filter(is_idle).cloned().collect();
        let mut planned = plan(&idle, for_files);
        if planned.is_empty() && !self.unfoldable.is_empty() {
            // All other files are removed or in use. Therefore the oldest of these files are removed without their sums.
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

    pub(super) fn remove(&mut self, path: &Path) -> Option<LogFile> {
        self.taken.remove(path);
        self.unfoldable.remove(path);
        self.gone.insert(path.to_path_buf());
        let at = self
            .known
            .files
            .iter()
            .position(|file| file.path.as_os_str() == path.as_os_str())?;
        Some(self.known.files.swap_remove(at))
    }

    pub(super) fn keep(&mut self, path: &Path) {
        self.taken.remove(path);
        if let Some(file) = self.known.files.iter_mut().find(|file| file.path == path) {
            file.active = true;
        }
    }
}
