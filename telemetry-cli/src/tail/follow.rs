//! Follows the logs: reads lines that are appended to existing files and to new ones.
//!
//! The directory is listed and file sizes are compared ten times a second. File system notifications would
//! save a person less than a tenth of a second, do not work on every file system, and would still need a
//! listing to distinguish a rotated file from a new one.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use telemetry_schema::record::{Lines, Skipped, Timestamp};
use telemetry_schema::sort::sort_by_key;
use telemetry_store::FileKey;
use telemetry_store::platform::Identity;

use super::existing::{SelectedLine, TailFile, files, select};
use super::log_line::{LineFilter, LogLine};
use crate::error::Error;
use crate::home::{Homes, LogFile, LogKind, open};
use crate::skipped_lines::SkippedLines;

/// The time between two listings. The writer itself takes up to 10 ms to write a line.
const INTERVAL: Duration = Duration::from_millis(100);
/// The most lines of a file that are read before the other files are read.
const AT_ONCE: usize = 4096;
/// The number of lines after which further files are left for the next listing, so that a caller is not kept waiting by many
/// long files.
const IN_ALL: usize = 4 * AT_ONCE;

/// The longest time by which a record may be newer than the last change of its file, because the kernel takes the time of a change
/// from a clock that advances with each tick, at least 100 times a second.
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// The reading position in a file.
#[derive(Clone, Copy, Debug)]
struct ReadPosition {
    /// The offset of the first line that was not read yet.
    read: u64,
    /// The offset before which lines are read.
    end: u64,
    /// The time of the last line.
    last: Timestamp,
    /// The latest time of a line that was read.
    latest: Timestamp,
    /// Lines up to this time were read in the file that this one replaces. `None` from the first later line on.
    read_before: Option<Timestamp>,
    /// Whether the file was in the last listing.
    seen: bool,
    /// Whether the file belongs to a session log.
    has_requests: bool,
}

impl Default for ReadPosition {
    fn default() -> Self {
        Self {
            read: 0,
            end: u64::MAX,
            last: Timestamp::default(),
            latest: Timestamp::default(),
            read_before: None,
            seen: false,
            has_requests: false,
        }
    }
}

impl ReadPosition {
    /// Returns the position in the file that `telemetry purge` writes in the place of this one, without some of the lines.
    fn in_replacement(&self) -> Self {
        Self {
            latest: self.latest,
            read_before: Some(self.latest),
            ..Self::default()
        }
    }
}

/// The file to which a path led at a listing.
#[derive(Clone, Debug)]
struct ListedFile {
    position: ReadPosition,
    /// The key of the file; `None` for a compressed segment.
    key: Option<FileKey>,
    /// The log of which the file was the live file.
    live: Option<String>,
}

impl ListedFile {
    fn new(file: &LogFile, key: Option<FileKey>, position: ReadPosition) -> Self {
        let live = file.is_live().then(|| file.log.clone());
        Self {
            position,
            key,
            live,
        }
    }
}

/// A file whose reading position is known under each of its names.
#[derive(Debug)]
struct FollowedFile {
    key: FileKey,
    position: ReadPosition,
}

/// The reading positions in all files, by file identity, as rotation renames files.
#[derive(Debug, Default)]
pub struct Follower {
    followed: HashMap<Identity, FollowedFile>,
    /// The files of the last listing. A segment that is compressed, or that `telemetry purge` writes again, gets another identity.
    of_path: HashMap<PathBuf, ListedFile>,
    /// The compressed segments, which were read to their ends.
    ended: HashSet<PathBuf>,
    skips: SkippedLines,
    has_lost_lines: bool,
}

impl Follower {
    /// Starts at the ends that these files had when they were opened. A file without a complete first line is read from its
    /// beginning.
    pub fn from_end_of(files: Vec<TailFile>) -> Self {
        let mut follow = Self::default();
        for opened in files {
            let TailFile { listed, key, .. } = opened;
            let position = ReadPosition {
                read: listed.bytes,
                latest: (listed.modified + CLOCK_TICK).into(),
                ..ReadPosition::default()
            };
            if listed.compressed.is_some() {
                follow.ended.insert(listed.path.clone());
            } else if let Some(key) = key {
                follow.add(key, position);
            } else {
                continue;
            }
            let file = ListedFile::new(&listed, key, position);
            follow.of_path.insert(listed.path, file);
        }
        follow
    }

    /// Starts at the beginning of all files, and reads some of them only before an offset.
    #[cfg(feature = "top")]
    pub(crate) fn before(ends: impl IntoIterator<Item = (FileKey, u64)>) -> Self {
        let mut follow = Self::default();
        for (key, end) in ends {
            let position = ReadPosition {
                end,
                ..ReadPosition::default()
            };
            follow.add(key, position);
        }
        follow
    }

    fn add(&mut self, key: FileKey, position: ReadPosition) {
        self.followed
            .insert(key.identity(), FollowedFile { key, position });
    }

    /// Returns the known key of an open file, or else the key of its first line. The position in a file is forgotten whose
    /// identity the open file has received.
    fn key_of(&mut self, open: &File, path: &Path) -> Result<Option<FileKey>, Error> {
        let failed = |error| Error::io("read", path, error);
        let identity = Identity::of(open).map_err(failed)?;
        if let Some(known) = self.followed.get(&identity) {
            if known.key.is_of(open).map_err(failed)? {
                return Ok(Some(known.key));
            }
            // A debug log whose launch is still shown is read again if another program wrote it again in its place.
            let listed = self.of_path.get(path).and_then(|listed| listed.key);
            self.has_lost_lines |= known.position.has_requests || listed == Some(known.key);
            self.followed.remove(&identity);
        }
        FileKey::of(open).map_err(failed)
    }

    /// Returns whether a file of a session log was removed or replaced before the last reading, or any file was cut: `telemetry
    /// purge` does both, and a part of a session log is folded into the rollup before it is removed. A sum over all lines is
    /// wrong then, and has to be made again.
    #[cfg(feature = "top")]
    pub(crate) fn has_lost_lines(&self) -> bool {
        self.has_lost_lines
    }

    /// Returns the lines that were skipped because they are not valid records.
    #[cfg(feature = "top")]
    pub(crate) fn skips(&self) -> &SkippedLines {
        &self.skips
    }

    /// Returns the new lines by time, and whether there may be more.
    ///
    /// # Errors
    ///
    /// Fails if an existing file cannot be read.
    pub fn read_new(
        &mut self,
        files: &[LogFile],
        wanted: &LineFilter,
    ) -> Result<(Vec<SelectedLine>, bool), Error> {
        let mut new = Vec::new();
        let mut more = false;
        self.has_lost_lines = false;
        for followed in self.followed.values_mut() {
            followed.position.seen = false;
        }
        let before = std::mem::take(&mut self.of_path);
        self.ended
            .retain(|path| files.iter().any(|file| file.path == *path));
        for (at, file) in files.iter().enumerate() {
            let is_compressed = file.compressed.is_some();
            if let Some(listed) = before.get(&file.path) {
                self.of_path.insert(file.path.clone(), listed.clone());
            }
            if is_compressed && self.ended.contains(&file.path) {
                continue;
            }
            let Some(open) = open(&file.path)? else {
                continue;
            };
            let Some(key) = self.key_of(&open, &file.path)? else {
                continue;
            };
            let Ok(metadata) = open.metadata() else {
                continue;
            };
            let followed = self.followed.entry(key.identity());
            let followed = followed.or_insert_with(|| FollowedFile {
                key,
                position: first_position(file, files, &before),
            });
            let position = &mut followed.position;
            position.seen = true;
            position.has_requests = file.kind == LogKind::Session;
            if new.len() >= IN_ALL {
                more = true;
                continue;
            }
            if metadata.len() < position.read {
                // A closed segment is cut at its end, when it is folded. Another program that cuts a live file empties it.
                position.read = if file.is_live() { 0 } else { metadata.len() };
                self.has_lost_lines = true;
            }
            if metadata.len().min(position.end) > position.read {
                let mut skipped = Skipped::default();
                more |= read(open, (at, file), position, wanted, &mut skipped, &mut new)
                    .map_err(|error| Error::io("read", &file.path, error))?;
                self.skips.add(&skipped);
            }
            let key = (!is_compressed).then_some(key);
            let listed = ListedFile::new(file, key, *position);
            self.of_path.insert(file.path.clone(), listed);
            if is_compressed && position.read >= metadata.len() {
                self.ended.insert(file.path.clone());
            }
        }
        let mut gone = self.followed.values().filter(|it| !it.position.seen);
        self.has_lost_lines |= gone.any(|it| it.position.has_requests);
        self.followed.retain(|_, it| it.position.seen);
        sort_by_key(&mut new, |line| line.time);
        Ok((new, more))
    }
}

/// Returns the position in a file whose identity is new. `before` are the files of the last listing.
fn first_position(
    file: &LogFile,
    files: &[LogFile],
    before: &HashMap<PathBuf, ListedFile>,
) -> ReadPosition {
    if file.is_live() {
        return ReadPosition::default();
    }
    if let Some(listed) = before.get(&file.path) {
        return match file.compressed {
            // The text of a compressed segment is that of the segment.
            Some(_) => listed.position,
            None => listed.position.in_replacement(),
        };
    }
    // To purge a live file, its segment is written again as soon as the file was renamed to it: the live file of the last
    // listing is gone. The segment of a rotation is that file.
    let live = before.iter().find_map(|(path, listed)| {
        let is_same_log = *listed.live.as_ref()? == file.log && path.parent() == file.path.parent();
        is_same_log.then_some((listed, listed.key?))
    });
    let is_gone = |key: FileKey| {
        let is = |file: &LogFile| {
            let open = open(&file.path).ok().flatten();
            open.is_some_and(|open| key.is_of(&open).unwrap_or(false))
        };
        let mut plain = files.iter().filter(|file| file.compressed.is_none());
        !plain.any(is)
    };
    match live {
        Some((live, key)) if is_gone(key) => live.position.in_replacement(),
        _ => ReadPosition::default(),
    }
}

/// Reads complete lines from the reading position on. Returns whether there may be more.
fn read(
    mut open: File,
    (at, file): (usize, &LogFile),
    position: &mut ReadPosition,
    wanted: &LineFilter,
    skipped: &mut Skipped,
    new: &mut Vec<SelectedLine>,
) -> std::io::Result<bool> {
    open.seek(SeekFrom::Start(position.read))?;
    let mut lines = Lines::growing(open.take(position.end - position.read));
    let mut more = true;
    for _ in 0..AT_ONCE {
        let Some(line) = lines.next_line()? else {
            more = false;
            break;
        };
        if let Some(before) = position.read_before {
            match LogLine::of(line, file.kind, position.last) {
                Ok(entry) if entry.time > before => position.read_before = None,
                // The line was shown, or counted as damaged, before.
                _ => continue,
            }
        }
        let last = &mut position.last;
        new.extend(select(line, at, file.kind, last, wanted, skipped));
        position.latest = position.latest.max(position.last);
    }
    position.read += lines.next_offset();
    skipped.too_long += lines.too_long();
    Ok(more)
}

/// Calls `each` with every new line until `stop` receives a message, and `idle` after each listing.
///
/// # Errors
///
/// Fails if an existing file cannot be read, and returns the errors of `each` and `idle`.
pub fn follow(
    homes: &Homes,
    wanted: &LineFilter,
    mut follow: Follower,
    stop: &Receiver<()>,
    mut each: impl FnMut(&LogFile, &SelectedLine) -> Result<(), Error>,
    mut idle: impl FnMut() -> Result<(), Error>,
) -> Result<SkippedLines, Error> {
    loop {
        let files = files(homes, wanted)?;
        let (new, more) = follow.read_new(&files, wanted)?;
        for new in &new {
            each(&files[new.file], new)?;
        }
        idle()?;
        let wait = if more { Duration::ZERO } else { INTERVAL };
        match stop.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(follow.skips),
        }
    }
}
