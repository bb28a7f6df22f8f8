//! Unix: the walk to a directory without following any symlink, during which parent directories are examined and missing
//! directories are created.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Stat, chmodat, fstat, mkdirat, openat, statat,
};
use rustix::io::{Errno, retry_on_intr};

use super::{DirectoryHandle, Exposed, Walked};

/// A parent is only passed through, which needs the permission to search it, but not to read it.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const PARENT: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const PARENT: OFlags = OFlags::RDONLY;

const DIRECTORY: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Opens the directory at an absolute path, and creates it and its parents where they are missing, with access for the owner
/// only, whatever the umask is. A component that is a symlink is an error. So is a parent that anybody can write to and
/// that has no sticky bit; see [`Exposed::of`].
pub fn walk(path: &Path) -> io::Result<Walked> {
    let mut components = path.components().peekable();
    if components.next() != Some(Component::RootDir) {
        return Err(invalid("not an absolute path"));
    }
    let mut place = PathBuf::from("/");
    let mut flags = if components.peek().is_some() {
        PARENT
    } else {
        OFlags::RDONLY
    };
    let mut directory = retry_on_intr(|| openat(CWD, "/", flags | DIRECTORY, Mode::empty()))?;
    let mut exposed = Vec::new();
    let mut is_new = false;
    while let Some(component) = components.next() {
        let Component::Normal(name) = component else {
            return Err(invalid(
                "`..` follows a directory that does not exist; write the path without `..`",
            ));
        };
        if let Some(found) = exposure(&fstat(&directory)?, &place) {
            if found.is_unsafe {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, found));
            }
            exposed.push(found);
        }
        if components.peek().is_none() {
            flags = OFlags::RDONLY;
        }
        let name = Path::new(name);
        (directory, is_new) = enter(&directory, name, flags)?;
        place.push(name);
    }
    Ok(Walked {
        handle: DirectoryHandle::from(File::from(directory)),
        is_new,
        exposed,
    })
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// Opens a directory in a directory, or creates it. Returns whether it was created.
fn enter(parent: impl AsFd, name: &Path, flags: OFlags) -> io::Result<(OwnedFd, bool)> {
    let parent = parent.as_fd();
    let open = || retry_on_intr(|| openat(parent, name, flags | DIRECTORY, Mode::empty()));
    match open() {
        Err(Errno::NOENT) => {}
        opened => return Ok((opened?, false)),
    }
    match retry_on_intr(|| mkdirat(parent, name, Mode::RWXU)) {
        Ok(()) => {}
        // Another process was faster.
        Err(Errno::EXIST) => return Ok((open()?, false)),
        Err(error) => return Err(error.into()),
    }
    let made = retry_on_intr(|| statat(parent, name, AtFlags::SYMLINK_NOFOLLOW))?;
    let is_directory = FileType::from_raw_mode(made.st_mode).is_dir();
    if is_directory && made.st_mode & 0o777 != 0o700 {
        // The umask took permissions away. Another user cannot have replaced the directory since, because the parent is not
        // writable for other users, or has the sticky bit.
        retry_on_intr(|| chmodat(parent, name, Mode::RWXU, AtFlags::empty()))?;
    }
    Ok((open()?, true))
}

fn exposure(directory: &Stat, path: &Path) -> Option<Exposed> {
    Exposed::of(path, directory.st_mode)
}
