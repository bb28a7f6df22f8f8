//! A file is in use while a process has it open to write: whoever opens it without allowing others to
//! write is told so. A lock will not do, for a locked file cannot be written to by anybody else.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use winapi_util::Handle;
use winapi_util::file::information;

use super::regular;

const FILE_SHARE_READ: u32 = 1;
const FILE_SHARE_DELETE: u32 = 4;
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const ERROR_SHARING_VIOLATION: i32 = 32;

/// What tells one file from another, whatever its path. Not the time it was created: a new file
/// gets that of the one that had its name a few seconds before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    volume: u64,
    index: u64,
}

impl Identity {
    /// The one of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        Self::from_handle(file)
    }

    /// The one of what is at the path, itself and not what it leads to.
    pub fn at(path: &Path) -> io::Result<Self> {
        // No access is asked for, so that nobody who has it open is in the way.
        let file = OpenOptions::new()
            .access_mode(0)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS)
            .open(path)?;
        Self::from_handle(&file)
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

/// Creates the directory and its parents, with the access that the first one above them hands down.
pub fn create_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Nothing: access is what the directory above hands down.
#[allow(clippy::unnecessary_wraps)]
pub fn make_private(_directory: &Path, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Not asked here.
pub fn writable_by_others(_metadata: &Metadata) -> Option<String> {
    None
}

/// Nothing: the file system's own journal keeps the order.
#[allow(clippy::unnecessary_wraps)]
pub fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// There is none.
pub fn file_size_limit() -> Option<u64> {
    None
}

/// Others may read, append, rename and remove meanwhile, as on Unix.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .append(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// Creates a file that did not exist.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// Creates a log file that did not exist; in use from then on.
pub fn create_log(path: &Path) -> io::Result<File> {
    create_new(path)
}

/// Opens a file to append to, or creates it.
pub fn open_append(path: &Path) -> io::Result<File> {
    regular(options().create(true).open(path)?)
}

/// Opens a log file to append to, or creates it; in use from then on. `None` where somebody is about
/// to remove it.
pub fn open_log(path: &Path) -> io::Result<Option<File>> {
    unless_shared(open_append(path))
}

/// Opens a file to look at, not through a symlink.
pub fn open_read(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path)?;
    regular(file)
}

/// Takes a log file for its removal, without waiting. `None` where a living process uses it; nobody
/// begins to while this is held.
pub fn claim(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path);
    unless_shared(file)
}

/// Whether somebody else has claimed a file, and is about to remove it: then nobody may open it to
/// write, but who looks at it may.
pub fn is_claimed(path: &Path) -> bool {
    let writing = OpenOptions::new()
        .append(true)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path);
    matches!(unless_shared(writing), Ok(None))
}

/// `None` where somebody else has the file open in a way that excludes this one.
fn unless_shared(file: io::Result<File>) -> io::Result<Option<File>> {
    match file {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Nothing is known that would wait: a write may show in two parts.
pub fn let_writes_finish(_file: &File) {}

/// Whether the file ends in the middle of a line.
pub fn ends_torn(file: &File, len: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    let read = match len.checked_sub(1) {
        Some(at) => file.seek_read(&mut last, at)?,
        None => 1,
    };
    // Nothing at all: somebody cut the file meanwhile.
    Ok(read == 1 && last != [b'\n'])
}
