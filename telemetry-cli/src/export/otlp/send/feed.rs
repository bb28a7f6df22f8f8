//! Reads the lines of log files that were not taken, across rotation.
//!
//! A file is identified by the hash of its first line, which does not change when rotation renames the file. Files that are not
//! read to their end stay open, so that their remaining lines can be read after pruning has removed the file.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;

use telemetry_schema::record::{Header, Lines, Record};
use telemetry_store::platform::Identity;

use super::checkpoint::Cursor;
use crate::error::Error;
use crate::export::otlp::ids::{LaunchIds, hash_of};
use crate::home::{Homes, LogFile, LogKind, open};

/// The most lines of a batch, as in OpenTelemetry's own exporters.
pub(super) const BATCH_LINES: usize = 512;
/// The most bytes of the lines of a batch. Backends refuse requests of more than 4 MiB.
pub(super) const BATCH_BYTES: usize = 1024 * 1024;

/// A line of a log.
#[derive(Debug)]
pub(super) struct FeedLine<'a> {
    pub(super) file: &'a FeedFile,
    /// The offset of the line in its file.
    pub(super) offset: u64,
    pub(super) line: &'a [u8],
}

/// A log file.
#[derive(Debug)]
pub(super) struct FeedFile {
    /// The hash of the first line.
    pub(super) key: String,
    pub(super) kind: LogKind,
    pub(super) name: String,
    /// The header, if the first line is one.
    pub(super) header: Option<Header<'static>>,
    pub(super) ids: LaunchIds,
    file: File,
    identity: Option<Identity>,
    /// The path of a compressed segment, whose text is in `file`.
    compressed: Option<PathBuf>,
}

/// The log files of the homes.
#[derive(Debug, Default)]
pub(super) struct Feed {
    files: Vec<FeedFile>,
}

/// The remaining lines and bytes of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    lines: usize,
    bytes: usize,
}

impl Budget {
    /// Returns the limits of a batch.
    pub(super) const fn of_batch() -> Self {
        Self {
            lines: BATCH_LINES,
            bytes: BATCH_BYTES,
        }
    }

    /// Returns limits that are never reached.
    pub(super) const fn unlimited() -> Self {
        Self {
            lines: usize::MAX,
            bytes: usize::MAX,
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.lines = self.lines.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn is_spent(self) -> bool {
        self.lines == 0 || self.bytes == 0
    }
}

impl Feed {
    /// Lists the files, and removes the positions of files that no longer exist. Returns the bytes that were removed
    /// before they were taken.
    pub(super) fn list(
        &mut self,
        homes: &Homes,
        cursors: &mut BTreeMap<String, Cursor>,
    ) -> Result<u64, Error> {
        let mut known: HashMap<Identity, FeedFile> = HashMap::new();
        let mut unread = Vec::new();
        let mut compressed: HashMap<PathBuf, FeedFile> = HashMap::new();
        for mut file in self.files.drain(..) {
            if let Some(path) = file.compressed.take() {
                compressed.insert(path, file);
                continue;
            }
            match file.identity {
                Some(identity) => {
                    known.insert(identity, file);
                }
                None => unread.push(file),
            }
        }
        for listed in homes.files()? {
            if !matches!(listed.kind, LogKind::Debug | LogKind::Session) {
                continue;
            }
            let path = listed.compressed.map(|_| listed.path.clone());
            // A compressed segment does not change, and its text is not unpacked again.
            if let Some(mut entry) = path.as_ref().and_then(|path| compressed.remove(path)) {
                entry.compressed = path;
                self.files.push(entry);
                continue;
            }
            let Some(file) = open(&listed.path)? else {
                continue;
            };
            let identity = Identity::of(&file).ok();
            let entry = match identity.and_then(|identity| known.remove(&identity)) {
                Some(mut entry) => {
                    entry.name = name_of(&listed);
                    Some(entry)
                }
                None => FeedFile::of(file, identity, &listed)?,
            };
            if let Some(mut entry) = entry
                && self.files.iter().all(|file| file.key != entry.key)
            {
                entry.compressed = path;
                self.files.push(entry);
            }
        }
        unread.extend(compressed.into_values());
        // Removed or replaced, but still open and not taken completely.
        unread.extend(known.into_values());
        for mut file in unread {
            file.identity = None;
            let length = file.length();
            let taken = cursors.get(&file.key).map_or(0, |cursor| cursor.read);
            if taken < length && self.files.iter().all(|listed| listed.key != file.key) {
                self.files.insert(0, file);
            }
        }
        Ok(self.update(cursors))
    }

    fn update(&self, cursors: &mut BTreeMap<String, Cursor>) -> u64 {
        let mut lost = 0;
        cursors.retain(|key, cursor| {
            let exists = self.files.iter().any(|file| file.key == *key);
            if !exists {
                lost += cursor.length.saturating_sub(cursor.read);
            }
            exists
        });
        for file in &self.files {
            let cursor = cursors.entry(file.key.clone()).or_default();
            cursor.length = file.length();
            cursor.name.clone_from(&file.name);
        }
        lost
    }

    /// Returns the files of a kind, the oldest first.
    pub(super) fn of_kind(&self, kind: LogKind) -> impl Iterator<Item = &FeedFile> {
        self.files.iter().filter(move |file| file.kind == kind)
    }
}

impl FeedFile {
    /// Returns a file; `None` until its first line is complete.
    fn of(
        mut file: File,
        identity: Option<Identity>,
        listed: &LogFile,
    ) -> Result<Option<Self>, Error> {
        let failed = |error| Error::io("read", &listed.path, error);
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let clone = file.try_clone().map_err(failed)?;
        let mut lines = Lines::growing(clone);
        let Some(line) = lines.next_line().map_err(failed)? else {
            return Ok(None);
        };
        let header = match Record::parse(line) {
            Ok(Record::Header(header)) => Some(crate::export::otlp::owned(&header)),
            _ => None,
        };
        let name = name_of(listed);
        Ok(Some(Self {
            key: format!("{:032x}", hash_of(&[line])),
            kind: listed.kind,
            ids: LaunchIds::of(&name, header.as_ref()),
            name,
            header,
            file,
            identity,
            compressed: None,
        }))
    }

    /// Returns the current length.
    pub(super) fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Calls `take` with the complete lines from `from` on, until `take` returns false or `budget` is spent. Returns the
    /// offset of the first line that was not taken, and whether every complete line was taken.
    pub(super) fn read(
        &self,
        from: u64,
        budget: &mut Budget,
        mut take: impl FnMut(&FeedLine<'_>) -> Result<bool, Error>,
    ) -> Result<(u64, bool), Error> {
        let failed = |error| Error::io("read", self.name.as_ref(), error);
        let mut file = self.file.try_clone().map_err(failed)?;
        file.seek(SeekFrom::Start(from)).map_err(failed)?;
        let mut lines = Lines::growing(file);
        let (mut read, mut line) = (from, Vec::new());
        loop {
            if budget.is_spent() {
                return Ok((read, false));
            }
            match lines.next_line().map_err(failed)? {
                // Lines that are too long are passed as well.
                None => return Ok((from + lines.next_offset(), true)),
                Some(next) => {
                    line.clear();
                    line.extend_from_slice(next);
                }
            }
            budget.spend(line.len());
            let next = FeedLine {
                file: self,
                offset: from + lines.offset(),
                line: &line,
            };
            if !take(&next)? {
                return Ok((read, false));
            }
            read = from + lines.next_offset();
        }
    }

    /// Calls `each` with every complete line before the offset `until`.
    pub(super) fn read_before(&self, until: u64, mut each: impl FnMut(&[u8])) -> Result<(), Error> {
        let mut budget = Budget::unlimited();
        self.read(0, &mut budget, |line| {
            if line.offset >= until {
                return Ok(false);
            }
            each(line.line);
            Ok(true)
        })?;
        Ok(())
    }
}

fn name_of(listed: &LogFile) -> String {
    let name = listed.path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
