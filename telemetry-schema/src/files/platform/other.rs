use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

/// What tells one file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    created: Option<SystemTime>,
}

/// What tells this file from another.
pub fn identity(metadata: &Metadata) -> Identity {
    Identity {
        created: metadata.created().ok(),
    }
}

pub fn create_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

#[allow(clippy::unnecessary_wraps)]
pub fn make_private(_directory: &Path, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

pub fn writable_by_others(_metadata: &Metadata) -> Option<String> {
    None
}

fn refuse_symlink(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        )),
        _ => Ok(()),
    }
}

pub fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create_new(true)
        .open(path)
}

pub fn open_append(path: &Path) -> io::Result<File> {
    refuse_symlink(path)?;
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
}

pub fn open_read(path: &Path) -> io::Result<File> {
    refuse_symlink(path)?;
    File::open(path)
}

/// Nothing is known that would wait: a write may show in two parts.
pub fn let_writes_finish(_file: &File) {}

pub fn ends_torn(mut file: &File, len: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = len.checked_sub(1) {
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != [b'\n'])
}
