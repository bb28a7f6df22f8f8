//! Removing one file of a log, and folding session segments before their removal.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, Read};

use telemetry_schema::LogKind;

use crate::chunk::chunks;
use crate::directory::Directory;
use crate::fold::Fold;
use crate::held::HeldFile;
use crate::listing::RetainedLog;
use crate::name::{FileRole, Naming};
use crate::platform::Identity;
use crate::rollup::{self, Limits, RollupVersion};

/// The result of removing a file.
#[derive(Debug)]
pub(crate) enum Removal {
    Removed,
    /// A living process uses it.
    InUse,
    /// The file no longer exists, or is no longer a file of ours.
    NotOurs,
    /// A closed session segment with this name, which no process writes; the caller folds and removes it.
    Closed(String),
}

/// Removes a file under its lock. A session segment is only closed, because its totals must be folded first.
pub(crate) fn remove(
    directory: &Directory,
    name: &OsStr,
    log: &RetainedLog,
) -> io::Result<Removal> {
    let claimed = match directory.claim(name) {
        Ok(Some(claimed)) => claimed,
        // Another process removes the file. The removal counts for both processes; otherwise each would remove a further
        // file.
        Ok(None) if directory.is_claimed(name) || directory.status(name).is_err() => {
            return Ok(Removal::NotOurs);
        }
        Ok(None) => return Ok(Removal::InUse),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removal::NotOurs),
        Err(error) => return Err(error),
    };
    let opened = Identity::of(&claimed)?;
    let there = directory.status(name).ok().map(|status| status.identity);
    if there != Some(opened) || !begins_as_ours(&claimed, log.kind)? {
        return Ok(Removal::NotOurs);
    }
    if log.kind != LogKind::Session {
        directory.remove(name)?;
        return Ok(Removal::Removed);
    }
    // The claim is released here. No process opens a closed segment to write, so the segment stays unchanged.
    close_live_file(directory, &log.naming, name).map(Removal::Closed)
}

/// Returns the name of the closed segment, to which the live file is renamed. If this process ends between the fold and
/// the removal, no further records may be written under the folded name.
fn close_live_file(directory: &Directory, naming: &Naming, name: &OsStr) -> io::Result<String> {
    let text = || io::Error::new(io::ErrorKind::InvalidInput, "not a name of a log");
    let live = naming.live();
    if live.as_deref().and_then(|live| live.file_name()) != Some(name) {
        return Ok(name.to_str().ok_or_else(text)?.to_owned());
    }
    let segment = naming.free_segment();
    let segment = segment
        .file_name()
        .and_then(OsStr::to_str)
        .ok_or_else(text)?;
    directory.rename(name, segment)?;
    Ok(segment.to_owned())
}

/// The segments of a fold.
#[derive(Debug, Default)]
pub struct Folding {
    /// The segments whose sums are in the rollup now, and which can be removed.
    pub folded: Vec<String>,
    /// The segments that cannot be read, with the error.
    pub failed: Vec<(String, io::Error)>,
    /// The number of lines that were skipped because they are not records.
    pub damaged: u64,
    /// The rollup, whose content may not be on the disk yet. `None` if it contained all segments before.
    pub rollup: Option<HeldFile>,
}

/// The number of attempts to fold while other processes fold.
const TRIES: u32 = 8;

/// Adds the sums of closed segments to the rollup. A request that also stands in one of the segments that `stay` is not
/// added. `wait` allows to wait for processes that fold at the same time.
///
/// The name of a segment must not be used again while its file exists, because the rollup names the segment.
///
/// # Errors
///
/// Fails if the rollup cannot be read or written; then nothing is folded.
pub fn fold(
    directory: &Directory,
    closed: &[String],
    staying: &[String],
    limits: Limits,
    wait: bool,
) -> io::Result<Folding> {
    for _ in 0..TRIES {
        let version = RollupVersion::of(directory)?;
        let mut folding = Folding::default();
        let mut sums = Fold::default();
        sums.bound(limits.max_bytes);
        for segment in staying {
            if !version.folded.contains(segment) {
                // A segment that is gone or unreadable excludes nothing.
                let _ = each_request(directory, segment, |record| sums.exclude(record));
            }
        }
        let mut new = Vec::new();
        for segment in closed {
            if version.folded.contains(segment) {
                folding.folded.push(segment.clone());
                continue;
            }
            let read = each_request(directory, segment, |record| {
                sums.add(record);
            });
            match read {
                Ok(damaged) => {
                    folding.damaged += damaged;
                    new.push(segment.clone());
                }
                // Another process has folded and removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    folding.folded.push(segment.clone());
                }
                Err(error) => folding.failed.push((segment.clone(), error)),
            }
        }
        if new.is_empty() {
            return Ok(folding);
        }
        if sums.has_spanning() {
            let folded = new.iter().map(|segment| (segment, false));
            let rest = staying.iter().filter(|it| !version.folded.contains(*it));
            for (segment, stays) in folded.chain(rest.map(|segment| (segment, true))) {
                let _ = each_request(directory, segment, |record| {
                    sums.add_spanning(record, stays);
                });
            }
        }
        sums.settle();
        let appended = rollup::append(directory, &version, &mut sums, &new, staying, limits, wait)?;
        if appended.is_some() {
            folding.folded.append(&mut new);
            folding.rollup = appended;
            return Ok(folding);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::WouldBlock,
        "other processes fold all the time",
    ))
}

/// Calls `take` with the requests of a segment, and returns the number of skipped lines. Holes of a sparse file are skipped.
fn each_request(
    directory: &Directory,
    segment: &str,
    mut take: impl FnMut(&telemetry_schema::record::SessionRecord<'_>),
) -> io::Result<u64> {
    let file = directory.open_read(segment)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    let files = [file];
    // One chunk for each range of data.
    let mut skipped = 0;
    for chunk in chunks(&files, u64::MAX) {
        let mut records = chunk.records(&files);
        records.each_request(|record| take(record))?;
        skipped += records.skipped().total();
    }
    Ok(skipped)
}

/// Returns the number of requests of a segment that is removed without its sums.
pub(crate) fn requests_of(directory: &Directory, segment: &str) -> u64 {
    let mut requests = 0;
    let _ = each_request(directory, segment, |_| requests += 1);
    requests
}

/// Whether the file begins like a file of ours: JSON that begins with `ts`, or text that begins with a time stamp. Spaces
/// and empty lines, which a purge leaves, are skipped.
pub(crate) fn begins_as_ours(file: &File, kind: LogKind) -> io::Result<bool> {
    const JSON: &[u8] = b"{\"ts\":\"";
    let mut head = [0; JSON.len() + 5];
    let mut file = io::BufReader::new(file);
    loop {
        let read = file.fill_buf()?;
        let blank = read.iter().take_while(|byte| byte.is_ascii_whitespace());
        let (blank, len) = (blank.count(), read.len());
        file.consume(blank);
        if blank < len || len == 0 {
            break;
        }
    }
    let read = read_up_to(&mut file, &mut head)?;
    let stamp = match kind {
        LogKind::Tui => &head[..read],
        _ => match head[..read].strip_prefix(JSON) {
            Some(stamp) => stamp,
            None => return Ok(false),
        },
    };
    Ok(stamp.len() >= 5 && stamp[..4].iter().all(u8::is_ascii_digit) && stamp[4] == b'-')
}

/// Reads until the buffer is full or the file ends.
fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match file.read(&mut buffer[len..])? {
            0 => break,
            read => len += read,
        }
    }
    Ok(len)
}

/// Returns the name of the live file of a log.
pub(crate) fn live_name(naming: &Naming) -> Option<String> {
    let live = naming.live()?;
    Some(live.file_name()?.to_str()?.to_owned())
}

/// Returns the closed segments of a log, the oldest first, followed by its live file.
pub fn segments_of(naming: &Naming) -> Vec<std::path::PathBuf> {
    let Ok(directory) = Directory::resolve(&naming.directory) else {
        return Vec::new();
    };
    let mut segments = Vec::new();
    let read = directory.each_name(|name| {
        if let Some(FileRole::Segment(segment)) = name.to_str().and_then(|name| naming.parse(name))
        {
            segments.push(segment);
        }
    });
    if read.is_err() {
        return Vec::new();
    }
    segments.sort();
    let live = naming.live().filter(|live| live.exists());
    let closed = segments
        .into_iter()
        .map(|segment| naming.path_of(&FileRole::Segment(segment)));
    closed.chain(live).collect()
}
