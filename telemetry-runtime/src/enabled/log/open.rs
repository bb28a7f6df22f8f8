//! One open log file, which is in use by this process while it is open.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use telemetry_schema::LogKind;
use telemetry_store::lock::{LOCK_PAUSE, LOCK_TRIES};
use telemetry_store::{Directory, HeldFile, is_telemetry_log};

use super::lines::line_len;
use super::position::position_of;
use crate::enabled::sys::{self, SizeLimit};

/// An open log file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    /// Declared before `file`, because it must be dropped first.
    _closed_in_child: sys::ClosedInChild,
    file: HeldFile,
    pub(crate) path: PathBuf,
    /// The end of the file after one of this process's last writes, which is the end of a line; `u64::MAX` if unknown. Others may
    /// have appended since.
    end: AtomicU64,
}

/// A write that failed after some of its bytes.
#[derive(Debug)]
pub(crate) struct ShortWrite {
    pub(crate) written: usize,
    pub(crate) error: io::Error,
}

impl OpenFile {
    /// Creates a file, or fails with `AlreadyExists`.
    pub(crate) fn create(directory: &Directory, name: &OsStr) -> io::Result<Self> {
        Self::in_use(directory.create_log(name)?, directory.path_of(name))
    }

    /// Opens or creates a file that other processes may append to as well. A file that exists and is not a log of this kind
    /// is not changed. `is_usual` is whether the path is the log's default.
    pub(crate) fn shared(
        directory: &Directory,
        name: &OsStr,
        kind: LogKind,
        is_usual: bool,
    ) -> io::Result<Self> {
        for _ in 0..LOCK_TRIES {
            let Some(file) = directory.open_log(name)? else {
                // Another process is about to remove it.
                telemetry_store::pause(LOCK_PAUSE);
                continue;
            };
            if !is_telemetry_log(&file, kind, is_usual)? {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "a file that is not a log of telemetry has its name",
                ));
            }
            let open = Self::in_use(file, directory.path_of(name))?;
            // The file may have been rotated or removed between the open and the lock.
            if !open.is_current() {
                continue;
            }
            if !open.has_other_links() {
                sys::make_private(open.file.checked()?)?;
            }
            return Ok(open);
        }
        Err(io::Error::new(
            io::ErrorKind::WouldBlock,
            "another process keeps it locked",
        ))
    }

    fn in_use(file: File, path: PathBuf) -> io::Result<Self> {
        // The end is unknown, so the first write checks whether it is torn.
        let end = if file.metadata()?.len() == 0 {
            0
        } else {
            u64::MAX
        };
        let file = HeldFile::new(file)?;
        Ok(Self {
            _closed_in_child: sys::ClosedInChild::register(&file),
            file,
            path,
            end: AtomicU64::new(end),
        })
    }

    /// Returns the identity of the file.
    pub(crate) fn identity(&self) -> sys::Identity {
        self.file.identity()
    }

    /// Returns whether the path still leads to this file. It does not after a rotation or a removal, or if another file has
    /// the path. A path that this process may no longer read, because the host has changed its user, counts as unchanged.
    pub(crate) fn is_current(&self) -> bool {
        match sys::Identity::at(&self.path) {
            Ok(identity) => identity == self.file.identity(),
            Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
        }
    }

    /// Returns the status of the file; `None` if the host has closed or replaced the descriptor.
    pub(crate) fn status(&self) -> Option<sys::OpenStatus> {
        self.file.status()
    }

    /// Returns the length of the file, which other processes may append to.
    pub(crate) fn len(&self) -> io::Result<u64> {
        self.status()
            .map(|status| status.bytes)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Returns whether the file has a further hard link, under another name, which may be a file of another program.
    pub(crate) fn has_other_links(&self) -> bool {
        self.status().is_some_and(|status| status.has_other_links)
    }

    /// Truncates the file. Only for a file that no other process appends to.
    pub(crate) fn cut(&self, len: u64) -> io::Result<()> {
        self.file.checked()?.set_len(len)
    }

    /// Appends whole lines by one `write(2)`, which the kernel does not mix with that of another thread or process. If the file
    /// ends with a torn line, that line is closed first. A write beyond the `limit` is not attempted.
    pub(crate) fn append(
        &self,
        lines: &[u8],
        len: u64,
        limit: SizeLimit,
    ) -> Result<(), ShortWrite> {
        let nothing = |error| ShortWrite { written: 0, error };
        if len != self.end.load(Ordering::Acquire) && self.is_torn(len).map_err(nothing)? {
            let closed = [b"\n", lines].concat();
            return self.write(&closed, limit).map_err(|short| ShortWrite {
                written: short.written.saturating_sub(1),
                ..short
            });
        }
        let mut checked = len;
        loop {
            self.write(lines, limit)?;
            let Some(start) = self.start_of(lines, checked) else {
                self.end.store(u64::MAX, Ordering::Release);
                return Ok(());
            };
            let end = start + lines.len() as u64;
            self.end.store(end, Ordering::Release);
            // A process that was killed in the middle of its write, after the check and before this write, has left
            // a half line, and the first of these lines is now the rest of it.
            if start == checked || !self.ends_torn(start).unwrap_or(false) {
                return Ok(());
            }
            checked = end;
        }
    }

    /// Returns the offset of lines that were appended when the file had at least `from` bytes. Other threads and processes may
    /// have appended before and after these lines, and threads share the position of the descriptor, so that the lines are
    /// searched in the file.
    fn start_of(&self, lines: &[u8], from: u64) -> Option<u64> {
        let end = self.file.metadata().ok()?.len();
        if end == from + lines.len() as u64 {
            return Some(from);
        }
        position_of(&lines[..line_len(lines)], &self.file, from..end)
    }

    fn ends_torn(&self, len: u64) -> io::Result<bool> {
        sys::ends_torn(self.file.checked()?, len)
    }

    /// Returns whether the file ends with a half line that no process is about to finish. The beginning of another
    /// process's write is visible before its end: such a file grows until that write is done.
    fn is_torn(&self, mut len: u64) -> io::Result<bool> {
        while self.ends_torn(len)? {
            sys::wait_for_writes(self.file.checked()?);
            let now = self.len()?;
            if now == len {
                return Ok(true);
            }
            len = now;
        }
        Ok(false)
    }

    fn write_some(&self, bytes: &[u8], limit: SizeLimit) -> io::Result<usize> {
        let mut file = self.file.checked()?;
        if limit == SizeLimit::None {
            return file.write(bytes);
        }
        // Checked before each write, because other processes append as well, even between this check and the write.
        limit.check(self.len()?.saturating_add(bytes.len() as u64))?;
        sys::without_size_signal(|| file.write(bytes))
    }

    fn write(&self, bytes: &[u8], limit: SizeLimit) -> Result<(), ShortWrite> {
        let mut written = 0;
        while written < bytes.len() {
            let result = match self.write_some(&bytes[written..], limit) {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                other => other,
            };
            match result {
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.end.store(u64::MAX, Ordering::Release);
                    return Err(ShortWrite { written, error });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use std::ffi::OsStr;

    use telemetry_schema::LogKind;
    use telemetry_store::Directory;

    use super::{OpenFile, SizeLimit};

    /// Another process was killed in the middle of its write, between the check of the file's end and this write.
    #[test]
    fn a_line_behind_an_unnoticed_half_line_is_written_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shared.jsonl");
        let within = Directory::open(directory.path()).unwrap();
        let name = OsStr::new("shared.jsonl");
        let log = OpenFile::shared(&within, name, LogKind::Custom, true).unwrap();
        log.append(b"{\"a\":1}\n", 0, SizeLimit::None).unwrap();
        let checked = log.len().unwrap();
        let mut other = fs::OpenOptions::new().append(true).open(&path).unwrap();
        other.write_all(b"{\"b\":2}\n{\"c\"").unwrap();
        log.append(b"{\"d\":4}\n", checked, SizeLimit::None)
            .unwrap();
        log.append(b"{\"e\":5}\n", log.len().unwrap(), SizeLimit::None)
            .unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"a\":1}\n{\"b\":2}\n{\"c\"{\"d\":4}\n{\"d\":4}\n{\"e\":5}\n"
        );
    }
}
