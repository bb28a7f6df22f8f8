//! An open directory. Its files are opened, renamed and removed by their names in it, so that replacing a parent directory after
//! the open does not redirect an operation. On Windows each operation resolves the path again; `docs/platforms.md`
//! describes the difference.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::mem;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::held::HeldFile;
use crate::platform::{self, DirectoryHandle, Exposed, FileStatus, Identity};

/// An open directory.
///
/// A name is one component of a path: `a/b` and `..` are errors of the kind `InvalidInput`. Other errors are those of the
/// operating system. No operation follows a symlink.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Shared only by the drop, as in [`HeldFile`].
    handle: Arc<DirectoryHandle>,
    /// `None` if the operating system does not report the identity; then the directory is never closed.
    identity: Option<Identity>,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "the type describes the errors of all methods"
)]
impl Directory {
    /// Opens a directory. A symlink in the last component of the path is an error; see [`Self::resolve`].
    pub fn open(path: &Path) -> io::Result<Self> {
        // An empty path is the parent of a relative file name.
        let named = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        Ok(Self::of(path, DirectoryHandle::open(named)?))
    }

    /// Opens the directory to which a path leads. For a path of the configuration, which may be a symlink to another disk.
    /// Files are reported with the path as it was given.
    pub fn resolve(path: &Path) -> io::Result<Self> {
        let opened = Self::open(path);
        if opened.is_ok() || !path.is_symlink() {
            return opened;
        }
        let handle = DirectoryHandle::open(&path.canonicalize()?)?;
        Ok(Self::of(path, handle))
    }

    fn of(path: &Path, handle: DirectoryHandle) -> Self {
        Self {
            path: path.to_path_buf(),
            identity: handle.identity().ok(),
            handle: Arc::new(handle),
        }
    }

    /// Opens the directory at a [`real_path`], and creates it and its parents where they are missing, with access for the
    /// owner only. A symlink in the path is an error. So is a parent directory that anybody can write to and that has no
    /// sticky bit, which is an [`Exposed`] in an error of the kind `PermissionDenied`.
    pub fn create(real_path: &Path) -> io::Result<Created> {
        let walked = platform::walk(real_path)?;
        Ok(Created {
            directory: Self::of(real_path, walked.handle),
            is_new: walked.is_new,
            exposed: walked.exposed,
        })
    }

    /// Returns the path with which the directory was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file, for messages.
    pub fn path_of(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.path.join(name.as_ref())
    }

    /// Returns the open directory itself, so that a forked child can close it. `None` on Windows, which has no fork.
    pub fn as_file(&self) -> Option<&File> {
        self.handle.as_file()
    }

    /// Returns the metadata of the directory.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.handle.metadata()
    }

    /// Returns the identity of the directory.
    pub fn identity(&self) -> io::Result<Identity> {
        self.handle.identity()
    }

    /// Creates a private file. Fails if the name exists.
    pub fn create_new(&self, name: impl AsRef<OsStr>) -> io::Result<HeldFile> {
        HeldFile::new(self.handle.create_new(plain(name.as_ref())?)?)
    }

    /// Creates a private log file and marks it as in use. Fails if the name exists.
    pub fn create_log(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        self.handle.create_log(plain(name.as_ref())?)
    }

    /// Opens a file for appending, or creates it. A created file is private; the mode of an existing one is not changed.
    pub fn open_append(&self, name: impl AsRef<OsStr>) -> io::Result<HeldFile> {
        HeldFile::new(self.handle.open_append(plain(name.as_ref())?)?)
    }

    /// Opens a file for appending, or creates it, and keeps others from opening it in this way until
    /// [`end_exclusive`](platform::end_exclusive) is called; on Windows until the file is closed. `None` if another process has opened it.
    pub fn open_exclusive(&self, name: impl AsRef<OsStr>) -> io::Result<Option<HeldFile>> {
        let file = self.handle.open_exclusive(plain(name.as_ref())?)?;
        file.map(HeldFile::new).transpose()
    }

    /// Opens a log file for appending, or creates it, and marks it as in use. `None` if another process is about to remove
    /// the file. The file may have been renamed before it was marked; compare its [`Identity`] with [`Self::status`].
    pub fn open_log(&self, name: impl AsRef<OsStr>) -> io::Result<Option<File>> {
        self.handle.open_log(plain(name.as_ref())?)
    }

    /// Opens a file for reading and for writing at any position.
    pub fn open_update(&self, name: impl AsRef<OsStr>) -> io::Result<HeldFile> {
        HeldFile::new(self.handle.open_update(plain(name.as_ref())?)?)
    }

    /// Opens a file for reading, without blocking on a pipe.
    pub fn open_read(&self, name: impl AsRef<OsStr>) -> io::Result<HeldFile> {
        HeldFile::new(self.handle.open_read(plain(name.as_ref())?)?)
    }

    /// Claims a log file for its removal, without blocking. `None` if a running process uses the file. No process can begin
    /// to use the file while the returned handle is open.
    pub fn claim(&self, name: impl AsRef<OsStr>) -> io::Result<Option<HeldFile>> {
        let claimed = self.handle.claim(plain(name.as_ref())?)?;
        claimed.map(HeldFile::new).transpose()
    }

    /// Returns whether another process has claimed a file and is about to remove it.
    pub fn is_claimed(&self, name: impl AsRef<OsStr>) -> bool {
        plain(name.as_ref()).is_ok_and(|name| self.handle.is_claimed(name))
    }

    /// Returns the status of a file.
    pub fn status(&self, name: impl AsRef<OsStr>) -> io::Result<FileStatus> {
        self.handle.status(plain(name.as_ref())?)
    }

    /// Renames a file within the directory. A file that has the new name is replaced.
    pub fn rename(&self, from: impl AsRef<OsStr>, to: impl AsRef<OsStr>) -> io::Result<()> {
        let (from, to) = (plain(from.as_ref())?, plain(to.as_ref())?);
        self.handle.rename(from, to)
    }

    /// Removes a file. A symlink is removed itself.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        self.handle.remove(plain(name.as_ref())?)
    }

    /// Calls `take` with the name of each entry except `.` and `..`, in no particular order.
    pub fn each_name(&self, take: impl FnMut(&OsStr)) -> io::Result<()> {
        self.handle.each_name(take)
    }

    /// Syncs the directory: renames and removals in it are on the disk when the function returns.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.identity.is_none() || self.handle.identity().ok() != self.identity {
            // Closing the number could close a file of the host.
            mem::forget(Arc::clone(&self.handle));
        }
    }
}

/// The result of [`Directory::create`].
#[derive(Debug)]
pub struct Created {
    /// The open directory.
    pub directory: Directory,
    /// Whether the call created the directory.
    pub is_new: bool,
    /// The parent directories that a group of users can write to.
    pub exposed: Vec<Exposed>,
}

/// Returns the absolute path without symlinks to which a path leads. The names of directories that do not exist are kept.
///
/// # Errors
///
/// Fails if a directory on the way cannot be searched, and if `..` follows a directory that does not exist.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        match existing.canonicalize() {
            Ok(mut real) => {
                real.extend(missing.iter().rev());
                return Ok(real);
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(error) => {
                let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
                    return Err(error);
                };
                missing.push(name);
                existing = parent;
            }
        }
    }
}

/// Returns a name as a path of one component.
fn plain(name: &OsStr) -> io::Result<&Path> {
    let path = Path::new(name);
    match path.components().next() {
        Some(Component::Normal(only)) if only == name => Ok(path),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the name of a file in a directory",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{ErrorKind, Write};

    use super::*;

    /// A directory `logs` in a directory of its own.
    fn logs() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let logs = home.path().join("logs");
        fs::create_dir(&logs).unwrap();
        (home, logs)
    }

    #[test]
    fn files_are_created_renamed_and_removed_by_name() {
        let (_home, logs) = logs();
        let directory = Directory::open(&logs).unwrap();
        let mut log = directory.create_log("log").unwrap();
        log.write_all(b"line\n").unwrap();
        let exists = directory.create_new("log").unwrap_err();
        assert_eq!(exists.kind(), ErrorKind::AlreadyExists);
        assert!(directory.claim("log").unwrap().is_none());
        let status = directory.status("log").unwrap();
        assert_eq!(status.identity, Identity::of(&log).unwrap());
        assert_eq!(status.modified, log.metadata().unwrap().modified().unwrap());
        assert_eq!(
            (status.bytes, status.is_file, status.has_other_links),
            (5, true, false)
        );
        directory.rename("log", "closed").unwrap();
        drop(log);
        let claimed = directory.claim("closed").unwrap().unwrap();
        assert!(directory.is_claimed("closed"));
        assert!(directory.open_log("closed").unwrap().is_none());
        drop(claimed);
        let mut names = Vec::new();
        directory
            .each_name(|name| names.push(name.to_owned()))
            .unwrap();
        assert_eq!(names, ["closed"]);
        directory.remove("closed").unwrap();
        let gone = directory.status("closed").unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
        directory.sync().unwrap();
    }

    #[test]
    fn a_name_has_one_component() {
        let (home, logs) = logs();
        fs::write(home.path().join("other"), "untouched").unwrap();
        let directory = Directory::open(&logs).unwrap();
        for name in ["", ".", "..", "../other", "/etc/passwd", "a/b", "a/"] {
            let error = directory.remove(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
            let error = directory.open_append(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
        }
        assert!(home.path().join("other").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_parent_redirects_nothing() {
        let (home, logs) = logs();
        fs::write(logs.join("log"), "ours").unwrap();
        let directory = Directory::open(&logs).unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("log"), "somebody's").unwrap();
        fs::rename(&logs, home.path().join("moved")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &logs).unwrap();
        directory.create_log("new").unwrap();
        directory.rename("log", "closed").unwrap();
        directory.open_append("closed").unwrap();
        directory.remove("closed").unwrap();
        assert_eq!(fs::read(elsewhere.join("log")).unwrap(), b"somebody's");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
        assert!(home.path().join("moved/new").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_is_resolved_only_on_request() {
        let (home, logs) = logs();
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&logs, &link).unwrap();
        Directory::open(&link).unwrap_err();
        let resolved = Directory::resolve(&link).unwrap();
        assert_eq!(resolved.path(), link);
        let opened = Directory::open(&logs).unwrap();
        assert_eq!(resolved.identity().unwrap(), opened.identity().unwrap());
        // A symlink among the files is neither followed nor a regular file.
        fs::write(home.path().join("target"), "untouched").unwrap();
        std::os::unix::fs::symlink(home.path().join("target"), logs.join("log")).unwrap();
        opened.open_append("log").unwrap_err();
        opened.claim("log").unwrap_err();
        assert!(!opened.status("log").unwrap().is_file);
    }
}
