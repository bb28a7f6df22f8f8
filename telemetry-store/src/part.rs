//! Parts of long segments: where a segment is cut.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use telemetry_schema::record::{MAX_LINE, Record, RequestKeys, request_key};

use crate::chunk::{Chunk, ranges_of_data};
use crate::held::HeldFile;
use crate::pause::pause;
use crate::platform;
use crate::rollup::SHORTEST_PART;

/// The number of bytes before a cut in which a newline is searched. No record is longer.
const LONGEST_LINE: u64 = 2 * MAX_LINE as u64;
/// The number of bytes before and after a cut in which no request may have records on both sides. After a process was killed
/// behind a cut, the requests that it had folded are unknown. The distance suffices, because writers repeat a request soon after its
/// first record.
const NEAR: u64 = 1 << 20;
/// The most attempts to find a cut between requests. A log in which all near records repeat one another is cut anywhere.
const CUTS: u32 = 16;

/// Returns the number of bytes of data of a file before an offset, without its holes.
pub(crate) fn bytes_of_data(file: &File, end: u64) -> io::Result<u64> {
    let len = file.metadata()?.len().min(end);
    Ok(ranges_of_data(file, len).map(|it| it.end - it.start).sum())
}

/// Returns the offset of a line behind which a file has about this number of bytes of data; 0 for the whole file.
pub(crate) fn cut_before(file: &File, end: u64, bytes: u64) -> io::Result<u64> {
    let len = file.metadata()?.len().min(end);
    let ranges: Vec<Range<u64>> = ranges_of_data(file, len).collect();
    let (mut left, mut cut) = (bytes, 0);
    for range in ranges.iter().rev() {
        let data = range.end - range.start;
        if data >= left {
            cut = range.end - left;
            break;
        }
        left -= data;
    }
    cut = line_before(file, cut)?;
    for _ in 0..CUTS {
        let Some(earlier) = repeated_before(file, cut, len)? else {
            break;
        };
        cut = earlier;
    }
    Ok(cut)
}

/// Returns the offset of the line in which an offset lies; the offset itself within a line that is longer than any record.
fn line_before(file: &File, at: u64) -> io::Result<u64> {
    let from = at.saturating_sub(LONGEST_LINE);
    let mut bytes = vec![0; usize::try_from(at - from).unwrap_or_default()];
    let mut read = 0;
    while read < bytes.len() {
        match platform::read_at(file, &mut bytes[read..], from + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let newline = bytes[..read].iter().rposition(|byte| *byte == b'\n');
    Ok(match newline {
        Some(newline) => from + newline as u64 + 1,
        None if from == 0 => 0,
        None => at,
    })
}

/// Returns the offset of the first record near a cut whose request has a record behind the cut as well.
fn repeated_before(file: &File, cut: u64, len: u64) -> io::Result<Option<u64>> {
    let mut behind = RequestKeys::default();
    each_key(file, cut..len.min(cut.saturating_add(NEAR)), |key, _| {
        behind.insert(key);
    })?;
    let mut first = None;
    each_key(file, cut.saturating_sub(NEAR)..cut, |key, offset| {
        if behind.contains(&key) {
            first.get_or_insert(offset);
        }
    })?;
    Ok(first)
}

/// Calls `take` with the key and the offset of each request whose line begins in a range.
fn each_key(file: &File, bytes: Range<u64>, mut take: impl FnMut(u64, u64)) -> io::Result<()> {
    let chunk = Chunk {
        file: 0,
        bytes,
        last: true,
        data_end: u64::MAX,
    };
    let files = [file];
    let mut records = chunk.records(&files);
    loop {
        let key = match records.next()? {
            None => return Ok(()),
            Some(Ok(Record::Session(record))) => request_key(&record),
            Some(_) => None,
        };
        if let Some(key) = key {
            take(key, records.offset());
        }
    }
}

/// How long a reader should wait for a process that folds a part of a segment.
pub const PART_WAIT: Duration = Duration::from_secs(2);
/// How long a process waits after a part, so that a reader can keep the rest.
pub(crate) const PAUSE_FOR_READERS: Duration = Duration::from_millis(20);
/// The pause between two attempts of a reader.
const PAUSE: Duration = Duration::from_millis(2);

/// Keeps a segment from being cut while the returned handle is open. `None` for a segment that is too short to be cut, and
/// if the segment cannot be opened or a part of it is folded for longer than `wait`.
pub fn keep_uncut(path: &Path, wait: Duration) -> Option<HeldFile> {
    let file = platform::open_read(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() <= SHORTEST_PART {
        return None;
    }
    let deadline = Instant::now() + wait;
    loop {
        match file.try_lock_shared() {
            Ok(()) => return HeldFile::new(file).ok(),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => pause(PAUSE),
            Err(_) => return None,
        }
    }
}
