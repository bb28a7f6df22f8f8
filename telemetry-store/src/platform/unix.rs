//! A file is in use while a process holds a shared `flock` on it.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::{Resource, getrlimit};

use super::regular;

/// What tells one file from another, whatever its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The one of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::from(&metadata))
    }

    /// The one of what is at the path, itself and not what it leads to.
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

/// Creates the directory and its parents, with access for the owner alone.
pub fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Takes everybody else's access away from a directory of the user's.
pub fn make_private(directory: &Path, metadata: &Metadata) -> io::Result<()> {
    if metadata.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Why others could write into a directory; `None` where they cannot.
pub fn writable_by_others(metadata: &Metadata) -> Option<String> {
    let mode = metadata.permissions().mode() & 0o7777;
    let who = match (mode & 0o020 != 0, mode & 0o002 != 0) {
        (_, true) => "anybody",
        (true, false) => "its group",
        _ => return None,
    };
    Some(format!("{who} can write there (mode {mode:04o})"))
}

/// What a rename or a removal in the directory did is on the disk when this returns.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The most that this process may have in one file, in bytes: `ulimit -f`. `None`: no limit.
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

/// Creates a private file that did not exist.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Creates a private log file that did not exist; in use from then on.
pub fn create_log(path: &Path) -> io::Result<File> {
    let file = create_new(path)?;
    file.lock_shared()?;
    Ok(file)
}

/// Opens a file to append to, or creates it; private in both cases.
pub fn open_append(path: &Path) -> io::Result<File> {
    let file = regular(options().create(true).open(path)?)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Opens a log file to append to, or creates it; in use from then on. `None` where somebody is about
/// to remove it. By the time it is in use it may stand at another path: see [`Identity`].
pub fn open_log(path: &Path) -> io::Result<Option<File>> {
    let file = open_append(path)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens a file to look at, not through a symlink, and without waiting for a pipe's other end.
pub fn open_read(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK))
        .open(path)
}

/// Takes a log file for its removal, without waiting. `None` where a living process uses it; nobody
/// begins to while this is held.
pub fn claim(path: &Path) -> io::Result<Option<File>> {
    let file = open_read(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether somebody else has claimed a file, and is about to remove it.
pub fn is_claimed(path: &Path) -> bool {
    open_read(path).is_ok_and(|file| {
        // Who writes to it shares its lock.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    })
}

/// Returns when the writes to a file that were half way are done: the kernel takes the same lock for
/// a write and for a change of the mode, which here changes nothing. A file system that does not,
/// over a network, may have one write show in two parts.
pub fn let_writes_finish(file: &File) {
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
