//! One ring per thread: the thread puts frames in, the writer takes them out and makes lines of them.
//!
//! A frame is published whole: a reader never sees half of one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use rtrb::RingBuffer;

use super::core::Core;
use crate::SessionId;
use crate::enabled::frame::{self, Kind, LENGTH};
use crate::enabled::line::{Lines, Origin};
use crate::enabled::stats::{self, Cause};

/// Bytes of a ring: some 2,500 spans with three fields.
pub(crate) const CAPACITY: usize = 256 * 1024;
/// Lines are written when there are this many bytes of them: the kernel takes larger pieces for less
/// per byte.
const PIECE: usize = 512 * 1024;
/// How much of a ring is made into lines before its place is free again.
const PART: usize = CAPACITY / 8;
/// How much of it becomes lines that are written together.
const ROUND: usize = CAPACITY / 2;
/// A thread that put so much into its ring does not wait for the writer's next round.
const HURRY: usize = CAPACITY / 4;

/// How often a thread with a full ring lets others run before it waits for whoever empties it.
const PATIENCE: u32 = 64;

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Ring {
    reader: Mutex<Reader>,
    /// The thread is gone: once empty, the ring can go too.
    abandoned: AtomicBool,
}

#[derive(Debug)]
struct Reader {
    consumer: rtrb::Consumer<u8>,
    origin: Origin,
    /// The logs are closed: what comes now is too late.
    closed: bool,
}

/// The thread's end.
pub(crate) struct Producer {
    end: rtrb::Producer<u8>,
    ring: Arc<Ring>,
    core: Arc<Core>,
    session: Option<SessionId>,
    /// Bytes since the writer was last asked to hurry.
    unhurried: usize,
}

/// Hands a frame to the writer; connects the thread first, where it is not connected to the
/// writer that is running. Without a writer the frame is lost: telemetry ended.
#[inline]
pub(crate) fn send(producer: &mut Option<Producer>, session: Option<SessionId>, frame: &[u8]) {
    match producer {
        Some(producer) if !producer.core.is_closed() => producer.push(session, frame),
        _ => connect_and_send(producer, session, frame),
    }
}

#[cold]
fn connect_and_send(producer: &mut Option<Producer>, session: Option<SessionId>, frame: &[u8]) {
    *producer = None;
    match super::current() {
        Some(core) => producer
            .insert(Producer::connect(core))
            .push(session, frame),
        None => super::lost_one(),
    }
}

impl Producer {
    fn connect(core: Arc<Core>) -> Self {
        let (end, consumer) = RingBuffer::new(CAPACITY);
        let reader = Reader {
            consumer,
            origin: Origin::of_this_thread(),
            closed: false,
        };
        let ring = Arc::new(Ring {
            reader: Mutex::new(reader),
            abandoned: AtomicBool::new(false),
        });
        core.connect(Arc::clone(&ring));
        Self {
            end,
            ring,
            core,
            session: None,
            unhurried: 0,
        }
    }

    #[inline]
    fn push(&mut self, session: Option<SessionId>, frame: &[u8]) {
        if session != self.session {
            self.change_session(session);
        }
        self.put(frame);
        self.unhurried += frame.len();
        if self.unhurried >= HURRY {
            self.unhurried = 0;
            self.core.hurry();
        }
        if !self.core.is_awake() {
            self.wake();
        }
    }

    #[cold]
    fn change_session(&mut self, session: Option<SessionId>) {
        self.session = session;
        self.put(&frame::session(session));
    }

    #[inline]
    fn put(&mut self, frame: &[u8]) {
        if self.end.push_entire_slice(frame).is_err() {
            self.make_room(frame);
        }
    }

    /// The thread outruns the writer: it writes for itself, unless the writer is at it.
    #[cold]
    fn make_room(&mut self, frame: &[u8]) {
        for _ in 0..PATIENCE {
            if self.ring.drain_now(&self.core) {
                break;
            }
            // Part after part is free again before the writer is done with the ring.
            std::thread::yield_now();
            if self.end.push_entire_slice(frame).is_ok() {
                return;
            }
        }
        if self.end.push_entire_slice(frame).is_err() {
            drain_round(self.ring.reader(), &self.core);
            if self.end.push_entire_slice(frame).is_err() {
                // No frame is larger than a ring: the logs were closed meanwhile.
                stats::lost(1, Cause::Ended);
            }
        }
    }

    #[cold]
    fn wake(&self) {
        if self.core.is_closed() {
            // It ended after this thread had looked.
            self.ring.drain(&self.core);
        } else {
            self.core.wake();
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.ring.abandoned.store(true, Ordering::Release);
        if self.core.is_closed() && self.core.is_of_this_process() {
            self.ring.drain(&self.core);
        }
    }
}

impl Ring {
    /// Whether the thread is gone; what is in the ring then is all that there will be.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// Writes what is in the ring; whether there was something.
    pub(crate) fn drain(&self, core: &Core) -> bool {
        drain_rounds(core, || Some(self.reader())).unwrap_or(false)
    }

    /// The same, unless somebody else keeps at it until `deadline`: then `false`.
    pub(crate) fn drain_before(&self, core: &Core, deadline: Instant) -> bool {
        drain_rounds(core, || lock_before(&self.reader, deadline)).is_some()
    }

    /// Writes a good part of what is in the ring, unless somebody else is at it: then `false`.
    fn drain_now(&self, core: &Core) -> bool {
        match self.reader.try_lock() {
            Ok(reader) => _ = drain_round(reader, core),
            Err(TryLockError::Poisoned(poisoned)) => _ = drain_round(poisoned.into_inner(), core),
            Err(TryLockError::WouldBlock) => return false,
        }
        true
    }

    /// What the thread records from here on is counted as lost.
    pub(crate) fn close(&self) {
        self.reader().closed = true;
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes one ring's worth, since other threads wait as well; whether there was something. `None` where
/// the ring cannot be locked.
fn drain_rounds<'a>(
    core: &Core,
    lock: impl Fn() -> Option<MutexGuard<'a, Reader>>,
) -> Option<bool> {
    let mut done = 0;
    while done < CAPACITY {
        match drain_round(lock()?, core) {
            0 => break,
            taken => done += taken,
        }
    }
    Some(done > 0)
}

/// Writes what is in a ring, or a good part of it; how many bytes of the ring that were.
///
/// The ring's lock goes to the next one while the lines are being written: the thread or the writer
/// makes lines of what comes behind them meanwhile. It goes when the log's lock is taken, for which
/// the next one waits in turn: that is what keeps the order.
fn drain_round(mut reader: MutexGuard<'_, Reader>, core: &Core) -> usize {
    let available = reader.consumer.slots();
    if available == 0 {
        return 0;
    }
    stats::QUEUE_PEAK.reach(available as u64);
    if reader.closed {
        reader.forget();
        return available;
    }
    let mut lines = core.spare_lines();
    let mut done = 0;
    while let Some(taken) = reader.take(ROUND.saturating_sub(done), &mut lines) {
        done += taken;
        core.write_from(&mut lines, PIECE);
    }
    core.write_in_turn(&mut lines, reader);
    core.give_back_lines(lines);
    done
}

impl Reader {
    /// Makes lines of one part of the ring, and frees it. `None` where there is nothing left.
    fn take(&mut self, left: usize, lines: &mut Lines) -> Option<usize> {
        let ready = self.consumer.slots().min(left);
        let chunk = self.consumer.read_chunk(ready).ok()?;
        let (first, second) = chunk.as_slices();
        let mut frames = Frames {
            first,
            second,
            at: 0,
        };
        let origin = &mut self.origin;
        let all = catch_unwind(AssertUnwindSafe(|| {
            while frames.at < PART
                && frames.next(|frame, kind| {
                    #[cfg(test)]
                    tests::fault::meet(frame);
                    lines.add(frame, kind, origin);
                })
            {}
        }));
        if all.is_err() {
            // It would panic again, and on the thread that the ring belongs to once that is full. Of its
            // line there is nothing: one that is not finished is not among the lines.
            frames.next(|_, _| ());
            stats::lost(1, Cause::WriterPanic);
            stats::failed("the writer panicked over a record, and goes on".to_owned());
        }
        let taken = frames.at;
        chunk.commit(taken);
        (taken > 0).then_some(taken)
    }

    /// Counts what came too late.
    fn forget(&mut self) {
        let ready = self.consumer.slots();
        if let Ok(chunk) = self.consumer.read_chunk(ready) {
            let (first, second) = chunk.as_slices();
            let mut frames = Frames {
                first,
                second,
                at: 0,
            };
            let mut count = 0;
            while frames.next(|_, kind| count += u64::from(kind != Kind::Session)) {}
            stats::lost(count, Cause::Ended);
            chunk.commit_all();
        }
    }
}

/// The frames in a part of a ring, whose end may lie before its beginning.
struct Frames<'a> {
    first: &'a [u8],
    second: &'a [u8],
    at: usize,
}

impl Frames<'_> {
    /// Goes on to the next frame; `false` where there is no whole one left.
    #[inline]
    fn next(&mut self, work: impl FnOnce(&[u8], Kind)) -> bool {
        let rest = self.first.get(self.at..).unwrap_or_default();
        if let Some(start) = rest.first_chunk::<LENGTH>() {
            let (kind, len) = frame::kind_and_len(*start);
            if let Some(frame) = rest.get(..len) {
                work(frame, kind);
                self.at += len;
                return true;
            }
        }
        self.next_behind(rest, work)
    }

    /// The one frame that begins before the ring's end and goes on behind its beginning, and those
    /// behind that.
    fn next_behind(&mut self, rest: &[u8], work: impl FnOnce(&[u8], Kind)) -> bool {
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

/// Locks without waiting beyond `deadline`.
pub(crate) fn lock_before<T>(mutex: &Mutex<T>, deadline: Instant) -> Option<MutexGuard<'_, T>> {
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
