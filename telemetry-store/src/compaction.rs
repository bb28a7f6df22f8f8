//! Rewriting the rollup within its limits.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write};

use serde_json::Value;
use telemetry_schema::record::{Lines, ParseRecordError, Record, Rollup, VERSION, write_line};
use telemetry_schema::sort::sort;

use crate::calendar::day_of;
use crate::chunk::ChunkReader;
use crate::directory::Directory;
use crate::fold::Fold;
use crate::held::HeldFile;
use crate::lock::LOCK_TRIES;
use crate::platform::{self, Identity};
use crate::rollup::{
    Limits, REPLACEMENT_FILE, ROLLUP_FILE, SESSION_DAYS, lines_of, next_batch, open_locked,
    open_regular, read_index, session_lines, shrink_sessions, write_folded,
};
use crate::sparse::SparseReader;

/// Returns whether the rollup should be compacted, because it takes most of its bytes, or names sessions that are too old.
///
/// # Errors
///
/// Fails if the rollup exists and cannot be read.
pub fn needs_compaction(directory: &Directory, limits: Limits) -> io::Result<bool> {
    let file = match open_regular(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    if file.metadata()?.len() > limits.max_bytes / 4 * 3 {
        return Ok(true);
    }
    // A compacted rollup begins with its oldest session. A week of tolerance makes this rare.
    let mut lines = Lines::new(SparseReader::new(&*file, 0));
    let Some(first) = lines.next_line()? else {
        return Ok(false);
    };
    Ok(matches!(
        Record::parse(first),
        Ok(Record::Rollup(sums)) if day_of(sums.ts) < limits.today - SESSION_DAYS - 7
    ))
}

/// Rewrites the rollup: adds up its sums, drops the sessions of sums that are older than [`SESSION_DAYS`], and more of them
/// if the rollup would take more than half of its bytes. If sums by day and model alone take more, those of the oldest
/// months are merged, and finally dropped. Returns the number of requests in dropped sums.
///
/// Other processes can append until the file is replaced. Does nothing if another process compacts the rollup.
///
/// # Errors
///
/// Fails if the rollup cannot be read or replaced. It is unchanged then.
pub fn compact(directory: &Directory, limits: Limits) -> io::Result<u64> {
    Ok(rewrite(directory, limits, &|_| true)?.unwrap_or(0))
}

/// Like [`compact`], without the sums that `keep` rejects. Sums that other processes append meanwhile are kept. `None` if
/// another process compacts the rollup.
///
/// # Errors
///
/// Fails if the rollup cannot be read or replaced. It is unchanged then.
pub fn rewrite(
    directory: &Directory,
    limits: Limits,
    keep: &dyn Fn(&Rollup<'_>) -> bool,
) -> io::Result<Option<u64>> {
    let before = open_locked(directory, LOCK_TRIES)?;
    let len = before.metadata()?.len();
    let identity = Identity::of(&before)?;
    platform::end_exclusive(&before)?;
    drop(before);
    let before = open_regular(directory)?;
    if Identity::of(&before)? != identity {
        return Err(ErrorKind::Interrupted.into());
    }
    let Some(new) = create_temporary(directory, REPLACEMENT_FILE)? else {
        return Ok(None);
    };
    let mut dropped = 0;
    let replaced = (|| {
        let lines = compacted(directory, &before, len, limits, keep, &mut dropped)?;
        platform::check_file_size(lines.len() as u64)?;
        new.checked()?.write_all(&lines)?;
        platform::sync(&new)?;
        // From here on no process appends.
        let locked = open_locked(directory, LOCK_TRIES)?;
        if Identity::of(&locked)? != identity {
            return Err(ErrorKind::Interrupted.into());
        }
        io::copy(&mut ChunkReader::from(&locked, len), &mut new.checked()?)?;
        platform::sync(&new)?;
        directory.rename(REPLACEMENT_FILE, ROLLUP_FILE)?;
        directory.sync()
    })();
    if replaced.is_err() {
        // After an error such as a full disk, the incomplete file would only take space.
        let _ = directory.remove(REPLACEMENT_FILE);
    }
    replaced.map(|()| Some(dropped))
}

/// Creates a temporary file with its lock. `None` if a running process is writing such a file.
pub(crate) fn create_temporary(
    directory: &Directory,
    name: &'static str,
) -> io::Result<Option<HeldFile>> {
    remove_temporary(directory, name)?;
    let new = match directory.create_new(name) {
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
/// Fails if the name belongs to something other than a regular file, or if the file cannot be removed.
pub fn remove_replacement(directory: &Directory) -> io::Result<()> {
    remove_temporary(directory, REPLACEMENT_FILE)
}

/// Removes a temporary file that a killed process has left behind.
pub(crate) fn remove_temporary(directory: &Directory, name: &'static str) -> io::Result<()> {
    let gone = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    match directory.claim(name) {
        Ok(Some(_claimed)) => match directory.remove(name) {
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
    keep: &dyn Fn(&Rollup<'_>) -> bool,
    dropped: &mut u64,
) -> io::Result<Vec<u8>> {
    let index = read_index(rollup, 0)?;
    let mut sums = Fold::default();
    let mut kept = Vec::new();
    // The caller copies the bytes that other processes append after `len` without a change.
    let mut lines = Lines::new(SparseReader::until(rollup, 0, len));
    while let Some(line) = lines.next_line()? {
        let counts = |batch: Option<u64>| batch.is_none_or(|it| index.batches.contains(&it));
        match Record::parse(line) {
            Ok(Record::Rollup(sum)) if !counts(sum.batch) || !keep(&sum) => {}
            Ok(Record::RollupDays(days)) if !counts(days.batch) => {}
            Ok(Record::Rollup(sum)) if is_fully_parsed(&sum, line) => sums.add_rollup(&sum),
            Ok(Record::RollupDays(days)) if days.v == VERSION => {
                sums.reach(days.through);
                for sum in days.rollups().0.iter().filter(|sum| keep(sum)) {
                    sums.add_rollup(sum);
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
    sums.drop_sessions_before(limits.today - SESSION_DAYS);
    let most = (limits.max_bytes / 2).saturating_sub(kept.len() as u64);
    shrink_sessions(&mut sums, most);
    let mut lines = lines_of(&mut sums, None)?;
    while lines.len() as u64 > most {
        let of_sessions = session_lines(&sums, None)?.len() as u64;
        if of_sessions > most / 2 {
            shrink_sessions(&mut sums, of_sessions / 4 * 3);
        } else if !sums.merge_oldest_month() {
            if sums.sessions() > 0 {
                sums.drop_oldest_sessions(sums.sessions() / 2);
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
    // The name of a removed segment is no longer needed.
    let mut segments: Vec<String> = index.folded.into_iter().collect();
    segments.retain(|name| directory.status(name).is_ok());
    sort(&mut segments);
    for segments in segments.chunks(500) {
        write_folded(&mut lines, next_batch(), segments, None)?;
    }
    let mut cuts: Vec<(String, u64)> = index.cuts.into_iter().collect();
    cuts.retain(|(name, _)| !segments.contains(name) && directory.status(name).is_ok());
    sort(&mut cuts);
    for (name, offset) in cuts {
        write_folded(&mut lines, next_batch(), &[name], Some(offset))?;
    }
    Ok(lines)
}

/// Returns whether the record contains every key and value of the line.
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
