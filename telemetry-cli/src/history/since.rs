//! Finds the parts of the session logs that contain the requests from a time on.
//!
//! A record is written when its request ends. So all lines before one that was written before the time are about requests
//! that started before it.

use std::fs::File;

use telemetry_schema::record::{Record, Timestamp};
use telemetry_store::{Chunk, chunks_until};

use crate::records::end_of;

/// The size of a part, in bytes: some hundred requests.
const PART: u64 = 128 * 1024;
/// The tolerance for clocks that are set back and for writers that run at the same time, in microseconds.
const TOLERANCE: i64 = 600_000_000;

/// Returns the parts of files with requests that started at `since` or later, each file until the offset in `ends`.
pub(super) fn parts(files: &[File], ends: &[u64], since: Timestamp) -> Vec<Chunk> {
    let before = Timestamp::from_micros(since.micros().saturating_sub(TOLERANCE));
    let changed = |chunk: &Chunk| {
        let metadata = files[chunk.file].metadata();
        let modified = metadata.and_then(|metadata| metadata.modified());
        modified.map_or(true, |modified| Timestamp::from(modified) >= before)
    };
    let mut parts: Vec<Chunk> = Vec::new();
    // The file of which no earlier part is needed.
    let mut complete = None;
    for chunk in chunks_until(files, ends, PART).into_iter().rev() {
        if complete == Some(chunk.file) || !changed(&chunk) {
            continue;
        }
        if first_written(&chunk, files).is_some_and(|written| written < before) {
            complete = Some(chunk.file);
        }
        parts.push(chunk);
    }
    parts.reverse();
    parts
}

/// Returns the time at which the first request of a part was written.
fn first_written(chunk: &Chunk, files: &[File]) -> Option<Timestamp> {
    let mut records = chunk.records(files);
    while let Ok(Some(record)) = records.next() {
        if let Ok(Record::Session(request)) = record {
            let millis = request.latency_ms.unwrap_or(0);
            return Some(end_of(request.ts, millis.saturating_mul(1_000_000)));
        }
    }
    None
}
