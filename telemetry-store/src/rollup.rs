//! The rollup file: the totals of removed session segments.
//!
//! A fold appends its sums and then a record that names the folded segments and the number of the fold ([`append`]). The sums
//! count only if that record follows, so that a process that is killed in between neither loses nor doubles a request: the
//! segments are still there. [`compaction`](crate::compaction) rewrites the file with the sums added up, without sessions that are older than
//! [`SESSION_DAYS`], within a number of bytes. It replaces the file atomically, and keeps what other processes append meanwhile.
//!
//! Writers hold the lock of the file, for the time of one append.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use telemetry_schema::record::{
    FoldedBatch, Record, Records, Rollup, Skipped, Timestamp, VERSION, write_line,
};

use crate::calendar::day_of;
use crate::directory::Directory;
use crate::fold::Fold;
use crate::hashing::{HashMap, HashSet};
use crate::held::HeldFile;
use crate::lock::{LOCK_PAUSE, LOCK_TRIES};
use crate::pause::pause;
use crate::platform::{self, FileStatus, Identity};
use crate::sparse::SparseReader;

/// The name of the rollup file, in the directory of the session log. No log may have this name.
pub const ROLLUP_FILE: &str = "codex-litellm-usage-rollup.jsonl";
/// The name of the file to which the next rollup is written.
pub const REPLACEMENT_FILE: &str = "codex-litellm-usage-rollup.jsonl.new";
/// The number of days for which sums name their session.
pub const SESSION_DAYS: i64 = 90;
/// The part of the budget that the rollup may take.
const SHARE: u64 = 4;

/// The limits of a rollup.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes that the file may have.
    pub max_bytes: u64,
    /// The number of the present day since 1970, in UTC.
    pub today: i64,
    /// The bytes of segments that are folded at once. Longer ones are folded in parts.
    pub part_bytes: u64,
}

/// The bytes of a part: few enough that a short-lived process completes one, in less than half a second, and that the disk is
/// freed steadily; many enough that the sums of the parts, which may name one session several times, stay short.
const PART_BYTES: std::ops::RangeInclusive<u64> = SHORTEST_PART..=256 << 20;
/// No shorter segment is folded in parts.
pub(crate) const SHORTEST_PART: u64 = 16 << 20;

impl Limits {
    /// Returns the limits within a budget, today.
    pub fn of_budget(budget: u64) -> Self {
        Self {
            max_bytes: share_of(budget),
            today: day_of(Timestamp::from(SystemTime::now())),
            part_bytes: budget
                .saturating_mul(2)
                .clamp(*PART_BYTES.start(), *PART_BYTES.end()),
        }
    }
}

/// Returns the most bytes of the rollup within a budget.
pub fn share_of(budget: u64) -> u64 {
    if budget == 0 {
        u64::MAX
    } else {
        budget / SHARE
    }
}

/// The content of a rollup besides its sums.
#[derive(Clone, Debug, Default)]
pub struct RollupIndex {
    /// The file names of the segments whose records are in the rollup.
    pub folded: HashSet<String>,
    /// The file names of segments of which a part is in the rollup, with the offset from which on it is.
    pub cuts: HashMap<String, u64>,
    /// The latest start of a request whose session is no longer known. `None` if all sums name their session.
    pub through: Option<Timestamp>,
    /// The lines that were skipped.
    pub skipped: Skipped,
    /// The numbers of the folds that are complete.
    pub(crate) batches: HashSet<u64>,
}

/// Calls `take` with the sums of a rollup. Sums of days have an empty session id. Sums of an incomplete fold are skipped,
/// because its segments still exist.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn read_sums(file: &File, mut take: impl FnMut(&Rollup<'_>)) -> io::Result<RollupIndex> {
    let mut index = read_index(file, 0)?;
    let mut records = Records::new(SparseReader::new(file, 0));
    let mut damaged = 0;
    let (batches, through) = (&index.batches, &mut index.through);
    records.each(|record| match record {
        Record::Rollup(sums) if sums.batch.is_none_or(|batch| batches.contains(&batch)) => {
            take(&sums);
        }
        Record::RollupDays(days) if days.batch.is_none_or(|batch| batches.contains(&batch)) => {
            *through = (*through).max(Some(days.through));
            let (sums, not_read) = days.rollups();
            damaged += not_read;
            sums.iter().for_each(&mut take);
        }
        _ => {}
    })?;
    index.skipped = records.skipped();
    index.skipped.not_json += damaged;
    Ok(index)
}

/// Reads which segments the rollup contains, in its lines from an offset on.
pub(crate) fn read_index(file: &File, from: u64) -> io::Result<RollupIndex> {
    let mut index = RollupIndex::default();
    Records::new(SparseReader::new(file, from)).each(|record| match record {
        Record::Folded(line) => {
            index.folded.insert(line.segment.into_owned());
        }
        Record::FoldedBatch(line) => {
            index.batches.insert(line.batch);
            let names = line.segments.into_iter().map(Cow::into_owned);
            match line.offset {
                None => index.folded.extend(names),
                Some(offset) => {
                    for name in names {
                        let cut = index.cuts.entry(name).or_insert(offset);
                        *cut = offset.min(*cut);
                    }
                }
            }
        }
        _ => {}
    })?;
    Ok(index)
}

impl RollupIndex {
    /// Returns the offset in a segment before which its lines are not in the rollup: 0 if the segment is folded.
    pub fn end_of(&self, segment: &str) -> u64 {
        if self.folded.contains(segment) {
            return 0;
        }
        self.cuts.get(segment).copied().unwrap_or(u64::MAX)
    }
}

/// Opens the rollup for reading.
pub(crate) fn open_regular(directory: &Directory) -> io::Result<HeldFile> {
    let file = directory.open_read(ROLLUP_FILE)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    Ok(file)
}

/// Opens the rollup for writing, with its lock, and creates it if it does not exist.
pub(crate) fn open_locked(directory: &Directory, tries: u32) -> io::Result<HeldFile> {
    for attempt in 0..tries {
        if attempt > 0 {
            pause(LOCK_PAUSE);
        }
        // Another process may have replaced the file before it was opened.
        if let Some(file) = directory.open_exclusive(ROLLUP_FILE)?
            && directory.status(ROLLUP_FILE)?.identity == Identity::of(&file)?
        {
            return Ok(file);
        }
    }
    Err(io::Error::new(
        ErrorKind::WouldBlock,
        "another process keeps it locked",
    ))
}

/// Returns a number that no other fold of the file has. The caller holds the lock of the file.
pub(crate) fn next_batch() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    // The process id distinguishes two folds if the clock was set back.
    u64::try_from(nanos & u128::from(u64::MAX)).unwrap_or_default()
        ^ u64::from(std::process::id()).rotate_left(40)
}

/// The rollup as it was before a fold read its segments.
#[derive(Debug)]
pub struct RollupVersion {
    identity: Option<Identity>,
    len: u64,
    /// The file names of the segments whose records are in the rollup.
    pub folded: HashSet<String>,
    cuts: HashMap<String, u64>,
}

/// Segments whose sums are appended.
#[derive(Clone, Debug, Default)]
pub struct Closed {
    /// The file names.
    pub segments: Vec<String>,
    /// The status of each file before it was read.
    pub read: Vec<FileStatus>,
    /// The offset from which on the sums are those of the only segment.
    pub cut: Option<u64>,
}

impl RollupVersion {
    /// Reads the present version.
    ///
    /// # Errors
    ///
    /// Fails if the rollup exists and cannot be read.
    pub fn of(directory: &Directory) -> io::Result<Self> {
        match open_regular(directory) {
            Ok(file) => {
                let len = file.metadata()?.len();
                let index = read_index(&file, 0)?;
                Ok(Self {
                    identity: Some(Identity::of(&file)?),
                    len,
                    folded: index.folded,
                    cuts: index.cuts,
                })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self {
                identity: None,
                len: 0,
                folded: HashSet::default(),
                cuts: HashMap::default(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Returns the offset in a segment before which its lines are not in the rollup.
    pub(crate) fn end_of(&self, segment: &str) -> u64 {
        self.cuts.get(segment).copied().unwrap_or(u64::MAX)
    }

    /// Returns the segments that were folded or cut since, all of them if the rollup was replaced.
    fn folded_since(&self, locked: &File) -> io::Result<HashSet<String>> {
        let is_same = self.identity == Some(Identity::of(locked)?);
        // A fold that was in progress when the version was read begins before its end.
        let from = if is_same { self.len } else { 0 };
        let index = read_index(locked, from)?;
        let cut = index.cuts.into_iter();
        let cut = cut.filter(|(name, offset)| self.cuts.get(name) != Some(offset));
        let mut folded = index.folded;
        folded.retain(|name| !self.folded.contains(name));
        folded.extend(cut.map(|(name, _)| name));
        Ok(folded)
    }
}

/// Appends the sums of `closed` segments, which may be removed or cut afterwards, and returns the rollup, whose content may not be on the
/// disk yet. Returns `None` if the sums must be made again, because another process has folded a closed or a staying segment since
/// `version`, or has changed one of them since it was read. `wait` allows to wait for processes that append. The rollup grows to its
/// limit at most. The sessions of sums that would take more than an eighth of the limit are dropped, and those of all sums if the
/// rollup is nearly full.
///
/// # Errors
///
/// Fails if the rollup cannot be written or would grow beyond its limit. Nothing counts twice then: the segments stay.
pub fn append(
    directory: &Directory,
    version: &RollupVersion,
    sums: &mut Fold,
    closed: &Closed,
    staying: &[String],
    limits: Limits,
    wait: bool,
) -> io::Result<Option<HeldFile>> {
    let segments = &closed.segments;
    let max_bytes = limits.max_bytes;
    sums.drop_sessions_before(limits.today - SESSION_DAYS);
    shrink_sessions(sums, max_bytes / 8);
    let tries = if wait { LOCK_TRIES } else { 1 };
    let file = open_locked(directory, tries)?;
    let since = version.folded_since(&file)?;
    let is_folded = |names: &[String]| names.iter().any(|name| since.contains(name));
    // A segment that another process has folded may be gone from the directory, and from the rollup. A purge replaces a segment
    // or writes to it, and then looks at the rollup, whose lock is held here.
    let has_changed =
        |(name, read): (&String, &FileStatus)| directory.status(name).ok().as_ref() != Some(read);
    let mut read = segments.iter().zip(&closed.read);
    if is_folded(segments) || is_folded(staying) || read.any(has_changed) {
        return Ok(None);
    }
    let len = file.metadata()?.len();
    let batch = next_batch();
    let mut bytes = fold_lines(sums, batch, closed)?;
    if len.saturating_add(bytes.len() as u64) > max_bytes / 8 * 7 {
        // The rollup is to be compacted. Until then days and models are kept.
        sums.drop_oldest_sessions(0);
        bytes = fold_lines(sums, batch, closed)?;
    }
    if platform::ends_torn(&file, len)? {
        bytes.insert(0, b'\n');
    }
    let after = len.saturating_add(bytes.len() as u64);
    if after > max_bytes {
        return Err(io::Error::new(
            ErrorKind::QuotaExceeded,
            format!("it would exceed its {max_bytes} bytes of the budget"),
        ));
    }
    platform::check_file_size(after)?;
    if let Err(error) = file.checked()?.write_all(&bytes) {
        // The incomplete sums do not count; removing them only saves space.
        let _ = file.checked()?.set_len(len);
        return Err(error);
    }
    // Other processes need not wait until the disk has the sums.
    platform::end_exclusive(&file)?;
    Ok(Some(file))
}

/// Returns the lines of a fold.
fn fold_lines(sums: &mut Fold, batch: u64, closed: &Closed) -> io::Result<Vec<u8>> {
    let mut lines = lines_of(sums, Some(batch))?;
    for segments in closed.segments.chunks(500) {
        write_folded(&mut lines, batch, segments, closed.cut)?;
    }
    Ok(lines)
}

pub(crate) fn write_folded(
    lines: &mut Vec<u8>,
    batch: u64,
    segments: &[String],
    offset: Option<u64>,
) -> io::Result<()> {
    let line = FoldedBatch {
        ts: Timestamp::from(SystemTime::now()),
        v: VERSION,
        batch,
        segments: segments.iter().map(|name| name.as_str().into()).collect(),
        offset,
        ..FoldedBatch::default()
    };
    Ok(write_line(lines, &line)?)
}

pub(crate) fn session_lines(sums: &Fold, batch: Option<u64>) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for sum in sums.rollups() {
        write_line(&mut lines, &Rollup { batch, ..sum })?;
    }
    Ok(lines)
}

/// Returns the lines of all sums.
pub(crate) fn lines_of(sums: &mut Fold, batch: Option<u64>) -> io::Result<Vec<u8>> {
    let mut lines = session_lines(sums, batch)?;
    lines.extend_from_slice(&sums.day_lines(batch));
    Ok(lines)
}

/// Drops the oldest sessions until the rest takes no more than this number of bytes.
pub(crate) fn shrink_sessions(sums: &mut Fold, max_bytes: u64) {
    let mut keep = sums.sessions();
    // Lines have about 400 bytes, so that fewer sessions need not be encoded to know that they fit.
    while keep as u64 > max_bytes / 800 {
        let bytes = session_lines(sums, None).map_or(0, |lines| lines.len() as u64);
        if bytes <= max_bytes {
            return;
        }
        let fits = u128::from(max_bytes) * keep as u128 / u128::from(bytes);
        keep = usize::try_from(fits).unwrap_or(usize::MAX).min(keep - 1);
        sums.drop_oldest_sessions(keep);
    }
}

#[cfg(test)]
mod tests;
