//! The files of a home at one moment.

use std::fs::File;
use std::path::{Path, PathBuf};

use telemetry_store::lock_directory;
use telemetry_store::platform::Identity;

use crate::error::Error;
use crate::home::{Home, LogFile, LogKind, open};

/// How often the files of a home are opened anew because some were rotated or folded meanwhile,
/// before those who do that are asked to wait.
const TRIES: u32 = 4;

/// The files of a home's session log as they were at one moment, open: whatever becomes of their
/// names, each record and each sum of pruned ones is in one of them.
pub(super) struct Opened {
    pub(super) rollup: Option<(PathBuf, File)>,
    pub(super) segments: Vec<(PathBuf, File)>,
}

impl Opened {
    pub(super) fn of(home: &Home) -> Result<Self, Error> {
        for _ in 0..TRIES {
            let opened = Self::now(home)?;
            if opened.is_current(home) {
                return Ok(opened);
            }
        }
        // Nothing is folded or removed under this lock.
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
        // The shared file is opened before the segments are listed: if it becomes one in between, it
        // is known by its identity; the other way round its records would be in neither.
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
        Ok(Self { rollup, segments })
    }

    /// Whether the rollup is still the one that was opened: a segment that was folded and removed in
    /// between is in neither of what was opened.
    fn is_current(&self, home: &Home) -> bool {
        let there = home.rollup().and_then(|path| Identity::at(&path).ok());
        let opened = self.rollup.as_ref();
        opened.and_then(|(_, file)| Identity::of(file).ok()) == there
    }
}
