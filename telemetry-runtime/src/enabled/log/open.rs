//! One open log file: in use by a living process while it is.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use telemetry_store::lock::{LOCK_PAUSE, LOCK_TRIES};

use crate::enabled::sys;

/// An open log file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    file: File,
    pub(crate) path: PathBuf,
    identity: sys::Identity,
    /// Where this process left the end; others may have appended since.
    end: u64,
}

/// A write that failed, after some of its bytes.
#[derive(Debug)]
pub(crate) struct ShortWrite {
    pub(crate) written: usize,
    pub(crate) error: io::Error,
}

impl OpenFile {
    /// Creates a file that did not exist. `AlreadyExists` where it did.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Self::in_use(sys::create_log(path)?, path)
    }

    /// Opens a file that others may append to as well, or creates it.
    pub(crate) fn shared(path: &Path) -> io::Result<Self> {
        for _ in 0..LOCK_TRIES {
            let Some(file) = sys::open_log(path)? else {
                // Somebody is about to remove it.
                std::thread::sleep(LOCK_PAUSE);
                continue;
            };
            let open = Self::in_use(file, path)?;
            // Between the open and the lock it may have been rotated or removed.
            if open.is_current() {
                return Ok(open);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::WouldBlock,
            "another process keeps it locked",
        ))
    }

    fn in_use(file: File, path: &Path) -> io::Result<Self> {
        // Nothing is known of the end: the first write looks whether it is torn.
        let end = if file.metadata()?.len() == 0 {
            0
        } else {
            u64::MAX
        };
        Ok(Self {
            identity: sys::Identity::of(&file)?,
            file,
            path: path.to_path_buf(),
            end,
        })
    }

    /// Whether the path still leads to this file: not so after a rotation, a removal, or when
    /// something else was put there.
    pub(crate) fn is_current(&self) -> bool {
        sys::Identity::at(&self.path).is_ok_and(|identity| identity == self.identity)
    }

    /// The file's length, with what other processes appended.
    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Takes away what was written behind `len`. Only for a file that nobody else appends to.
    pub(crate) fn cut(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    /// Appends whole lines by one `write(2)`, which the kernel does not mix with another process's.
    /// A line that somebody left torn is closed first. Where files are `limited` in their size, a write
    /// beyond that is not attempted.
    pub(crate) fn append(
        &mut self,
        lines: &[u8],
        len: u64,
        limited: bool,
    ) -> Result<(), ShortWrite> {
        let nothing = |error| ShortWrite { written: 0, error };
        if len != self.end && self.is_torn(len).map_err(nothing)? {
            let closed = [b"\n", lines].concat();
            return self.write(&closed, limited).map_err(|short| ShortWrite {
                written: short.written.saturating_sub(1),
                ..short
            });
        }
        let mut looked = len;
        loop {
            self.write(lines, limited)?;
            let start = self.end.saturating_sub(lines.len() as u64);
            // A process that is killed in the middle of its write, after the look and before this
            // one, leaves a half line, of which the first of these is the rest now.
            if start == looked || !sys::ends_torn(&self.file, start).unwrap_or(false) {
                return Ok(());
            }
            looked = self.end;
        }
    }

    /// Whether the file ends in a half line that nobody is about to finish. The beginning of another
    /// process's write shows before its end does: such a file grows until that write is done.
    fn is_torn(&self, mut len: u64) -> io::Result<bool> {
        while sys::ends_torn(&self.file, len)? {
            sys::let_writes_finish(&self.file);
            let now = self.len()?;
            if now == len {
                return Ok(true);
            }
            len = now;
        }
        Ok(false)
    }

    fn write_some(&self, bytes: &[u8], limited: bool) -> io::Result<usize> {
        let mut file = &self.file;
        if !limited {
            return file.write(bytes);
        }
        // Asked again before each write: others append as well, and may do so between this and it.
        sys::check_file_size(self.len()?.saturating_add(bytes.len() as u64))?;
        sys::without_size_signal(|| file.write(bytes))
    }

    fn write(&mut self, bytes: &[u8], limited: bool) -> Result<(), ShortWrite> {
        let mut written = 0;
        while written < bytes.len() {
            let result = match self.write_some(&bytes[written..], limited) {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                other => other,
            };
            match result {
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.end = u64::MAX;
                    return Err(ShortWrite { written, error });
                }
            }
        }
        // Others may have appended since the look at the length: where this write ended, the kernel knows.
        self.end = (&self.file).stream_position().unwrap_or(u64::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::OpenFile;

    /// Between the look at the file's end and the write, another process was killed in the middle of
    /// its own.
    #[test]
    fn a_line_behind_a_half_line_that_nobody_saw_is_written_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shared.jsonl");
        let mut log = OpenFile::shared(&path).unwrap();
        log.append(b"{\"a\":1}\n", 0, false).unwrap();
        let looked = log.len().unwrap();
        let mut other = fs::OpenOptions::new().append(true).open(&path).unwrap();
        other.write_all(b"{\"b\":2}\n{\"c\"").unwrap();
        log.append(b"{\"d\":4}\n", looked, false).unwrap();
        log.append(b"{\"e\":5}\n", log.len().unwrap(), false)
            .unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"a\":1}\n{\"b\":2}\n{\"c\"{\"d\":4}\n{\"d\":4}\n{\"e\":5}\n"
        );
    }
}
