//! The frames of one recording between the thread that draws and the writer's thread.
//!
//! The thread that draws queues all rows of a frame. A row that has not changed is shared with the frames before. The writer's
//! thread masks the whole screen of each frame in turn, and writes the masked rows that differ from those of the frame before. The
//! masking of a frame therefore depends on its screen alone.
//!
//! | | |
//! |---|---|
//! | order | one lock (`written`) is held from the removal of a frame from the queue until its lines are appended |
//! | memory | [`MAX_COST`] bounds the queue. If the queue is full, a new frame becomes the *last* frame, which the next frame replaces |
//! | losses | a replaced frame is counted in `merged` of the next record; without a running writer, a frame is counted as lost |
//! | waiting | the thread that draws takes the lock `queue` alone, which is held for moves in memory |

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::masked::{MaskedRows, Rows};
use super::record::FrameRecord;
use crate::enabled::deferred::{AppendLines, LineSource, WriteNext};
use crate::enabled::frame::LogIndex;
use crate::enabled::panics::catch_internal_panic;
use crate::enabled::process::{lock, lock_before};
use crate::enabled::stats::{self, Cause};

/// The cost of the frames that may be queued. A cell of a changed row takes about 40 bytes, so that this is about 5 MB.
pub(super) const MAX_COST: usize = 1 << 17;
/// Cells of the screen that cost as much as one cell of a changed row: the whole screen is masked for each frame, and the end of
/// the process waits for that.
const CELLS_TO_MASK: usize = 8;

/// A frame whose secrets are not masked yet.
#[derive(Clone, Debug)]
pub(super) struct UnwrittenFrame {
    pub(super) record: FrameRecord,
    pub(super) rows: Rows,
    /// Cells of the rows that the frame before does not have.
    pub(super) changed_cells: usize,
}

impl UnwrittenFrame {
    fn cost(&self) -> usize {
        let cells: usize = self.rows.iter().map(|row| row.cells.len()).sum();
        self.changed_cells + cells / CELLS_TO_MASK
    }
}

/// The frames of one recording that are not written, and what is written.
#[derive(Debug)]
pub(super) struct Backlog {
    log: LogIndex,
    queue: Mutex<Queue>,
    /// Locked before `queue`, by the thread that writes.
    written: Mutex<WrittenScreen>,
    has_failed: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<UnwrittenFrame>,
    /// The cost of `frames`.
    cost: usize,
    /// The frame after them, and the time from which it may be written. The next frame may replace it until then.
    last: Option<(u64, UnwrittenFrame)>,
    /// Whether a thread is writing a frame that it has taken out.
    is_writing: bool,
}

/// The state of the screen in the records.
#[derive(Debug, Default)]
struct WrittenScreen {
    number: u64,
    /// Frames that were merged into frames without a line.
    merged: u64,
    cursor: Option<(u16, u16)>,
    rows: MaskedRows,
}

impl Backlog {
    pub(super) fn new(log: LogIndex) -> Self {
        Self {
            log,
            queue: Mutex::default(),
            written: Mutex::default(),
            has_failed: AtomicBool::new(false),
        }
    }

    /// Returns whether masking a frame has panicked.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Queues a frame that may be written from `due` on. There must be no last frame. Returns whether the frame is certain to be
    /// written by itself; otherwise it is the last frame.
    pub(super) fn push(&self, frame: UnwrittenFrame, now: u64, due: u64) -> bool {
        let cost = frame.cost();
        let mut queue = lock(&self.queue);
        let has_room = queue.frames.is_empty() || queue.cost + cost <= MAX_COST;
        let is_certain = now >= due && has_room;
        if is_certain {
            queue.cost += cost;
            queue.frames.push_back(frame);
        } else {
            queue.last = Some((due, frame));
        }
        is_certain
    }

    /// Removes the last frame. Returns `false` if it is written, or being written.
    pub(super) fn withdraw_last(&self) -> bool {
        // Dropped without the lock.
        let last = lock(&self.queue).last.take();
        last.is_some()
    }

    /// Drops all frames, because there is no writer, and counts them as lost.
    pub(super) fn discard(&self) {
        let (frames, last) = {
            let mut queue = lock(&self.queue);
            queue.cost = 0;
            (std::mem::take(&mut queue.frames), queue.last.take())
        };
        let count = frames.len() as u64 + u64::from(last.is_some());
        if count > 0 {
            stats::lost(count, Cause::Ended);
        }
    }

    /// Takes the first frame that is due out of the queue.
    fn take(&self, now: u64) -> Option<UnwrittenFrame> {
        let mut queue = lock(&self.queue);
        let frame = match queue.frames.pop_front() {
            Some(frame) => {
                queue.cost -= frame.cost();
                frame
            }
            None => queue.last.take_if(|(due, _)| *due <= now)?.1,
        };
        queue.is_writing = true;
        Some(frame)
    }
}

impl LineSource for Backlog {
    fn write_next(&self, now: u64, deadline: Instant, append: AppendLines<'_>) -> WriteNext {
        let Some(mut written) = lock_before(&self.written, deadline) else {
            return WriteNext::Locked;
        };
        let Some(frame) = self.take(now) else {
            return WriteNext::Nothing;
        };
        let done = catch_internal_panic(|| {
            let lines = written.lines_of(frame);
            if !lines.is_empty() {
                append(self.log, &lines);
            }
        });
        if done.is_none() {
            // The recording ends: later frames have rows that are compared with this one.
            self.has_failed.store(true, Ordering::Relaxed);
            stats::lost(1, Cause::WriterPanic);
        }
        lock(&self.queue).is_writing = false;
        WriteNext::Written
    }

    fn unwritten(&self, now: u64) -> usize {
        let queue = lock(&self.queue);
        let last = queue.last.as_ref().filter(|(due, _)| *due <= now);
        queue.frames.len() + usize::from(last.is_some()) + usize::from(queue.is_writing)
    }
}

impl WrittenScreen {
    /// Masks a frame and returns its lines; none if nothing else is seen than what is written.
    fn lines_of(&mut self, frame: UnwrittenFrame) -> Vec<u8> {
        let mut record = frame.record;
        let rows = MaskedRows::of(frame.rows, &self.rows);
        let changed = rows.changed(&self.rows, record.is_full);
        record.merged += self.merged;
        let is_unchanged = changed.is_empty() && record.cursor == self.cursor;
        let lines = if is_unchanged {
            self.merged = record.merged;
            Vec::new()
        } else {
            self.merged = 0;
            self.number += 1;
            record.lines(self.number, &changed)
        };
        self.cursor = record.cursor;
        self.rows = rows;
        lines
    }
}
