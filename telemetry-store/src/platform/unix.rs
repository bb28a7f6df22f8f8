//! Unix: a file is in use while a process holds a shared `flock` on it.

use std::fs::{File, Metadata, Permissions, TryLockError};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, fstat, openat};
use rustix::io::retry_on_intr;

use super::{Exposed, OpenStatus, regular};

mod directory;

pub use directory::DirectoryHandle;

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

    /// Returns the identity with a device in the type of the system. That type is signed on macOS, where the standard library
    /// returns the sign-extended bits: both have one identity.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no system has a type of more than 64 bits, and devices are only compared"
    )]
    pub(super) fn new(device: impl Into<i128>, inode: u64) -> Self {
        let device = device.into() as u64;
        Self { device, inode }
    }

    /// Returns device and inode as numbers that atomics can hold.
    pub fn bits(self) -> [u64; 2] {
        [self.device, self.inode]
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self::new(metadata.dev(), metadata.ino())
    }
}

/// Returns why this process can create no file in an existing directory; `None` if it can, or if that is not known.
pub fn why_not_writable(directory: &Path) -> Option<io::Error> {
    use rustix::fs::{Access, AtFlags, accessat};
    use rustix::io::Errno;
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    match accessat(CWD, directory, wanted, AtFlags::EACCESS) {
        Err(error @ (Errno::ACCESS | Errno::ROFS)) => Some(error.into()),
        _ => of_kernel(directory),
    }
}

/// Returns an error for a file system in which only the kernel makes files. The permissions of its directories do not show that
/// to the superuser.
#[cfg(target_os = "linux")]
fn of_kernel(directory: &Path) -> Option<io::Error> {
    /// The numbers of procfs, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs and devpts in `linux/magic.h`.
    const MAGIC: [u32; 8] = [
        0x9fa0,
        0x6265_6572,
        0x0027_e0eb,
        0x6367_7270,
        0x6462_6720,
        0x7472_6163,
        0x7363_6673,
        0x1cd1,
    ];
    let found = rustix::fs::statfs(directory).ok()?.f_type;
    // The type of the number differs among architectures, and has at least 32 bits.
    let is_found = |magic: &u32| u64::try_from(found).is_ok_and(|found| found == u64::from(*magic));
    let is_of_kernel = MAGIC.iter().any(is_found);
    is_of_kernel.then(|| io::Error::other("only the kernel makes files in this file system"))
}

#[cfg(not(target_os = "linux"))]
fn of_kernel(_directory: &Path) -> Option<io::Error> {
    None
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

/// Returns how other users can write to a directory and replace its entries; `None` if they cannot.
pub fn exposed(path: &Path, metadata: &Metadata) -> Option<Exposed> {
    Exposed::of(path, metadata.permissions().mode())
}

/// Returns the mode of a file or directory to which other users have any access.
pub fn mode_with_access_of_others(metadata: &Metadata) -> Option<u32> {
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Syncs a file: its content and length are on the disk when the function returns.
///
/// On macOS the standard library also empties the cache of the drive (`F_FULLFSYNC`), which network file systems refuse.
/// On a network file system, the server has received the data when the function returns.
pub fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(_) if cfg!(target_vendor = "apple") => Ok(retry_on_intr(|| rustix::fs::fsync(file))?),
        synced => synced,
    }
}

/// Syncs a directory: renames and removals in it are on the disk when the function returns.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    sync(&File::open(directory)?)
}

/// Returns the largest file that this process may write, in bytes (`ulimit -f`); `None` without a limit, and if a sandbox
/// hides it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn file_size_limit() -> Option<u64> {
    // The limit is read from `/proc`, because `getrlimit` of rustix returns an arbitrary value if a sandbox denies the call.
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max file size"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns the largest file that this process may write, in bytes (`ulimit -f`); `None` without a limit.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn file_size_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

/// Returns the status of an open file. An error if the descriptor is closed.
///
/// Async-signal-safe: neither allocates nor takes a lock.
pub fn open_status(file: impl AsFd) -> io::Result<OpenStatus> {
    let stat = fstat(&file)?;
    Ok(OpenStatus {
        identity: Identity::new(stat.st_dev, stat.st_ino),
        bytes: u64::try_from(stat.st_size).unwrap_or_default(),
        has_other_links: stat.st_nlink > 1,
        flags: fcntl_getfl(file)?.bits(),
    })
}

/// The flags of a file that is opened for appending. Reading is needed to check whether the end is torn. `NONBLOCK` has no
/// effect on a regular file. It distinguishes these descriptors from those of a host that opens a log itself, and keeps the
/// open from waiting for a pipe.
const APPEND: OFlags = OFlags::RDWR.union(OFlags::APPEND).union(OFlags::NONBLOCK);

/// The mode of a file that telemetry creates.
const PRIVATE: u32 = 0o600;

/// Removes the access of the group and of others from an open file.
pub fn make_private(file: &File) -> io::Result<()> {
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
    }
    Ok(())
}

/// Reads from an offset, without moving the position of the file. Returns the number of bytes that were read.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    FileExt::read_at(file, buffer, offset)
}

/// Writes all bytes at an offset, without moving the position of the file.
pub fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// Opens a path, or a name in an open directory. A symlink in the last component is not followed. A created file is private.
fn open_at(directory: impl AsFd, path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = directory.as_fd();
    let open = || openat(directory, path, flags, Mode::RUSR | Mode::WUSR);
    Ok(File::from(retry_on_intr(open)?))
}

fn create_new_at(directory: impl AsFd, path: &Path) -> io::Result<File> {
    let file = open_at(directory, path, APPEND | OFlags::CREATE | OFlags::EXCL)?;
    if file.metadata()?.permissions().mode() & 0o777 != PRIVATE {
        // The umask took permissions away.
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
    }
    Ok(file)
}

fn create_log_at(directory: impl AsFd, path: &Path) -> io::Result<File> {
    let file = create_new_at(directory, path)?;
    file.lock_shared()?;
    Ok(file)
}

/// The number of attempts to open a file that another process creates or removes at the same time.
const OPEN_TRIES: u32 = 16;

fn open_append_at(directory: impl AsFd, path: &Path) -> io::Result<File> {
    let directory = directory.as_fd();
    for _ in 0..OPEN_TRIES {
        match open_at(directory, path, APPEND) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return regular(opened?),
        }
        match create_new_at(directory, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn open_exclusive_at(directory: impl AsFd, path: &Path) -> io::Result<Option<File>> {
    let file = open_append_at(directory, path)?;
    unless_locked(file.try_lock(), file)
}

fn open_log_at(directory: impl AsFd, path: &Path) -> io::Result<Option<File>> {
    let file = open_append_at(directory, path)?;
    unless_locked(file.try_lock_shared(), file)
}

fn open_read_at(directory: impl AsFd, path: &Path) -> io::Result<File> {
    open_at(directory, path, OFlags::RDONLY | OFlags::NONBLOCK)
}

fn claim_at(directory: impl AsFd, path: &Path) -> io::Result<Option<File>> {
    let file = open_read_at(directory, path)?;
    unless_locked(file.try_lock(), file)
}

fn is_claimed_at(directory: impl AsFd, path: &Path) -> bool {
    open_read_at(directory, path).is_ok_and(|file| {
        // Writers hold a shared lock, which is compatible with this one.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    })
}

/// Returns the file if its lock was taken, and `None` if another process holds the lock.
fn unless_locked(lock: Result<(), TryLockError>, file: File) -> io::Result<Option<File>> {
    match lock {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Creates a private file; fails if the path exists.
pub fn create_new(path: &Path) -> io::Result<File> {
    create_new_at(CWD, path)
}

/// Creates a private log file and marks it as in use; fails if the path exists.
pub fn create_log(path: &Path) -> io::Result<File> {
    create_log_at(CWD, path)
}

/// Opens a file for appending, or creates it. A created file is private; the mode of an existing one is not changed.
pub fn open_append(path: &Path) -> io::Result<File> {
    open_append_at(CWD, path)
}

/// Lets other processes open a file with [`DirectoryHandle::open_exclusive`] again. Closing the file alone would leave the lock to
/// a child that was forked meanwhile.
pub fn end_exclusive(file: &File) -> io::Result<()> {
    file.unlock()
}

/// Opens a log file for appending, or creates it, and marks it as in use. `None` if another process is about to remove
/// the file. The file may have been renamed before it was marked; compare its [`Identity`].
pub fn open_log(path: &Path) -> io::Result<Option<File>> {
    open_log_at(CWD, path)
}

/// Opens a file for reading, without following a symlink and without blocking on a pipe.
pub fn open_read(path: &Path) -> io::Result<File> {
    open_read_at(CWD, path)
}

/// Claims a log file for its removal, without blocking. `None` if a running process uses the file. No process can begin to
/// use the file while the returned handle is open.
pub fn claim(path: &Path) -> io::Result<Option<File>> {
    claim_at(CWD, path)
}

/// Returns whether another process has claimed a file and is about to remove it.
pub fn is_claimed(path: &Path) -> bool {
    is_claimed_at(CWD, path)
}

/// Waits until the writes in progress to a file are complete. Setting the mode, to its present value, takes the lock of the
/// inode that a write holds. On network file systems without this lock, a write may become visible in two parts.
pub fn wait_for_writes(file: &File) {
    if let Ok(metadata) = file.metadata() {
        let _ = file.set_permissions(metadata.permissions());
    }
}

/// Returns the next range of a file, from an offset on, that is not a hole; an empty range if only a hole follows. `None` if
/// the file system does not report holes. Changes the position of the handle.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd"
))]
pub fn next_data(file: &File, from: u64) -> Option<std::ops::Range<u64>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;

    match seek(file, SeekFrom::Data(from)) {
        Ok(start) => Some(start..seek(file, SeekFrom::Hole(start)).ok()?),
        Err(Errno::NXIO) => Some(from..from),
        Err(_) => None,
    }
}

/// Returns `None` always, because this system does not report the holes of a file.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd"
)))]
pub fn next_data(_file: &File, _from: u64) -> Option<std::ops::Range<u64>> {
    None
}

/// Returns whether the file ends in the middle of a line.
pub fn ends_torn(file: &File, len: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = len.checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    Ok(last != [b'\n'])
}
