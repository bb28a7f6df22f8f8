//! Appending lines to a log: opening, rotation, and keeping lines that the disk refused.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use telemetry_schema::LogKind;
use telemetry_store::name::{Naming, Segment, seconds, stamp};
use telemetry_store::{Directory, counted};

use super::lines::{count_lines, line_len, whole_lines, whole_lines_within};
use super::lost::Lost;
use super::open::{OpenFile, ShortWrite};
use super::place::Place;
use super::refusal::{cause, failure};
use super::retention::Retention;
use super::rotation::{name_of, open_next, rename};
use crate::enabled::header;
use crate::enabled::stats::{self, Counter};
use crate::enabled::sys;

/// Appends the first lines of a new file, by which the file is recognised as ours.
pub(crate) type Header = Box<dyn Fn(&mut Vec<u8>) + Send + Sync>;

/// One log of the configuration.
pub(crate) struct Log {
    naming: Naming,
    place: Place,
    /// Whether the file is the log's default, and not a `file` of the configuration.
    is_usual: bool,
    /// The segment that is written, if each launch has files of its own.
    own: Option<Segment>,
    header: Option<Header>,
    kind: LogKind,
    file: Option<Arc<OpenFile>>,
    lost: Lost,
    /// Lines of a session log that the disk refused.
    pending: Vec<u8>,
    /// Lines of a session log that are lost, which only another log can report.
    unreported: Lost,
    /// Why the disk refused the last lines.
    cause: String,
}

/// The most bytes that a session log keeps while the disk refuses them.
const MAX_PENDING: usize = 1024 * 1024;
/// The lines that precede the next lines of a file.
struct Preamble {
    bytes: Vec<u8>,
    /// The length of the header, which is not a record.
    header: usize,
}

impl Log {
    /// Creates a log with its default file. The path of its directory has no symlink.
    pub(crate) fn new(naming: Naming, kind: LogKind, header: Option<Header>) -> Self {
        let place = Place {
            path: naming.directory.clone(),
            is_log_directory: true,
        };
        let own = naming.live().is_none().then(|| Segment {
            stamp: stamp(seconds()),
            pid: std::process::id(),
            number: 0,
        });
        Self {
            naming,
            place,
            is_usual: true,
            own,
            header,
            kind,
            file: None,
            lost: Lost::default(),
            pending: Vec::new(),
            unreported: Lost::default(),
            cause: String::new(),
        }
    }

    /// Sets where the log is written, and whether that is its default.
    pub(crate) fn at(self, place: Place, is_usual: bool) -> Self {
        Self {
            place,
            is_usual,
            ..self
        }
    }

    /// Returns the path of the open file, in the directory as the configuration names it.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let name = self.file.as_ref()?.path.file_name()?;
        Some(self.naming.directory.join(name))
    }

    /// Returns the open file of a log to which threads append without the lock of the log. Only the session log is such a log: each
    /// of its lines is appended by the thread that made it, and its files have no header.
    pub(crate) fn shared_file(&self) -> Option<&Arc<OpenFile>> {
        self.file
            .as_ref()
            .filter(|_| self.kind == LogKind::Session && self.own.is_none())
    }

    /// Returns whether records are unreported or unwritten because the disk refused them: a count of lost records, or lines of
    /// a session log.
    pub(crate) fn is_waiting(&self) -> bool {
        self.lost.count > 0 || !self.pending.is_empty()
    }

    /// Opens the file now, so that an error is reported at once.
    pub(crate) fn open(&mut self, retention: &Arc<Retention>) {
        if let Err(error) = self.step(&[], retention) {
            self.failed(&error);
        }
    }

    /// Closes the file if its path leads to another file, because another process has rotated it. The next write would do
    /// so as well.
    pub(crate) fn close_if_rotated(&mut self) {
        if self.file.as_ref().is_some_and(|file| !file.is_current()) {
            self.file = None;
        }
    }

    /// Closes the file, so that it is no longer in use by this process. Lines that the disk has refused are lost.
    pub(crate) fn close(&mut self) {
        self.file = None;
        self.give_up();
    }

    /// Drops the lines of a session log that the disk has refused, and counts them as lost. Returns all lost lines of that log, which
    /// another log reports.
    pub(crate) fn give_up(&mut self) -> Lost {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            stats::hold(0, "");
            self.lose(&pending);
        }
        std::mem::take(&mut self.unreported).of_session_log()
    }

    /// Counts lines as lost, and keeps their number for a report.
    fn lose(&mut self, lines: &[u8]) {
        let (count, bytes) = (count_lines(lines), lines.len() as u64);
        stats::lost_lines(count, bytes, &self.cause);
        let lost = match self.kind {
            LogKind::Session => &mut self.unreported,
            _ => &mut self.lost,
        };
        lost.count += count;
        lost.bytes += bytes;
        lost.cause.clone_from(&self.cause);
    }

    /// Appends a line about missing records, if there are any.
    pub(crate) fn report(&mut self, lost: &Lost, retention: &Arc<Retention>) {
        self.append(&lost.line(self.kind), retention);
    }

    /// Like [`report`](Self::report) at the end of the log: a line that the disk refuses is no record, and does not count as lost.
    pub(crate) fn report_last(&mut self, lost: &Lost, retention: &Arc<Retention>) {
        if let Err(error) = self.step(&lost.line(self.kind), retention) {
            self.failed(&error);
        }
    }

    /// Tries again to write the lines and the count of lost records that the disk refused.
    pub(crate) fn retry(&mut self, retention: &Arc<Retention>) {
        if self.is_waiting() {
            self.append(&[], retention);
        }
    }

    /// Appends whole lines. On return they are in the kernel, or counted as lost; a session log keeps lines instead of
    /// losing them.
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
        if !held.is_empty() {
            stats::hold(0, "");
        }
    }

    /// Writes as many of the lines as fit into the open segment, at least one, and returns their length.
    fn step(&mut self, lines: &[u8], retention: &Arc<Retention>) -> io::Result<usize> {
        let mut len = self.ensure_open(retention)?;
        let mut preamble = self.preamble(len, lines);
        let first = (preamble.bytes.len() + line_len(lines)) as u64;
        let limit = sys::size_limit();
        let most = retention
            .segment_bytes()
            .min(limit.bytes().unwrap_or(u64::MAX));
        if len > 0 && len.saturating_add(first) > most {
            self.rotate(retention)?;
            len = self.ensure_open(retention)?;
            preamble = self.preamble(len, lines);
        }
        let room = most.saturating_sub(len + preamble.bytes.len() as u64);
        let fits = whole_lines(lines, usize::try_from(room).unwrap_or(usize::MAX));
        let together;
        let bytes = if preamble.bytes.is_empty() {
            &lines[..fits]
        } else {
            together = [preamble.bytes.as_slice(), &lines[..fits]].concat();
            &together
        };
        if bytes.is_empty() {
            return Ok(0);
        }
        // A file counts as whole blocks, so that its first bytes take one.
        let block = if len == 0 { counted(1) } else { 0 };
        let announced = block + bytes.len() as u64;
        retention.announce(announced)?;
        let appended = self.file().map(|file| file.append(bytes, len, limit));
        let written = match &appended {
            Ok(Ok(())) => announced,
            Ok(Err(ShortWrite { written, .. })) if *written > 0 => block + *written as u64,
            _ => 0,
        };
        retention.finish_write(announced, written);
        match appended? {
            Ok(()) => {
                self.count_written(&bytes[preamble.header..]);
                Ok(fits)
            }
            Err(ShortWrite { written: 0, .. })
                if self
                    .file
                    .as_ref()
                    .is_some_and(|file| file.status().is_none()) =>
            {
                // The host has replaced the descriptor since it was checked. The next step opens the log again.
                Ok(0)
            }
            Err(ShortWrite { written, error }) => {
                let whole = whole_lines_within(bytes, written);
                if self.own.is_some() {
                    // No other process writes to this file, so the half line can be removed. If that fails, the
                    // next write closes the line.
                    let _ = self.file()?.cut(len + whole as u64);
                }
                if whole >= preamble.bytes.len() && whole > preamble.header {
                    // Some lines are in the kernel: continue behind them.
                    self.count_written(&bytes[preamble.header..whole]);
                    return Ok(whole - preamble.bytes.len());
                }
                Err(error)
            }
        }
    }

    fn count_written(&mut self, records: &[u8]) {
        count_written(records);
        self.lost = Lost::default();
    }

    /// Returns the header of a new file whose first records are `lines`, and a line about lost records.
    fn preamble(&self, len: u64, lines: &[u8]) -> Preamble {
        let mut bytes = Vec::new();
        if let Some(header) = &self.header
            && len == 0
        {
            header(&mut bytes);
            if self.kind == LogKind::Tui {
                header::not_later(&mut bytes, lines);
            }
        }
        let header = bytes.len();
        self.lost.write(self.kind, &mut bytes);
        Preamble { bytes, header }
    }

    fn file(&self) -> io::Result<&OpenFile> {
        self.file
            .as_deref()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Opens the log's file, unless it is open and its path still leads to it: another process may have rotated or
    /// removed it, and the host may have closed or replaced the descriptor. Returns the length of the file.
    fn ensure_open(&mut self, retention: &Retention) -> io::Result<u64> {
        if let Some(file) = &self.file
            && file.is_current()
            && let Some(status) = file.status()
        {
            if !status.has_other_links {
                return Ok(status.bytes);
            }
            // A hard link under another name may be a user's copy of the log, which must not grow.
            self.rotate(retention)?;
        }
        let directory = self.place.open()?.directory;
        let before = self.file.take().map(|file| file.identity());
        let mut file = self.open_file(&directory, before)?;
        if file.has_other_links() {
            self.file = Some(Arc::new(file));
            self.rotate(retention)?;
            file = self.open_file(&directory, None)?;
        }
        retention.created(&self.naming.directory.join(name_of(&file.path)?));
        self.file.insert(Arc::new(file)).len()
    }

    fn open_file(
        &mut self,
        directory: &Directory,
        before: Option<sys::Identity>,
    ) -> io::Result<OpenFile> {
        match (&mut self.own, self.naming.live()) {
            (Some(own), _) => open_next(directory, &self.naming, own, before),
            (None, Some(live)) => {
                OpenFile::shared(directory, name_of(&live)?, self.kind, self.is_usual)
            }
            (None, None) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Closes the full segment. One process renames a shared file; the others see that the path leads to another file,
    /// and open that one.
    fn rotate(&mut self, retention: &Retention) -> io::Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        if let Some(own) = &mut self.own {
            own.number += 1;
        } else if let Err(error) = rename(&file, &self.place, &self.naming, retention) {
            // The process may lack the permission to open a file by its path. Then this open file is the only one that it
            // can write.
            self.file = Some(file);
            return Err(error);
        }
        Counter::Rotated.add(1);
        Ok(())
    }

    fn failed(&self, error: &io::Error) {
        let path = self
            .path()
            .or_else(|| self.naming.live())
            .unwrap_or_else(|| self.naming.directory.clone());
        stats::failed(failure(&path, error));
    }

    fn refused(&mut self, lines: &[u8], error: &io::Error) {
        // The file stays open: each attempt checks first whether its path still leads to it, and a new file for each
        // attempt would fill the directory with empty files.
        self.cause = cause(error);
        let mut lines = lines;
        if self.kind == LogKind::Session {
            let kept = whole_lines_within(lines, MAX_PENDING);
            self.pending = lines[..kept].to_vec();
            stats::hold(count_lines(&self.pending), &self.cause);
            lines = &lines[kept..];
        }
        self.lose(lines);
    }
}

/// Counts records that are in the kernel.
pub(super) fn count_written(records: &[u8]) {
    Counter::Written.add(count_lines(records));
    Counter::Bytes.add(records.len() as u64);
}

#[cfg(test)]
mod tests;
