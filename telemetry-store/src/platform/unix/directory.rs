//! Files of an open directory, by name.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, CWD, Dir, FileType, OFlags, Stat, renameat, statat, unlinkat};
use rustix::io::retry_on_intr;

use super::super::FileStatus;
use super::{
    Identity, claim_at, create_log_at, create_new_at, is_claimed_at, open_append_at, open_at,
    open_exclusive_at, open_log_at, open_read_at, regular,
};

/// The descriptor of a directory. Its methods are the functions of this module for a name in the directory instead of a path.
#[derive(Debug)]
pub struct DirectoryHandle(File);

impl From<File> for DirectoryHandle {
    fn from(directory: File) -> Self {
        Self(directory)
    }
}

impl DirectoryHandle {
    /// Opens a directory. A symlink in the last component of the path is an error.
    pub fn open(path: &Path) -> io::Result<Self> {
        open_at(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY).map(Self)
    }

    /// Returns the descriptor, so that a forked child can close it.
    pub fn as_file(&self) -> Option<&File> {
        Some(&self.0)
    }

    /// Returns the metadata of the directory.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// Returns the identity of the directory.
    pub fn identity(&self) -> io::Result<Identity> {
        Identity::of(&self.0)
    }

    /// See [`create_new`](super::create_new).
    pub fn create_new(&self, name: &Path) -> io::Result<File> {
        create_new_at(&self.0, name)
    }

    /// See [`create_log`](super::create_log).
    pub fn create_log(&self, name: &Path) -> io::Result<File> {
        create_log_at(&self.0, name)
    }

    /// See [`open_append`](super::open_append).
    pub fn open_append(&self, name: &Path) -> io::Result<File> {
        open_append_at(&self.0, name)
    }

    /// Opens a file for appending, or creates it, with its lock. `None` if another handle has the lock.
    pub fn open_exclusive(&self, name: &Path) -> io::Result<Option<File>> {
        open_exclusive_at(&self.0, name)
    }

    /// See [`open_log`](super::open_log).
    pub fn open_log(&self, name: &Path) -> io::Result<Option<File>> {
        open_log_at(&self.0, name)
    }

    /// Opens a file for reading and for writing at any position.
    pub fn open_update(&self, name: &Path) -> io::Result<File> {
        regular(open_at(&self.0, name, OFlags::RDWR | OFlags::NONBLOCK)?)
    }

    /// See [`open_read`](super::open_read).
    pub fn open_read(&self, name: &Path) -> io::Result<File> {
        open_read_at(&self.0, name)
    }

    /// See [`claim`](super::claim).
    pub fn claim(&self, name: &Path) -> io::Result<Option<File>> {
        claim_at(&self.0, name)
    }

    /// See [`is_claimed`](super::is_claimed).
    pub fn is_claimed(&self, name: &Path) -> bool {
        is_claimed_at(&self.0, name)
    }

    /// Returns the status of a file. A symlink is not followed.
    pub fn status(&self, name: &Path) -> io::Result<FileStatus> {
        let stat = retry_on_intr(|| statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW))?;
        Ok(FileStatus {
            identity: Identity::new(stat.st_dev, stat.st_ino),
            bytes: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: modified(&stat),
            is_file: FileType::from_raw_mode(stat.st_mode).is_file(),
            has_other_links: stat.st_nlink > 1,
        })
    }

    /// Renames a file within the directory. A file that has the new name is replaced.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(retry_on_intr(|| renameat(&self.0, from, &self.0, to))?)
    }

    /// Removes a file. A symlink is removed itself.
    pub fn remove(&self, name: &Path) -> io::Result<()> {
        Ok(retry_on_intr(|| unlinkat(&self.0, name, AtFlags::empty()))?)
    }

    /// Calls `take` with the name of each entry except `.` and `..`.
    pub fn each_name(&self, mut take: impl FnMut(&OsStr)) -> io::Result<()> {
        // Opens the directory again, so that each listing has a position of its own.
        let mut entries = Dir::read_from(&self.0)?;
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                take(OsStr::from_bytes(name));
            }
        }
        Ok(())
    }

    /// Syncs the directory: renames and removals in it are on the disk when the function returns.
    pub fn sync(&self) -> io::Result<()> {
        super::sync(&self.0)
    }
}

fn modified(stat: &Stat) -> SystemTime {
    let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
    let seconds = Duration::from_secs(stat.st_mtime.unsigned_abs());
    let whole = if stat.st_mtime < 0 {
        UNIX_EPOCH.checked_sub(seconds)
    } else {
        UNIX_EPOCH.checked_add(seconds)
    };
    whole
        .and_then(|whole| whole.checked_add(Duration::from_nanos(nanos.into())))
        .unwrap_or(UNIX_EPOCH)
}
