//! Windows: a file is in use while a process has it open to write. Opening the file without sharing write access fails
//! then. Locks are not used, because other processes cannot write to a locked file.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use winapi_util::Handle;
use winapi_util::file::information;

use super::{Exposed, FileStatus, OpenStatus, Walked, regular};

const FILE_SHARE_READ: u32 = 1;
const FILE_SHARE_DELETE: u32 = 4;
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const ERROR_SHARING_VIOLATION: i32 = 32;

/// The identity of a file, independent of its path. The creation time is not a part of it: Windows gives a new file the
/// creation time of a file that had its name a few seconds before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    volume: u64,
    index: u64,
}

impl Identity {
    /// Returns the identity of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        Self::from_handle(file)
    }

    /// Returns the identity of the file at a path. A symlink is not followed.
    pub fn at(path: &Path) -> io::Result<Self> {
        Self::from_handle(&open_without_access(path)?)
    }

    fn from_handle(file: &File) -> io::Result<Self> {
        let handle = Handle::from_file(file.try_clone()?);
        let information = information(&handle)?;
        Ok(Self {
            volume: information.volume_serial_number(),
            index: information.file_index(),
        })
    }
}

/// Returns `None` always, because an access list does not determine the rights of a process.
pub fn why_not_writable(_directory: &Path) -> Option<io::Error> {
    None
}

/// Opens a file or a directory whatever the sharing modes of other handles are, and without following a symlink.
fn open_without_access(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(0)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS)
        .open(path)
}

/// Returns the status of an open file.
pub fn open_status(file: &File) -> io::Result<OpenStatus> {
    let information = information(Handle::from_file(file.try_clone()?))?;
    Ok(OpenStatus {
        identity: Identity {
            volume: information.volume_serial_number(),
            index: information.file_index(),
        },
        bytes: information.file_size(),
        has_other_links: information.number_of_links() > 1,
        flags: 0,
    })
}

/// Opens the directory at a path, and creates it and its parents where they are missing; access is inherited from the parent
/// directory. Parent directories are not examined.
pub fn walk(path: &Path) -> io::Result<Walked> {
    let is_new = path.symlink_metadata().is_err();
    std::fs::create_dir_all(path)?;
    Ok(Walked {
        handle: DirectoryHandle::open(path)?,
        is_new,
        exposed: Vec::new(),
    })
}

/// Does nothing: access is inherited from the parent directory.
pub fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Reads from an offset. Returns the number of bytes that were read.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Always `None`: access control lists are not examined.
pub fn writable_by_others(_metadata: &Metadata) -> Option<String> {
    None
}

/// Always `None`: access control lists are not examined.
pub fn exposed(_path: &Path, _metadata: &Metadata) -> Option<Exposed> {
    None
}

/// Always `None`: access control lists are not examined.
pub fn mode_with_access_of_others(_metadata: &Metadata) -> Option<u32> {
    None
}

/// Syncs a file: its content and length are on the disk when the function returns.
pub fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Does nothing: the journal of the file system keeps the order.
pub fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Always `None`: Windows has no such limit.
pub fn file_size_limit() -> Option<u64> {
    None
}

/// Other handles may read, append, rename and remove at the same time, as on Unix.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .append(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// Creates a file; fails if the path exists.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Creates a log file, which is in use while it is open; fails if the path exists.
pub fn create_log(path: &Path) -> io::Result<File> {
    create_new(path)
}

/// Writes all bytes at an offset. Moves the position of the file.
pub fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
        }
    }
    Ok(())
}

/// Opens a file for appending, or creates it.
pub fn open_append(path: &Path) -> io::Result<File> {
    regular(options().create(true).open(path)?)
}

/// Opens a file for appending, or creates it. No other handle can write to the file while it is open, and every other handle can
/// read it, which a lock of the standard library would prevent. `None` if another handle can write to the file.
pub fn open_exclusive(path: &Path) -> io::Result<Option<File>> {
    let file = options()
        .create(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
        .open(path);
    unless_shared(file)?.map(regular).transpose()
}

/// Does nothing: other handles can write to the file when it is closed.
pub fn end_exclusive(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Opens a log file for appending, or creates it. The file is in use while it is open. `None` if another process is about
/// to remove it.
pub fn open_log(path: &Path) -> io::Result<Option<File>> {
    unless_shared(open_append(path))
}

/// Opens a file for reading, without following a symlink.
pub fn open_read(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path)?;
    regular(file)
}

/// Claims a log file for its removal, without blocking. `None` if a running process uses the file. No process can begin to
/// use the file while the returned handle is open.
pub fn claim(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path);
    unless_shared(file)
}

/// Returns whether another process has claimed a file and is about to remove it. Opening the file to write fails then, while
/// opening it to read succeeds.
pub fn is_claimed(path: &Path) -> bool {
    let writing = OpenOptions::new()
        .append(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path);
    matches!(unless_shared(writing), Ok(None))
}

/// Maps a sharing violation to `None`: another handle excludes this one.
fn unless_shared(file: io::Result<File>) -> io::Result<Option<File>> {
    match file {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The path of a directory. The standard library cannot open a file by a name in an open directory, so each method resolves
/// the path again. The open handle, which does not share removal, keeps the directory itself from being renamed or removed.
#[derive(Debug)]
pub struct DirectoryHandle {
    path: PathBuf,
    open: File,
}

impl DirectoryHandle {
    /// Opens a directory. A symlink in the last component of the path is an error.
    pub fn open(path: &Path) -> io::Result<Self> {
        const FILE_SHARE_WRITE: u32 = 2;
        const FILE_LIST_DIRECTORY: u32 = 1;
        let open = OpenOptions::new()
            .access_mode(FILE_LIST_DIRECTORY)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS)
            .open(path)?;
        if !open.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let path = path.to_path_buf();
        Ok(Self { path, open })
    }

    /// Returns `None` always: Windows has no `fork`, so that no handle has to be closed in a child.
    pub fn as_file(&self) -> Option<&File> {
        None
    }

    /// Returns the metadata of the directory.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.open.metadata()
    }

    /// Returns the identity of the directory.
    pub fn identity(&self) -> io::Result<Identity> {
        Identity::of(&self.open)
    }

    /// See [`create_new`].
    pub fn create_new(&self, name: &Path) -> io::Result<File> {
        create_new(&self.path.join(name))
    }

    /// See [`create_log`].
    pub fn create_log(&self, name: &Path) -> io::Result<File> {
        create_log(&self.path.join(name))
    }

    /// See [`open_append`].
    pub fn open_append(&self, name: &Path) -> io::Result<File> {
        open_append(&self.path.join(name))
    }

    /// See [`open_exclusive`].
    pub fn open_exclusive(&self, name: &Path) -> io::Result<Option<File>> {
        open_exclusive(&self.path.join(name))
    }

    /// See [`open_log`].
    pub fn open_log(&self, name: &Path) -> io::Result<Option<File>> {
        open_log(&self.path.join(name))
    }

    /// Opens a file for reading and for writing at any position.
    pub fn open_update(&self, name: &Path) -> io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(self.path.join(name))?;
        regular(file)
    }

    /// See [`open_read`].
    pub fn open_read(&self, name: &Path) -> io::Result<File> {
        open_read(&self.path.join(name))
    }

    /// See [`claim`].
    pub fn claim(&self, name: &Path) -> io::Result<Option<File>> {
        claim(&self.path.join(name))
    }

    /// See [`is_claimed`].
    pub fn is_claimed(&self, name: &Path) -> bool {
        is_claimed(&self.path.join(name))
    }

    /// Returns the status of a file. A symlink is not followed.
    pub fn status(&self, name: &Path) -> io::Result<FileStatus> {
        let file = open_without_access(&self.path.join(name))?;
        let metadata = file.metadata()?;
        let information = information(Handle::from_file(file))?;
        Ok(FileStatus {
            identity: Identity {
                volume: information.volume_serial_number(),
                index: information.file_index(),
            },
            bytes: metadata.len(),
            modified: metadata.modified().unwrap_or(UNIX_EPOCH),
            is_file: metadata.is_file(),
            has_other_links: information.number_of_links() > 1,
        })
    }

    /// Renames a file within the directory. A file that has the new name is replaced.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    /// Removes a file. A symlink is removed itself.
    pub fn remove(&self, name: &Path) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    /// Calls `take` with the name of each entry except `.` and `..`.
    pub fn each_name(&self, mut take: impl FnMut(&OsStr)) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.path)? {
            take(&entry?.file_name());
        }
        Ok(())
    }

    /// Does nothing: the journal of the file system keeps the order.
    pub fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Does nothing: Windows has no way to wait, so a write may become visible in two parts.
pub fn wait_for_writes(_file: &File) {}

/// Always `None`: holes are not searched for.
pub fn next_data(_file: &File, _from: u64) -> Option<std::ops::Range<u64>> {
    None
}

/// Returns whether the file ends in the middle of a line.
pub fn ends_torn(file: &File, len: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    let read = match len.checked_sub(1) {
        Some(at) => file.seek_read(&mut last, at)?,
        None => 1,
    };
    // 0 bytes are read if the file was truncated in the meantime.
    Ok(read == 1 && last != [b'\n'])
}
