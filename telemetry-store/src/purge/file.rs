//! Purging one file.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;

use telemetry_schema::LogKind;
use telemetry_schema::record::Lines;

use super::select::{Selector, Verdict, at, session_of};
use super::{Purge, segment_name};
use crate::chunk::{ChunkReader, ranges_of_data};
use crate::compaction::create_temporary;
use crate::compressed::{expand, plain_name, segment_length};
use crate::directory::Directory;
use crate::held::HeldFile;
use crate::listing::PURGE_FILE;
use crate::lock::LOCK_PAUSE;
use crate::name::Naming;
use crate::ownership;
use crate::platform::{self, Identity};
use crate::removal::begins_as_log;
use crate::rollup::RollupVersion;

/// The number of attempts, a millisecond apart, to claim a live file that was renamed, until other processes have closed it.
const CLAIM_TRIES: u32 = 200;
/// The id that overwrites the session id in the header of a file.
const NO_SESSION: &[u8] = b"00000000-0000-0000-0000-000000000000";

/// The lines and headers of a file that a purge removes or overwrites.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) in_use: bool,
    pub(super) children: BTreeSet<String>,
    /// The ranges of the lines, with their newlines; adjacent ones are merged.
    lines: Vec<Range<u64>>,
    /// The offsets of session ids in headers.
    headers: Vec<u64>,
    /// Whether the file has a line that stays, apart from its header.
    has_others: bool,
}

/// Purges a file, and returns its path: the live file of a shared log (`closing`) is renamed first. `None` if the file has
/// nothing to be removed, or is not a regular file.
pub(super) fn purge_file(
    directory: &Directory,
    name: &OsStr,
    kind: LogKind,
    closing: Option<&Naming>,
    purge: &Purge,
    dry_run: bool,
) -> (PathBuf, io::Result<Option<Found>>) {
    let mut name = name.to_owned();
    let purged = purge_named(directory, &mut name, kind, closing, purge, dry_run);
    let purged = match purged {
        // Another process has removed or rotated it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        purged => purged,
    };
    (directory.path_of(&name), purged)
}

fn purge_named(
    directory: &Directory,
    name: &mut OsString,
    kind: LogKind,
    closing: Option<&Naming>,
    purge: &Purge,
    dry_run: bool,
) -> io::Result<Option<Found>> {
    if !directory.status(&*name)?.is_file {
        return Ok(None);
    }
    let opened = directory.open_read(&*name)?;
    if let Some(plain) = name.to_str().and_then(plain_name).map(OsString::from) {
        return purge_compressed(directory, name, &plain, &opened, kind, purge, dry_run);
    }
    if !is_telemetry_log(&opened, kind, name)? {
        return Ok(None);
    }
    let found = find(&opened, kind, purge)?;
    if found.records == 0 && found.headers.is_empty() {
        return Ok((!found.children.is_empty()).then_some(found));
    }
    if dry_run {
        return Ok(Some(found));
    }
    if let Some(naming) = closing {
        let segment = segment_name(naming)?;
        directory.rename(&*name, &segment)?;
        *name = segment;
    }
    let tries = if closing.is_some() { CLAIM_TRIES } else { 1 };
    let Some(claimed) = claim(directory, name, tries)? else {
        return overwrite(directory, name, kind, purge).map(Some);
    };
    // From here on no process writes to the file.
    if kind == LogKind::Session {
        cut_folded_end(directory, name, &claimed)?;
    }
    let found = find(&claimed, kind, purge)?;
    if found.has_others {
        rewrite(directory, name, &claimed, &found)?;
    } else {
        directory.remove(&*name)?;
    }
    Ok(Some(found))
}

/// Purges a compressed segment: if it has something to be removed, its text takes its place and is purged.
fn purge_compressed(
    directory: &Directory,
    name: &mut OsString,
    plain: &OsStr,
    compressed: &HeldFile,
    kind: LogKind,
    purge: &Purge,
    dry_run: bool,
) -> io::Result<Option<Found>> {
    if directory.status(plain).is_ok() {
        // The segment itself exists, which a process that was killed did not remove, and is purged under its name.
        if !dry_run && segment_length(compressed)?.is_some() {
            directory.remove(&*name)?;
        }
        return Ok(None);
    }
    let Some(text) = expand(compressed, &directory.path_of(&*name))? else {
        return Ok(None);
    };
    let found = find(&text, kind, purge)?;
    if dry_run || found.records == 0 && found.headers.is_empty() {
        return Ok((found.records > 0 || !found.children.is_empty()).then_some(found));
    }
    let modified = compressed.metadata()?.modified()?;
    let Some(new) = create_temporary(directory, PURGE_FILE)? else {
        return Err(purged_by_another());
    };
    let expanded = (|| {
        platform::check_file_size(text.metadata()?.len())?;
        io::copy(&mut ChunkReader::from(&text, 0), &mut new.checked()?)?;
        new.checked()?.set_modified(modified)?;
        new.checked()?.sync_all()?;
        directory.rename(PURGE_FILE, plain)?;
        directory.sync()?;
        directory.remove(&*name)
    })();
    if expanded.is_err() {
        let _ = directory.remove(PURGE_FILE);
    }
    expanded?;
    drop(new);
    plain.clone_into(name);
    purge_named(directory, name, kind, None, purge, dry_run)
}

fn purged_by_another() -> io::Error {
    io::Error::new(
        io::ErrorKind::WouldBlock,
        "another process purges the directory",
    )
}

/// Returns whether a file is a log of telemetry, and not a file of another program that a setting names. An earlier purge may have
/// left spaces at its beginning.
fn is_telemetry_log(file: &HeldFile, kind: LogKind, name: &OsStr) -> io::Result<bool> {
    let is_usual = name.to_string_lossy().starts_with("codex-tui.");
    Ok(ownership::is_telemetry_log(file, kind, is_usual)?
        || kind != LogKind::Tui && begins_as_log(file, kind)?)
}

/// Claims a file that may still be in use for a short time: a process closes a renamed file at its next write, and when it
/// becomes idle.
fn claim(directory: &Directory, name: &OsStr, tries: u32) -> io::Result<Option<HeldFile>> {
    for attempt in 0..tries {
        if attempt > 0 {
            std::thread::sleep(LOCK_PAUSE);
        }
        if let Some(claimed) = directory.claim(name)? {
            return Ok(Some(claimed));
        }
    }
    Ok(None)
}

/// Cuts a segment whose end is in the rollup already, because the process that folded it was killed before it cut the segment.
/// Once lines before that end are removed, the rollup would name another part of the segment.
fn cut_folded_end(directory: &Directory, name: &OsStr, claimed: &HeldFile) -> io::Result<()> {
    let version = RollupVersion::of(directory);
    let Some(end) = version
        .ok()
        .zip(name.to_str())
        .map(|(it, name)| it.end_of(name))
    else {
        return Ok(());
    };
    let metadata = claimed.metadata()?;
    if metadata.len() > end {
        let file = directory.open_update(name)?;
        if file.identity() != claimed.identity() {
            return Err(io::ErrorKind::NotFound.into());
        }
        file.checked()?.set_len(end)?;
        file.checked()?.set_modified(metadata.modified()?)?;
    }
    Ok(())
}

/// Finds the lines to be removed. Holes of a sparse file are not read.
fn find(file: &File, kind: LogKind, purge: &Purge) -> io::Result<Found> {
    let mut selector = Selector::new(kind, purge);
    let mut found = Found::default();
    let len = file.metadata()?.len();
    let data: Vec<Range<u64>> = ranges_of_data(file, len).collect();
    for range in &data {
        find_in(file, range, len, &mut selector, &mut found)?;
    }
    if selector.needle().is_some() {
        // Lines that were not read belong to other sessions, apart from a header at the beginning.
        found.has_others |= has_other_lines(file, &data, &found.lines)?;
    }
    Ok(found)
}

fn find_in(
    file: &File,
    range: &Range<u64>,
    len: u64,
    selector: &mut Selector<'_>,
    found: &mut Found,
) -> io::Result<()> {
    let reader = ChunkReader::of(file, range);
    let mut lines = match selector.needle() {
        Some(needle) => Lines::containing(reader, needle.as_bytes()),
        None => Lines::new(reader),
    };
    while let Some(line) = lines.next_line()? {
        let line_len = line.len() as u64;
        let verdict = selector.verdict(line);
        let mut anonymous = None;
        if verdict == Verdict::Child {
            found.children.extend(session_of(line));
        }
        if verdict == Verdict::Anonymize
            && let Some(id) = selector.needle()
            && id.len() == NO_SESSION.len()
        {
            anonymous = at(line, id);
        }
        let is_other = matches!(verdict, Verdict::Keep | Verdict::Child);
        found.has_others |= is_other && !is_header(line);
        let start = range.start + lines.offset();
        if let Some(id) = anonymous {
            found.headers.push(start + id as u64);
        }
        if verdict == Verdict::Remove {
            found.records += 1;
            found.bytes += line_len;
            let end = (start + line_len + 1).min(len);
            match found.lines.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => found.lines.push(start..end),
            }
        }
    }
    Ok(())
}

/// Returns whether a file has a line outside of the removed ranges that is not a header.
fn has_other_lines(file: &File, data: &[Range<u64>], removed: &[Range<u64>]) -> io::Result<bool> {
    let mut removed = removed.iter().peekable();
    for range in data {
        let mut lines = Lines::new(ChunkReader::of(file, range));
        while let Some(line) = lines.next_line()? {
            let is_header = is_header(line);
            let start = range.start + lines.offset();
            while removed.next_if(|range| range.end <= start).is_some() {}
            let is_removed = removed.peek().is_some_and(|range| range.contains(&start));
            if !is_header && !is_removed {
                return Ok(true);
            }
        }
        if lines.too_long() > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_header(line: &[u8]) -> bool {
    const TYPE: &[u8] = b"\"type\":\"header\"";
    let mut head = line.windows(TYPE.len()).take(64);
    head.any(|window| window == TYPE)
}

/// Writes the file again without the lines, and replaces it. The time of modification is kept, because pruning removes files in its
/// order.
fn rewrite(
    directory: &Directory,
    name: &OsStr,
    claimed: &HeldFile,
    found: &Found,
) -> io::Result<()> {
    let Some(new) = create_temporary(directory, PURGE_FILE)? else {
        return Err(purged_by_another());
    };
    let status = claimed.metadata()?;
    let replaced = (|| {
        let data: Vec<Range<u64>> = ranges_of_data(claimed, status.len()).collect();
        platform::check_file_size(data.iter().map(|data| data.end - data.start).sum())?;
        let mut out = new.checked()?;
        let mut source: &File = claimed;
        let mut headers = found.headers.iter().peekable();
        let mut copy = |range: Range<u64>, is_behind_hole: bool| -> io::Result<()> {
            if is_behind_hole {
                // A hole is a damaged line. An empty line takes its place.
                out.write_all(b"\n")?;
            }
            let mut at = range.start;
            while let Some(id) = headers.next_if(|id| range.contains(id)) {
                copy_range(&mut source, &mut out, at..*id)?;
                out.write_all(NO_SESSION)?;
                at = id + NO_SESSION.len() as u64;
            }
            copy_range(&mut source, &mut out, at..range.end)
        };
        let mut removed = found.lines.iter().peekable();
        for (number, data) in data.iter().enumerate() {
            let mut is_behind_hole = number > 0;
            let mut at = data.start;
            while let Some(lines) = removed.next_if(|lines| lines.start < data.end) {
                copy(at..lines.start, is_behind_hole)?;
                is_behind_hole = false;
                at = lines.end;
            }
            copy(at.min(data.end)..data.end, is_behind_hole)?;
        }
        new.set_modified(status.modified()?)?;
        platform::sync(&new)?;
        if directory.status(name)?.identity != Identity::of(claimed)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        directory.rename(PURGE_FILE, name)?;
        directory.sync()
    })();
    if replaced.is_err() {
        let _ = directory.remove(PURGE_FILE);
    }
    replaced
}

fn copy_range(from: &mut &File, to: &mut &File, range: Range<u64>) -> io::Result<()> {
    from.seek(SeekFrom::Start(range.start))?;
    let len = range.end.saturating_sub(range.start);
    if io::copy(&mut Read::take(*from, len), to)? < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// Overwrites the lines of a file that is in use with spaces. Their newlines and all other bytes are kept.
fn overwrite(
    directory: &Directory,
    name: &OsStr,
    kind: LogKind,
    purge: &Purge,
) -> io::Result<Found> {
    let file = directory.open_update(name)?;
    let found = find(&file, kind, purge)?;
    for range in &found.lines {
        blank(file.checked()?, range)?;
    }
    for id in &found.headers {
        platform::write_at(file.checked()?, NO_SESSION, *id)?;
    }
    platform::sync(&file)?;
    Ok(Found {
        in_use: true,
        ..found
    })
}

/// Overwrites a range with spaces, apart from its newlines.
fn blank(file: &File, range: &Range<u64>) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut at = range.start;
    while at < range.end {
        let len = usize::try_from(range.end - at).unwrap_or(usize::MAX);
        let room = buffer.len().min(len);
        let read = platform::read_at(file, &mut buffer[..room], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for byte in &mut buffer[..read] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        platform::write_at(file, &buffer[..read], at)?;
        at += read as u64;
    }
    Ok(())
}
