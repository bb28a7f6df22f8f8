//! Reading a session log while other processes rotate and fold its files.
//!
//! A segment that is folded and removed during a read would be missing from both the rollup and the
//! segments that were read, and a segment that is closed during a read would be missing as well. So the
//! list of files is compared before and after, and the read is repeated if the list changed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telemetry_store::{lock_directory, segments_of};

use super::log_files::SessionLogFiles;

/// Attempts without a lock. After these the directories are locked, which makes other processes wait.
const ATTEMPTS: u32 = 4;

/// Calls `read` with the segments of each log until the files did not change meanwhile.
pub(super) fn read<T>(logs: &[SessionLogFiles], mut read: impl FnMut(&[Vec<PathBuf>]) -> T) -> T {
    let segments = || -> Vec<_> { logs.iter().map(|files| segments_of(&files.log)).collect() };
    let rollups = || -> Vec<_> { logs.iter().map(|files| version(&files.rollup)).collect() };
    for _ in 0..ATTEMPTS {
        let before = (rollups(), segments());
        let result = read(&before.1);
        if (rollups(), segments()) == before {
            return result;
        }
    }
    // No file is rotated or folded while these locks are held.
    let _locks: Vec<_> = logs
        .iter()
        .map(|files| lock_directory(&files.log.directory))
        .collect();
    read(&segments())
}

/// Returns a value that changes whenever the rollup is replaced.
fn version(rollup: &Path) -> Option<(SystemTime, u64)> {
    let metadata = rollup.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
