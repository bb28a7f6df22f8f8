//! Reading a session log while other processes rotate and fold its files.
//!
//! A segment that is folded and removed during a read would be missing from both the rollup and the
//! segments that were read, and a segment that is closed during a read would be missing as well. So the
//! list of files is compared before and after, and the read is repeated if the list changed.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use telemetry_store::{PART_WAIT, keep_uncut, lock_directory, segments_of};

use super::log_files::SessionLogFiles;

/// Attempts without a lock. Later attempts lock the directories, which makes other processes wait.
const ATTEMPTS: u32 = 4;
/// Attempts with and without the lock.
const ALL_ATTEMPTS: u32 = 24;

/// Calls `read` with the segments of each log, again and again until no file has changed during the call, and returns the last
/// result. After [`ALL_ATTEMPTS`] repetitions the result is returned although files have changed.
pub(super) fn read<T>(logs: &[SessionLogFiles], mut read: impl FnMut(&[Vec<PathBuf>]) -> T) -> T {
    let segments = || -> Vec<_> { logs.iter().map(|files| segments_of(&files.log)).collect() };
    let rollups = || -> Vec<_> { logs.iter().map(|files| version(&files.rollup)).collect() };
    let mut locks = Vec::new();
    let mut attempt = 0;
    loop {
        if attempt == ATTEMPTS {
            // No file is folded while these locks are held, but logs can still be rotated.
            let directories = logs.iter().map(|files| &files.log.directory);
            locks.extend(directories.map(|directory| lock_directory(directory)));
        }
        let before = (rollups(), segments());
        // The end of a long segment is folded and cut off while its beginning stays.
        let wait = if attempt == 0 {
            PART_WAIT
        } else {
            Duration::ZERO
        };
        let segments_to_read = before.1.iter().flatten();
        let _uncut: Vec<_> = segments_to_read.map(|it| keep_uncut(it, wait)).collect();
        let result = read(&before.1);
        if attempt == ALL_ATTEMPTS || (rollups(), segments()) == before {
            return result;
        }
        attempt += 1;
    }
}

/// Returns a value that changes whenever the rollup is replaced.
fn version(rollup: &Path) -> Option<(SystemTime, u64)> {
    let metadata = rollup.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
