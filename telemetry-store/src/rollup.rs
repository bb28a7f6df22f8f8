//! The rollup file: the totals of removed session segments.
//!
//! A fold appends its sums and then a record that names the folded segments and the number of the fold ([`append`]). The sums
//! count only if that record follows, so that a process that is killed in between neither loses nor doubles a request: the
//! segments are still there. [`compact`] rewrites the file with the sums added up, without sessions that are older than
//! [`SESSION_DAYS`], within a number of bytes. It replaces the file atomically, and keeps what other processes append meanwhile.
//!
//! Writers hold the lock of the file, for the time of one append.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use telemetry_schema::record::{
    FoldedBatch, Lines, ParseRecordError, Record, Records, Rollup, Skipped, Timestamp, VERSION,
    write_line,
};

use crate::chunk::ChunkReader;
use crate::directory::Directory;
use crate::fold::{Fold, day_of};
use crate::lock::{LOCK_PAUSE, LOCK_TRIES};
use crate::platform::{self, Identity};

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
}

impl Limits {
    /// Returns the limits within a budget, today.
    pub fn of_budget(budget: u64) -> Self {
        Self {
            max_bytes: share_of(budget),
            today: day_of(Timestamp::from(SystemTime::now())),
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

/// What a rollup tells beside its sums.
#[derive(Clone, Debug, Default)]
pub struct RollupIndex {
    /// The file names of the segments whose records are in the rollup.
    pub folded: HashSet<String>,
    /// The latest start of a request whose session is no longer known. `None` if all sums name their session.
    pub through: Option<Timestamp>,
    /// The lines that were skipped.
    pub skipped: Skipped,
    /// The numbers of the folds that are complete.
    batches: HashSet<u64>,
}

/// Calls `take` with the sums of a rollup. Sums of days have an empty session id. Sums of a fold that did not end are left
/// out, because its segments are still there.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn read_sums(file: &File, mut take: impl FnMut(&Rollup<'_>)) -> io::Result<RollupIndex> {
    let mut index = read_index(file, 0)?;
    let mut records = Records::new(ChunkReader::of(file));
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
fn read_index(file: &File, from: u64) -> io::Result<RollupIndex> {
    let mut index = RollupIndex::default();
    Records::new(ChunkReader::from(file, from)).each(|record| match record {
        Record::Folded(line) => {
            index.folded.insert(line.segment.into_owned());
        }
        Record::FoldedBatch(line) => {
            index.batches.insert(line.batch);
            let names = line.segments.into_iter().map(Cow::into_owned);
            index.folded.extend(names);
        }
        _ => {}
    })?;
    Ok(index)
}

/// Opens the rollup for writing, with its lock, and creates it if it does not exist.
fn open_locked(directory: &Directory, tries: u32) -> io::Result<File> {
    for _ in 0..tries {
        let file = directory.open_append(ROLLUP_FILE)?;
        match file.try_lock() {
            // Another process may have replaced the file before this lock was taken.
            Ok(()) if directory.status(ROLLUP_FILE)?.identity == Identity::of(&file)? => {
                return Ok(file);
            }
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(
        ErrorKind::WouldBlock,
        "another process keeps it locked",
    ))
}

/// Returns a number that no other fold of the file has: the caller holds the lock of the file.
fn next_batch() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    // The process id tells apart two folds if the clock was set back.
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
}

impl RollupVersion {
    /// Reads the present version.
    ///
    /// # Errors
    ///
    /// Fails if the rollup exists and cannot be read.
    pub fn of(directory: &Directory) -> io::Result<Self> {
        match directory.open_read(ROLLUP_FILE) {
            Ok(file) => Ok(Self {
                identity: Some(Identity::of(&file)?),
                len: file.metadata()?.len(),
                folded: read_index(&file, 0)?.folded,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self {
                identity: None,
                len: 0,
                folded: HashSet::new(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Returns the segments that were folded since, all of them if the rollup was replaced.
    fn folded_since(&self, locked: &File) -> io::Result<HashSet<String>> {
        let is_same = self.identity == Some(Identity::of(locked)?);
        // A fold that was in progress when the version was read begins before its end.
        let from = if is_same { self.len } else { 0 };
        let mut folded = read_index(locked, from)?.folded;
        folded.retain(|name| !self.folded.contains(name));
        Ok(folded)
    }
}

/// Appends the sums of `segments`, which may be removed afterwards, and returns the rollup, whose content may not be on the
/// disk yet. `None` if another process has folded one of `segments`, or one of those that `stay`, since `version`: the
/// sums must be made again. `wait` allows to wait for processes that append. The rollup grows to its limit at most; sums that would take more than an eighth of that lose
/// their sessions.
///
/// # Errors
///
/// Fails if the rollup cannot be written or would grow beyond its limit. Nothing counts twice then: the segments stay.
pub fn append(
    directory: &Directory,
    version: &RollupVersion,
    sums: &mut Fold,
    segments: &[String],
    staying: &[String],
    limits: Limits,
    wait: bool,
) -> io::Result<Option<File>> {
    let max_bytes = limits.max_bytes;
    sums.forget_before(limits.today - SESSION_DAYS);
    shrink_sessions(sums, max_bytes / 8);
    let tries = if wait { LOCK_TRIES } else { 2 };
    let mut file = open_locked(directory, tries)?;
    let since = version.folded_since(&file)?;
    let is_folded = |names: &[String]| names.iter().any(|name| since.contains(name));
    // A segment that another process has folded may be gone from the directory, and from the rollup.
    let is_gone = |name: &String| directory.status(name).is_err();
    if is_folded(segments) || is_folded(staying) || segments.iter().any(is_gone) {
        return Ok(None);
    }
    let len = file.metadata()?.len();
    let mut bytes = Vec::new();
    if platform::ends_torn(&file, len)? {
        bytes.push(b'\n');
    }
    let batch = next_batch();
    bytes.extend_from_slice(&lines_of(sums, Some(batch))?);
    for segments in segments.chunks(500) {
        write_folded(&mut bytes, batch, segments)?;
    }
    let after = len.saturating_add(bytes.len() as u64);
    if after > max_bytes {
        return Err(io::Error::new(
            ErrorKind::QuotaExceeded,
            format!("it would exceed its {max_bytes} bytes of the budget"),
        ));
    }
    platform::check_file_size(after)?;
    if let Err(error) = file.write_all(&bytes) {
        // The incomplete sums do not count; removing them only saves space.
        let _ = file.set_len(len);
        return Err(error);
    }
    // Other processes need not wait until the disk has the sums.
    file.unlock()?;
    Ok(Some(file))
}

fn write_folded(lines: &mut Vec<u8>, batch: u64, segments: &[String]) -> io::Result<()> {
    let line = FoldedBatch {
        ts: Timestamp::from(SystemTime::now()),
        v: VERSION,
        batch,
        segments: segments.iter().map(|name| name.as_str().into()).collect(),
        ..FoldedBatch::default()
    };
    Ok(write_line(lines, &line)?)
}

fn session_lines(sums: &Fold, batch: Option<u64>) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for sum in sums.rollups() {
        write_line(&mut lines, &Rollup { batch, ..sum })?;
    }
    Ok(lines)
}

/// Returns the lines of all sums.
fn lines_of(sums: &mut Fold, batch: Option<u64>) -> io::Result<Vec<u8>> {
    let mut lines = session_lines(sums, batch)?;
    lines.extend_from_slice(&sums.day_lines(batch));
    Ok(lines)
}

/// Forgets the oldest sessions until the rest takes no more than this number of bytes.
fn shrink_sessions(sums: &mut Fold, max_bytes: u64) {
    let mut keep = sums.sessions();
    // Lines have about 400 bytes, so that fewer sessions need not be encoded to know that they fit.
    while keep as u64 > max_bytes / 800 {
        let bytes = session_lines(sums, None).map_or(0, |lines| lines.len() as u64);
        if bytes <= max_bytes {
            return;
        }
        let fits = u128::from(max_bytes) * keep as u128 / u128::from(bytes);
        keep = usize::try_from(fits).unwrap_or(usize::MAX).min(keep - 1);
        sums.forget_oldest(keep);
    }
}

/// Whether the rollup should be compacted: it takes most of its bytes, or names sessions that are too old.
///
/// # Errors
///
/// Fails if the rollup exists and cannot be read.
pub fn needs_compaction(directory: &Directory, limits: Limits) -> io::Result<bool> {
    let file = match directory.open_read(ROLLUP_FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    if file.metadata()?.len() > limits.max_bytes / 4 * 3 {
        return Ok(true);
    }
    // A compacted rollup begins with its oldest session. A week of tolerance makes this rare.
    let mut lines = Lines::new(ChunkReader::of(&file));
    let Some(first) = lines.next_line()? else {
        return Ok(false);
    };
    Ok(matches!(
        Record::parse(first),
        Ok(Record::Rollup(sums)) if day_of(sums.ts) < limits.today - SESSION_DAYS - 7
    ))
}

/// Rewrites the rollup: adds up its sums, forgets the sessions of sums that are older than [`SESSION_DAYS`], and more of them
/// if the rollup would take more than half of its bytes. If sums by day and model alone take more, those of the oldest
/// months are merged, and at last dropped. Returns the number of requests in dropped sums.
///
/// Appending goes on meanwhile, except at the end. Does nothing if another process compacts the rollup.
///
/// # Errors
///
/// Fails if the rollup cannot be read or replaced. It is unchanged then.
pub fn compact(directory: &Directory, limits: Limits) -> io::Result<u64> {
    let before = open_locked(directory, LOCK_TRIES)?;
    let len = before.metadata()?.len();
    let identity = Identity::of(&before)?;
    before.unlock()?;
    let Some(mut new) = create_replacement(directory)? else {
        return Ok(0);
    };
    let mut dropped = 0;
    let replaced = (|| {
        let lines = compacted(directory, &before, len, limits, &mut dropped)?;
        platform::check_file_size(lines.len() as u64)?;
        new.write_all(&lines)?;
        new.sync_all()?;
        // From here on no process appends.
        let locked = open_locked(directory, LOCK_TRIES)?;
        if Identity::of(&locked)? != identity {
            return Err(ErrorKind::Interrupted.into());
        }
        io::copy(&mut ChunkReader::from(&locked, len), &mut new)?;
        new.sync_all()?;
        directory.rename(REPLACEMENT_FILE, ROLLUP_FILE)?;
        directory.sync()
    })();
    if replaced.is_err() {
        // For example, the disk is full. The incomplete file would only take space.
        let _ = directory.remove(REPLACEMENT_FILE);
    }
    replaced.map(|()| dropped)
}

/// Creates the file of the next rollup with its lock. `None` if a living process is writing such a file.
fn create_replacement(directory: &Directory) -> io::Result<Option<File>> {
    remove_replacement(directory)?;
    let new = match directory.create_new(REPLACEMENT_FILE) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        created => created?,
    };
    match new.try_lock() {
        Ok(()) => Ok(Some(new)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes the file of the next rollup if a process that was killed has left it behind.
///
/// # Errors
///
/// Fails if something that is not a file has its name, or if it cannot be removed.
pub fn remove_replacement(directory: &Directory) -> io::Result<()> {
    let gone = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    match directory.claim(REPLACEMENT_FILE) {
        Ok(Some(_claimed)) => match directory.remove(REPLACEMENT_FILE) {
            Err(error) if !gone(&error) => Err(error),
            _ => Ok(()),
        },
        Ok(None) => Ok(()),
        Err(error) if gone(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Returns the lines of a compacted rollup.
fn compacted(
    directory: &Directory,
    rollup: &File,
    len: u64,
    limits: Limits,
    dropped: &mut u64,
) -> io::Result<Vec<u8>> {
    let index = read_index(rollup, 0)?;
    let mut sums = Fold::default();
    let mut kept = Vec::new();
    let mut lines = Lines::new(ChunkReader::of(rollup));
    // What is appended after `len` is copied as it is.
    while lines.next_offset() < len
        && let Some(line) = lines.next_line()?
    {
        let counts = |batch: Option<u64>| batch.is_none_or(|it| index.batches.contains(&it));
        match Record::parse(line) {
            Ok(Record::Rollup(sum)) if !counts(sum.batch) => {}
            Ok(Record::RollupDays(days)) if !counts(days.batch) => {}
            Ok(Record::Rollup(sum)) if is_fully_parsed(&sum, line) => sums.add_rollup(&sum),
            Ok(Record::RollupDays(days)) if days.v == VERSION => {
                sums.reach(days.through);
                for sum in days.rollups().0 {
                    sums.add_rollup(&sum);
                }
            }
            // Lines of a later version, with types or keys that this version would lose.
            Ok(Record::Rollup(_) | Record::RollupDays(_)) | Err(ParseRecordError::UnknownType) => {
                kept.extend_from_slice(line);
                kept.push(b'\n');
            }
            _ => {}
        }
    }
    sums.forget_before(limits.today - SESSION_DAYS);
    let most = (limits.max_bytes / 2).saturating_sub(kept.len() as u64);
    shrink_sessions(&mut sums, most);
    let mut lines = lines_of(&mut sums, None)?;
    while lines.len() as u64 > most {
        let of_sessions = session_lines(&sums, None)?.len() as u64;
        if of_sessions > most / 2 {
            shrink_sessions(&mut sums, of_sessions / 4 * 3);
        } else if !sums.merge_oldest_month() {
            if sums.sessions() > 0 {
                sums.forget_oldest(sums.sessions() / 2);
            } else {
                let requests = sums.drop_oldest_month();
                *dropped = dropped.saturating_add(requests);
                if requests == 0 {
                    break;
                }
            }
        }
        lines = lines_of(&mut sums, None)?;
    }
    lines.extend_from_slice(&kept);
    // The name of a segment that is removed is no longer needed.
    let mut segments: Vec<String> = index.folded.into_iter().collect();
    segments.retain(|name| directory.status(name).is_ok());
    segments.sort_unstable();
    for segments in segments.chunks(500) {
        write_folded(&mut lines, next_batch(), segments)?;
    }
    Ok(lines)
}

/// Whether the record contains every key and value of the line.
fn is_fully_parsed(record: &Rollup<'_>, line: &[u8]) -> bool {
    fn is_in(part: &Value, whole: &Value) -> bool {
        part.as_object().is_none_or(|part| {
            part.iter().all(|(key, value)| {
                value.is_null() || whole.get(key).is_some_and(|whole| is_in(value, whole))
            })
        })
    }
    let mut written = Vec::with_capacity(line.len() + 1);
    if write_line(&mut written, record).is_ok() && written.strip_suffix(b"\n") == Some(line) {
        return true;
    }
    let (line, record) = (serde_json::from_slice(line), serde_json::to_value(record));
    matches!((line, record), (Ok(line), Ok(record)) if is_in(&line, &record))
}

#[cfg(test)]
mod tests;
