//! Who is alive: a file is in use while a living process has it open to write, and no longer.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::platform;

/// How often a lock that another process holds for an instant is tried again.
pub const LOCK_TRIES: u32 = 50;
/// The pause before it is.
pub const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// The lock of a directory. Always empty.
pub const LOCK_FILE: &str = ".telemetry.lock";

/// Whether a living process has this log file open.
///
/// # Errors
///
/// Where the file is not there, cannot be read, or is a symlink.
pub fn is_in_use(path: &Path) -> io::Result<bool> {
    Ok(platform::claim(path)?.is_none())
}

/// The lock under which shared files are rotated and old ones removed, until it is dropped. `None`
/// where another process keeps it for long, as one that was stopped in the middle does: the work is
/// safe without it, only done twice. Creates the lock's file, not the directory.
pub fn lock_directory(directory: &Path) -> Option<File> {
    let file = platform::open_append(&directory.join(LOCK_FILE)).ok()?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}
