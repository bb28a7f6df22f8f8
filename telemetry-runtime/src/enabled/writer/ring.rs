//! One ring per thread: the thread puts framed lines in, the writer takes them out.
//!
//! A frame is four bytes, the log's index in the highest and the line's length in the others, and
//! the line. It is published whole: a reader never sees half a line.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use rtrb::RingBuffer;

use super::core::{Core, LogIndex};
use crate::build::stats;

/// Bytes of a ring: some 1,500 lines of a span with three fields, which the writer's pause between
/// two rounds takes several times over only under a load that the disk cannot follow either.
pub(crate) const CAPACITY: usize = 256 * 1024;

const FRAME: usize = 4;

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
    /// Frames as they came, then the lines of each log, reused from round to round.
    frames: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

/// The thread's end.
pub(crate) struct Producer {
    end: rtrb::Producer<u8>,
    ring: Arc<Ring>,
    core: Arc<Core>,
}

/// Leaves room for a frame's head at the beginning of an empty line.
pub(crate) fn reserve_frame(line: &mut Vec<u8>) {
    line.extend_from_slice(&[0; FRAME]);
}

/// Hands a framed line to the writer; connects the thread first, where it is not connected to the
/// writer that is running. Without a writer the line is dropped: telemetry ended.
pub(crate) fn send(producer: &mut Option<Producer>, log: LogIndex, line: &mut [u8]) {
    let connected = match producer {
        Some(producer) if !producer.core.is_closed() => producer,
        _ => {
            *producer = None;
            let Some(core) = super::current() else { return };
            producer.insert(Producer::connect(core))
        }
    };
    let len = u32::try_from(line.len() - FRAME).unwrap_or(u32::MAX);
    line[..FRAME].copy_from_slice(&(log << 24 | len).to_le_bytes());
    connected.push(line);
}

impl Producer {
    fn connect(core: Arc<Core>) -> Self {
        let (end, consumer) = RingBuffer::new(CAPACITY);
        let reader = Reader {
            consumer,
            frames: Vec::new(),
            lines: Vec::new(),
        };
        let ring = Arc::new(Ring {
            reader: Mutex::new(reader),
            abandoned: AtomicBool::new(false),
        });
        core.connect(Arc::clone(&ring));
        Self { end, ring, core }
    }

    fn push(&mut self, frame: &[u8]) {
        if self.end.push_entire_slice(frame).is_err() {
            // The thread outruns the disk: it writes for itself.
            self.ring.drain(&self.core);
            if self.end.push_entire_slice(frame).is_err() {
                stats::LOST.add(1);
                stats::LOST_BYTES.add((frame.len() - FRAME) as u64);
            }
        }
        self.core.wake();
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.ring.abandoned.store(true, Ordering::Release);
    }
}

impl Ring {
    /// Whether the thread is gone; what is in the ring then is all that there will be.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// Writes what is in the ring; whether there was something.
    pub(crate) fn drain(&self, core: &Core) -> bool {
        self.reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(core)
    }

    /// The same, unless somebody else keeps doing it until `deadline`: then `false`.
    pub(crate) fn drain_before(&self, core: &Core, deadline: Instant) -> bool {
        let Some(mut reader) = lock_before(&self.reader, deadline) else {
            return false;
        };
        reader.drain(core);
        true
    }
}

impl Reader {
    fn drain(&mut self, core: &Core) -> bool {
        let available = self.consumer.slots();
        if available == 0 {
            return false;
        }
        self.frames.clear();
        if let Ok(chunk) = self.consumer.read_chunk(available) {
            let (head, tail) = chunk.as_slices();
            self.frames.extend_from_slice(head);
            self.frames.extend_from_slice(tail);
            chunk.commit_all();
        }
        let mut rest = self.frames.as_slice();
        while let Some((head, behind)) = rest.split_first_chunk::<FRAME>() {
            let head = u32::from_le_bytes(*head);
            let (log, len) = ((head >> 24) as usize, (head & 0x00ff_ffff) as usize);
            let (line, behind) = behind.split_at(len.min(behind.len()));
            if self.lines.len() <= log {
                self.lines.resize_with(log + 1, Vec::new);
            }
            self.lines[log].extend_from_slice(line);
            rest = behind;
        }
        for (log, lines) in (0..).zip(&mut self.lines) {
            if !lines.is_empty() {
                core.append(log, lines);
                lines.clear();
            }
        }
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
