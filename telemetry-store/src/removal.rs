//! Removing one file of a log.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, Read};

use telemetry_schema::LogKind;
use telemetry_schema::sort::sort;

use crate::compressed::{plain_name, segment_length};
use crate::directory::Directory;
use crate::listing::RetainedLog;
use crate::name::{FileRole, Naming};
use crate::ownership::is_telemetry_log;
use crate::platform::Identity;

/// The result of removing a file.
#[derive(Debug)]
pub(crate) enum Removal {
    Removed,
    /// A running process uses it.
    InUse,
    /// The file no longer exists, or is not a log of telemetry.
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
    let is_telemetry_log = match name.to_str().and_then(plain_name) {
        Some(_) => segment_length(&claimed)?.is_some(),
        None => is_log(&claimed, log.kind)?,
    };
    if there != Some(opened) || !is_telemetry_log {
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

/// Returns whether the file begins like a log of this kind, or has a record of the kind among its first lines, because a crash may
/// have damaged the beginning.
pub(crate) fn is_log(file: &File, kind: LogKind) -> io::Result<bool> {
    // The setting of a further log may name any file. The built-in logs have names that other programs do not use.
    let is_usual = kind != LogKind::Custom;
    Ok(begins_as_log(file, kind)? || is_telemetry_log(file, kind, is_usual)?)
}

/// Returns whether the file begins with JSON whose first key is `ts`, or with text that begins with a time stamp. Spaces and empty lines,
/// which a purge leaves, are skipped.
pub(crate) fn begins_as_log(file: &File, kind: LogKind) -> io::Result<bool> {
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
    sort(&mut segments);
    let live = naming.live().filter(|live| live.exists());
    let closed = segments
        .into_iter()
        .map(|segment| naming.path_of(&FileRole::Segment(segment)));
    closed.chain(live).collect()
}
