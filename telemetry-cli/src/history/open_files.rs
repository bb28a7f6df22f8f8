//! Opens a consistent set of a home's session log files.

use std::fs::File;
use std::path::{Path, PathBuf};

use telemetry_store::platform::Identity;
use telemetry_store::{HeldFile, PART_WAIT, keep_uncut, lock_directory};

use crate::error::Error;
use crate::home::{Home, LogFile, LogKind, open};

/// The number of attempts to open the files without the directory lock. Each attempt fails if a segment
/// was folded in between.
const TRIES: u32 = 4;

/// The open files of a home's session log as they were at one instant. They contain every record, or the
/// sum that replaces it, whatever happens to the file names later.
pub(super) struct OpenFiles {
    pub(super) rollup: Option<(PathBuf, File)>,
    pub(super) segments: Vec<(PathBuf, File)>,
    /// Keeps long segments from being cut, of which the end is folded while the beginning stays.
    pub(super) uncut: Vec<HeldFile>,
}

impl OpenFiles {
    pub(super) fn of(home: &Home) -> Result<Self, Error> {
        // A directory that cannot be read is named, and not the first file in it.
        home.files_of(LogKind::Session)?;
        for _ in 0..TRIES {
            let opened = Self::now(home)?;
            if opened.is_current(home) {
                return Ok(opened);
            }
        }
        // Segments are neither folded nor removed while this lock is held.
        let rollup = home.rollup();
        let directory = rollup.as_deref().and_then(Path::parent);
        let _lock = directory.and_then(lock_directory);
        Self::now(home)
    }

    fn now(home: &Home) -> Result<Self, Error> {
        let with_path = |path: PathBuf| -> Result<Option<(PathBuf, File)>, Error> {
            Ok(open(&path)?.map(|file| (path, file)))
        };
        let rollup = home.rollup().map(with_path).transpose()?.flatten();
        // The live file is opened before the segments are listed. If it is rotated in between, its identity
        // shows that it is listed as a segment; in the opposite order its records would be missed.
        let live = home.files_of(LogKind::Session)?;
        let live = live.into_iter().find(LogFile::is_live);
        let live = live.map(|file| with_path(file.path)).transpose()?.flatten();
        let live_identity = live.as_ref().and_then(|(_, file)| Identity::of(file).ok());
        let mut segments = Vec::new();
        for segment in home.files_of(LogKind::Session)? {
            if !segment.is_live()
                && let Some((path, file)) = with_path(segment.path)?
                && (live_identity.is_none() || Identity::of(&file).ok() != live_identity)
            {
                segments.push((path, file));
            }
        }
        segments.extend(live);
        let uncut = segments
            .iter()
            .filter_map(|(path, _)| keep_uncut(path, PART_WAIT));
        Ok(Self {
            rollup,
            uncut: uncut.collect(),
            segments,
        })
    }

    /// Returns whether the rollup is still the opened file. If it was replaced, a segment may have been
    /// folded and removed in between, and would be in neither.
    fn is_current(&self, home: &Home) -> bool {
        let there = home.rollup().and_then(|path| Identity::at(&path).ok());
        let opened = self.rollup.as_ref();
        opened.and_then(|(_, file)| Identity::of(file).ok()) == there
    }
}
