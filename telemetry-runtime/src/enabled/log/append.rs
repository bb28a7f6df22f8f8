//! A log: lines go in, files come out.

use std::io;
use std::sync::Arc;

use telemetry_store::lock_directory;
use telemetry_store::name::{FileRole, Naming, Segment, seconds, stamp};

use super::lost::Lost;
use super::open::{OpenFile, ShortWrite};
use super::retention::Retention;
use crate::enabled::{stats, sys};

/// What stands first in a new file, so that a file is known for ours.
pub(crate) type Header = Box<dyn Fn(&mut Vec<u8>) + Send + Sync>;

/// One log of the configuration.
pub(crate) struct Log {
    naming: Naming,
    /// Each launch has files of its own.
    own: Option<Segment>,
    header: Option<Header>,
    format: Format,
    file: Option<OpenFile>,
    lost: Lost,
    /// Billing records that the disk did not take yet.
    pending: Vec<u8>,
    /// Why the last ones were refused.
    cause: String,
}

/// How a log says that something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// As a `lost` record.
    Json,
    /// As a line for people.
    Text,
    /// Nowhere: what it cannot write is kept and tried again.
    Session,
}

/// The most that a session log keeps for a disk that does not take it.
const MAX_PENDING: usize = 1024 * 1024;

/// What goes before the next lines of a file; the first `header` bytes are no record.
struct Head {
    bytes: Vec<u8>,
    header: usize,
}

impl Log {
    pub(crate) fn new(naming: Naming, format: Format, header: Option<Header>) -> Self {
        let own = naming.live().is_none().then(|| Segment {
            stamp: stamp(seconds()),
            pid: std::process::id(),
            number: 0,
        });
        let (lost, pending) = (Lost::default(), Vec::new());
        Self {
            naming,
            own,
            header,
            format,
            file: None,
            lost,
            pending,
            cause: String::new(),
        }
    }

    /// The file that is open, if one is.
    pub(crate) fn path(&self) -> Option<&std::path::Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// Whether something waits for the disk to take it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.lost.count > 0 || !self.pending.is_empty()
    }

    /// Opens the file now, so that what is in the way shows at once.
    pub(crate) fn open(&mut self, retention: &Arc<Retention>) {
        if let Err(error) = self.step(&[], retention) {
            self.failed(&error);
        }
    }

    /// Closes the file where its path leads elsewhere by now. The next write would do so as well.
    pub(crate) fn let_go(&mut self) {
        if self.file.as_ref().is_some_and(|file| !file.is_current()) {
            self.file = None;
        }
    }

    /// Closes a file that is another process's to write to, in the copy of it that a fork made.
    pub(crate) fn abandon(&mut self) {
        self.file = None;
    }

    /// Closes the file: from here on no living process uses it. What the disk did not take until now
    /// is lost.
    pub(crate) fn close(&mut self) {
        self.file = None;
        let pending = std::mem::take(&mut self.pending);
        stats::lost_lines(count_lines(&pending), pending.len() as u64, &self.cause);
    }

    /// Says that records of a call site were left out.
    pub(crate) fn left_out(&mut self, name: &str, count: u64, retention: &Arc<Retention>) {
        let mut line = Vec::new();
        Lost::limited(name, count).write(self.format, &mut line);
        self.append(&line, retention);
    }

    /// Tries again what the disk did not take.
    pub(crate) fn retry(&mut self, retention: &Arc<Retention>) {
        if self.is_waiting() {
            self.append(&[], retention);
        }
    }

    /// Appends whole lines. They are in the kernel on return, or counted as lost; those of a
    /// session log are kept instead.
    pub(crate) fn append(&mut self, lines: &[u8], retention: &Arc<Retention>) {
        let held = std::mem::take(&mut self.pending);
        let all = if held.is_empty() {
            lines
        } else {
            &[held.as_slice(), lines].concat()
        };
        let mut rest = all;
        while !rest.is_empty() || self.lost.count > 0 {
            match self.step(rest, retention) {
                Ok(done) => rest = &rest[done..],
                Err(error) => {
                    self.failed(&error);
                    return self.refused(rest, &error);
                }
            }
        }
    }

    /// Writes as many of the lines as the open segment takes, at least one.
    fn step(&mut self, lines: &[u8], retention: &Arc<Retention>) -> io::Result<usize> {
        self.ensure_open()?;
        let mut len = self.file()?.len()?;
        let mut head = self.head(len);
        let first = (head.bytes.len() + line_len(lines)) as u64;
        let limit = sys::file_size_limit();
        let most = retention.segment_bytes().min(limit.unwrap_or(u64::MAX));
        if len > 0 && len.saturating_add(first) > most {
            self.rotate()?;
            self.ensure_open()?;
            len = self.file()?.len()?;
            head = self.head(len);
        }
        let room = most.saturating_sub(len + head.bytes.len() as u64);
        let fits = whole_lines(lines, usize::try_from(room).unwrap_or(usize::MAX));
        let together;
        let bytes = if head.bytes.is_empty() {
            &lines[..fits]
        } else {
            together = [head.bytes.as_slice(), &lines[..fits]].concat();
            &together
        };
        if bytes.is_empty() {
            return Ok(0);
        }
        retention.announce(bytes.len() as u64)?;
        let appended = self
            .file()
            .map(|file| file.append(bytes, len, limit.is_some()));
        retention.landed(bytes.len() as u64);
        match appended? {
            Ok(()) => {
                self.wrote(&bytes[head.header..]);
                Ok(fits)
            }
            Err(ShortWrite { written, error }) => {
                let whole = whole_lines_within(bytes, written);
                if self.own.is_some() {
                    // Nobody else writes here: the half line can go. Where it cannot, the next
                    // write closes it.
                    let _ = self.file()?.cut(len + whole as u64);
                }
                if whole >= head.bytes.len() && whole > head.header {
                    // Some lines are in the kernel: go on behind them.
                    self.wrote(&bytes[head.header..whole]);
                    return Ok(whole - head.bytes.len());
                }
                Err(error)
            }
        }
    }

    fn wrote(&mut self, records: &[u8]) {
        stats::WRITTEN.add(count_lines(records));
        stats::BYTES.add(records.len() as u64);
        self.lost = Lost::default();
    }

    /// What goes before the next lines: a new file's header, and what was lost.
    fn head(&self, len: u64) -> Head {
        let mut bytes = Vec::new();
        if let Some(header) = &self.header
            && len == 0
        {
            header(&mut bytes);
        }
        let header = bytes.len();
        self.lost.write(self.format, &mut bytes);
        Head { bytes, header }
    }

    fn file(&mut self) -> io::Result<&mut OpenFile> {
        self.file
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Opens the log's file, again where its path leads elsewhere by now: another process rotated
    /// it, or somebody removed it.
    fn ensure_open(&mut self) -> io::Result<()> {
        if self.file.as_ref().is_some_and(OpenFile::is_current) {
            return Ok(());
        }
        self.file = None;
        sys::create_directory(&self.naming.directory).map_err(|error| match error.kind() {
            // Only where something else than a directory has the name.
            io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
            _ => error,
        })?;
        self.file = Some(match (&mut self.own, self.naming.live()) {
            (Some(own), _) => create_own(&self.naming, own)?,
            (None, Some(live)) => OpenFile::shared(&live)?,
            (None, None) => return Err(io::ErrorKind::InvalidInput.into()),
        });
        Ok(())
    }

    /// Closes the full segment. A shared file is renamed, by one process only: the others see that
    /// their path leads elsewhere, and open the new one.
    fn rotate(&mut self) -> io::Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        if let Some(own) = &mut self.own {
            own.number += 1;
        } else {
            let _lock = lock_directory(&self.naming.directory);
            if file.is_current() {
                std::fs::rename(&file.path, self.naming.free_segment())?;
            }
        }
        stats::ROTATED.add(1);
        Ok(())
    }

    fn failed(&self, error: &io::Error) {
        let path = self
            .path()
            .map(std::path::Path::to_path_buf)
            .or_else(|| self.naming.live())
            .unwrap_or_else(|| self.naming.directory.clone());
        stats::failed(format!("cannot write to {}: {error}", path.display()));
    }

    fn refused(&mut self, lines: &[u8], error: &io::Error) {
        // The file stays open: each attempt looks first whether it is still the one at its path, and
        // a new one for each attempt would fill the directory with empty files.
        let mut lines = lines;
        if self.format == Format::Session {
            let kept = whole_lines_within(lines, MAX_PENDING);
            self.pending = lines[..kept].to_vec();
            lines = &lines[kept..];
        }
        let (count, bytes) = (count_lines(lines), lines.len() as u64);
        let cause = cause(error);
        stats::lost_lines(count, bytes, &cause);
        self.cause.clone_from(&cause);
        if self.format != Format::Session {
            self.lost.count += count;
            self.lost.bytes += bytes;
            self.lost.cause = cause;
        }
    }
}

/// The cause of a `lost` record: one stable word or two for what happens most, else the system's.
fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "disk full".to_owned(),
        io::ErrorKind::QuotaExceeded => "quota exceeded".to_owned(),
        io::ErrorKind::FileTooLarge => "file too large".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "read-only file system".to_owned(),
        io::ErrorKind::NotFound => "directory gone".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => error.to_string(),
    }
}

fn create_own(naming: &Naming, own: &mut Segment) -> io::Result<OpenFile> {
    loop {
        match OpenFile::create(&naming.path_of(&FileRole::Segment(own.clone()))) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && own.number < u32::MAX => {
                own.number += 1;
            }
            other => return other,
        }
    }
}

fn line_len(lines: &[u8]) -> usize {
    memchr::memchr(b'\n', lines).map_or(lines.len(), |at| at + 1)
}

/// The length of the whole lines among the first `room` bytes; at least one line, if there is one.
fn whole_lines(lines: &[u8], room: usize) -> usize {
    let within = &lines[..room.min(lines.len())];
    match memchr::memrchr(b'\n', within) {
        Some(at) => at + 1,
        None if room >= lines.len() => 0,
        None => line_len(lines),
    }
}

/// The length of the whole lines among the first `room` bytes; 0 where not even one fits.
fn whole_lines_within(lines: &[u8], room: usize) -> usize {
    memchr::memrchr(b'\n', &lines[..room.min(lines.len())]).map_or(0, |at| at + 1)
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests;
