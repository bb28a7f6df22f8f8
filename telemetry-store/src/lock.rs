//! Locks: whether a running process uses a file, and the lock of a directory.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::directory::Directory;
use crate::held::HeldFile;
use crate::pause::pause;
use crate::platform;

/// The number of attempts to take a lock that other processes hold for a short time only.
pub const LOCK_TRIES: u32 = 50;
/// The pause between two attempts.
pub const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// The name of the file whose lock is the lock of its directory. Its content is that of [`daily_note`](crate::daily_note).
pub const LOCK_FILE: &str = ".telemetry.lock";

/// Returns whether a running process has the log file open to write.
///
/// # Errors
///
/// Fails if the file does not exist, cannot be read, or is a symlink.
pub fn is_in_use(path: &Path) -> io::Result<bool> {
    Ok(platform::claim(path)?.is_none())
}

/// The lock of a directory. Dropping the value releases it.
#[derive(Debug)]
pub struct DirectoryLock {
    file: HeldFile,
}

impl DirectoryLock {
    /// Returns the lock file; an error if its descriptor was closed or replaced.
    pub(crate) fn file(&self) -> io::Result<&File> {
        self.file.checked()
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Closing alone would leave the lock to a child that was forked meanwhile and has the file open as well.
        if let Ok(file) = self.file.checked() {
            let _ = file.unlock();
        }
    }
}

/// Takes the lock of a directory, under which shared files are rotated and old files removed; dropping the value
/// releases the lock. `None` if another process holds the lock for long, for example because it was stopped: rotation and
/// removal are safe without the lock, but two processes may do the same work. Creates the lock file, not the directory.
pub fn lock_directory(directory: &Path) -> Option<DirectoryLock> {
    lock_in(&Directory::resolve(directory).ok()?, LOCK_TRIES)
}

/// Returns whether a directory has a lock file. Only a writer creates the lock file, once it has examined the directory: a symlink
/// that takes the place of the directory must not lead to a new file elsewhere.
pub(crate) fn has_lock(directory: &Path) -> bool {
    directory.join(LOCK_FILE).symlink_metadata().is_ok()
}

/// Creates the lock file of a directory.
pub fn create_lock(directory: &Directory) {
    // An error is ignored, because rotation and removal are safe without the lock.
    let _ = directory.open_append(LOCK_FILE);
}

/// Like [`lock_directory`], for an open directory and with this number of attempts.
pub fn lock_in(directory: &Directory, tries: u32) -> Option<DirectoryLock> {
    let held = directory.open_append(LOCK_FILE).ok()?;
    for attempt in 0..tries {
        if attempt > 0 {
            pause(LOCK_PAUSE);
        }
        match held.checked().ok()?.try_lock() {
            Ok(()) => return Some(DirectoryLock { file: held }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}
