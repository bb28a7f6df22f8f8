//! Unix: a file is in use while a process holds a shared `flock` on it.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::{Resource, getrlimit};

use super::regular;

/// The identity of a file, independent of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Returns the identity of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::from(&metadata))
    }

    /// Returns the identity of the file at a path. A symlink is not followed.
    pub fn at(path: &Path) -> io::Result<Self> {
        path.symlink_metadata()
            .map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// Creates a directory and its parents with access for the owner only.
pub fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes the access of the group and of others from a directory.
pub fn make_private(directory: &Path, metadata: &Metadata) -> io::Result<()> {
    if metadata.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Returns why other users can write to a directory; `None` if they cannot.
pub fn writable_by_others(metadata: &Metadata) -> Option<String> {
    let mode = metadata.permissions().mode() & 0o7777;
    let who = match (mode & 0o020 != 0, mode & 0o002 != 0) {
        (_, true) => "anybody",
        (true, false) => "its group",
        _ => return None,
    };
    Some(format!("{who} can write there (mode {mode:04o})"))
}

/// Syncs a directory: renames and removals in it are on the disk when the function returns.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Returns the largest file that this process may write, in bytes (`ulimit -f`); `None` without a limit.
pub fn file_size_limit() -> Option<u64> {
    getrlimit(Resource::Fsize).current
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .append(true)
        .mode(0o600)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::CLOEXEC));
    options
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

/// Creates a private file; fails if the path exists.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Creates a private log file and marks it as in use; fails if the path exists.
pub fn create_log(path: &Path) -> io::Result<File> {
    let file = create_new(path)?;
    file.lock_shared()?;
    Ok(file)
}

/// Opens a file for appending, or creates it. The file is made private in both cases.
pub fn open_append(path: &Path) -> io::Result<File> {
    let file = regular(options().create(true).open(path)?)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Opens a log file for appending, or creates it, and marks it as in use. `None` if another process is about to remove
/// the file. The file may have been renamed before it was marked; compare its [`Identity`].
pub fn open_log(path: &Path) -> io::Result<Option<File>> {
    let file = open_append(path)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens a file for reading, without following a symlink and without blocking on a pipe.
pub fn open_read(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK))
        .open(path)
}

/// Claims a log file for its removal, without blocking. `None` if a living process uses the file. No process can begin to
/// use the file while the returned handle is open.
pub fn claim(path: &Path) -> io::Result<Option<File>> {
    let file = open_read(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether another process has claimed a file and is about to remove it.
pub fn is_claimed(path: &Path) -> bool {
    open_read(path).is_ok_and(|file| {
        // Writers hold a shared lock, which is compatible with this one.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    })
}

/// Waits until the writes in progress to a file are complete. Setting the mode, to its present value, takes the lock of the
/// inode that a write holds. On network file systems without this lock, a write may become visible in two parts.
pub fn wait_for_writes(file: &File) {
    let _ = file.set_permissions(Permissions::from_mode(0o600));
}

/// Whether the file ends in the middle of a line.
pub fn ends_torn(file: &File, len: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = len.checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    Ok(last != [b'\n'])
}
