//! One ring per thread: the thread appends frames, and the thread that drains the ring encodes them as lines.
//!
//! A frame is published as a whole, so that a reader never reads a part of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use rtrb::RingBuffer;

use crate::enabled::frame::{self, FrameKind, LENGTH};
use crate::enabled::line::{LineEncoder, Origin};
use crate::enabled::process::{lock, lock_before};
use crate::enabled::stats::{self, Cause};

/// Bytes of a ring: some 2,500 spans with three fields.
pub(crate) const CAPACITY: usize = 256 * 1024;
/// Bytes of a ring that are encoded before their room is free again.
const PART: usize = CAPACITY / 8;

/// Encodes a frame: [`LineEncoder::add`].
pub(super) type Encode = fn(&mut LineEncoder, &[u8], FrameKind, &mut Origin);

/// The writer's side of a ring.
#[derive(Debug)]
pub(super) struct Ring {
    reader: Mutex<Reader>,
    /// The thread has ended: once the ring is empty, it can be removed.
    is_abandoned: AtomicBool,
    /// The number of threads that have taken frames out and not yet written their lines.
    writing: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct Reader {
    consumer: rtrb::Consumer<u8>,
    origin: Origin,
    /// The logs are closed: frames that are still appended are too late.
    is_closed: bool,
}

/// Counts the owner among the threads that write lines of a ring, until it is dropped.
pub(super) struct Writing<'a>(&'a AtomicUsize);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

impl Ring {
    /// Creates the ring of the calling thread, and returns both sides.
    pub(super) fn of_this_thread() -> (rtrb::Producer<u8>, Self) {
        let (producer, consumer) = RingBuffer::new(CAPACITY);
        let reader = Reader {
            consumer,
            origin: Origin::of_this_thread(),
            is_closed: false,
        };
        let ring = Self {
            reader: Mutex::new(reader),
            is_abandoned: AtomicBool::new(false),
            writing: AtomicUsize::new(0),
        };
        (producer, ring)
    }

    /// Marks that the thread has ended.
    pub(super) fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Release);
    }

    /// Returns whether the thread has ended, so that no frame is appended any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }

    /// Returns whether the lines of all frames that were taken out are written.
    pub(super) fn is_written(&self) -> bool {
        self.writing.load(Ordering::Acquire) == 0
    }

    /// To be called with the reader locked, before frames are taken out.
    pub(super) fn begin_writing(&self) -> Writing<'_> {
        self.writing.fetch_add(1, Ordering::Relaxed);
        Writing(&self.writing)
    }

    /// Counts the frames that are appended from now on as lost.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Reader> {
        lock(&self.reader)
    }

    /// Locks the reader, or returns `None` at the deadline.
    pub(super) fn lock_before(&self, deadline: Instant) -> Option<MutexGuard<'_, Reader>> {
        lock_before(&self.reader, deadline)
    }

    /// Locks the reader, or returns `None` if another thread holds it.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, Reader>> {
        match self.reader.try_lock() {
            Ok(reader) => Some(reader),
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl Reader {
    /// Returns the number of bytes in the ring.
    pub(super) fn available(&self) -> usize {
        self.consumer.slots()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Encodes the frames of one part of the first `limit` bytes, frees their room, and returns its length. Returns
    /// `None` without a whole frame.
    pub(super) fn take(
        &mut self,
        limit: usize,
        lines: &mut LineEncoder,
        encode: Encode,
    ) -> Option<usize> {
        let ready = self.consumer.slots().min(limit);
        let chunk = self.consumer.read_chunk(ready).ok()?;
        let (first, second) = chunk.as_slices();
        let mut frames = Frames {
            first,
            second,
            at: 0,
        };
        let origin = &mut self.origin;
        let all = catch_unwind(AssertUnwindSafe(|| {
            while frames.at < PART && frames.next(|frame, kind| encode(lines, frame, kind, origin))
            {
            }
        }));
        if all.is_err() {
            // The frame is skipped: tried again, it would panic again, and on the host's thread once the ring is
            // full. Nothing of its line is in the buffer, because only finished lines are.
            frames.next(|_, _| ());
            stats::lost(1, Cause::WriterPanic);
            stats::failed("the writer panicked over a record, and goes on".to_owned());
        }
        let taken = frames.at;
        chunk.commit(taken);
        (taken > 0).then_some(taken)
    }

    /// Empties the ring, and counts its records as lost.
    pub(super) fn discard(&mut self) {
        let ready = self.consumer.slots();
        if let Ok(chunk) = self.consumer.read_chunk(ready) {
            let (first, second) = chunk.as_slices();
            let mut frames = Frames {
                first,
                second,
                at: 0,
            };
            let mut count = 0;
            while frames.next(|_, kind| count += u64::from(kind != FrameKind::Session)) {}
            stats::lost(count, Cause::Ended);
            chunk.commit_all();
        }
    }
}

/// The frames in a part of a ring, whose end may be before its beginning.
struct Frames<'a> {
    first: &'a [u8],
    second: &'a [u8],
    at: usize,
}

impl Frames<'_> {
    /// Passes the next frame to `work` and advances behind it. Returns `false` if no whole frame is left.
    #[inline]
    fn next(&mut self, work: impl FnOnce(&[u8], FrameKind)) -> bool {
        let rest = self.first.get(self.at..).unwrap_or_default();
        if let Some(start) = rest.first_chunk::<LENGTH>() {
            let (kind, len) = frame::kind_and_len(*start);
            if let Some(frame) = rest.get(..len) {
                work(frame, kind);
                self.at += len;
                return true;
            }
        }
        self.next_in_second(rest, work)
    }

    /// Like [`next`](Self::next), for the frame that wraps around the end of the ring, and those behind it.
    fn next_in_second(&mut self, rest: &[u8], work: impl FnOnce(&[u8], FrameKind)) -> bool {
        let second = &self.second[self.at.saturating_sub(self.first.len())..];
        let mut start = [0; LENGTH];
        for (to, from) in start.iter_mut().zip(rest.iter().chain(second)) {
            *to = *from;
        }
        let (kind, len) = frame::kind_and_len(start);
        if len > rest.len() + second.len() {
            return false;
        }
        if rest.is_empty() {
            work(&second[..len], kind);
        } else {
            work(&[rest, &second[..len - rest.len()]].concat(), kind);
        }
        self.at += len;
        true
    }
}
