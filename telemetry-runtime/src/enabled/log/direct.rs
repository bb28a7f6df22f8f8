//! Appending to a shared log from several threads at once.
//!
//! The kernel does not mix the writes of threads, so that a thread that only appends needs no lock. With a lock, a thread that the
//! scheduler suspends in the middle of its append would block all others for many milliseconds. Therefore the threads of a
//! process handle each other's appends like those of other processes: each thread checks that the path still leads to the open
//! file. A thread that finds the file full, rotated or unusable takes the lock of the log.

use std::sync::Arc;

use super::append::count_written;
use super::open::{OpenFile, ShortWrite};
use super::retention::Retention;
use crate::enabled::sys;

/// Appends one line to the open file of a shared log. Returns `false` if it was not appended, and has to be appended with
/// the lock of the log.
pub(crate) fn append(
    file: &OpenFile,
    line: &[u8],
    retention: &Arc<Retention>,
    may_exceed_segment: bool,
) -> bool {
    if !file.is_current() {
        return false;
    }
    let Some(status) = file.status() else {
        return false;
    };
    let limit = sys::size_limit();
    let segment = retention.segment_bytes();
    let overrun = if may_exceed_segment { segment / 8 } else { 0 };
    let most = segment
        .saturating_add(overrun)
        .min(limit.bytes().unwrap_or(u64::MAX));
    let bytes = line.len() as u64;
    // The first line of a file takes a block of the budget.
    let is_first = status.bytes == 0;
    if status.has_other_links || is_first || status.bytes.saturating_add(bytes) > most {
        return false;
    }
    // The thread with the lock reports the error.
    if retention.announce(bytes).is_err() {
        return false;
    }
    match file.append(line, status.bytes, limit) {
        Ok(()) => {
            retention.finish_write(bytes, bytes);
            count_written(line);
            true
        }
        Err(ShortWrite { written, .. }) => {
            retention.finish_write(bytes, written as u64);
            false
        }
    }
}
