//! Draining the rings into the logs.

use std::sync::{Arc, MutexGuard};
use std::time::Instant;

use super::{Core, KEPT_ENCODERS};
use crate::enabled::line::LineEncoder;
use crate::enabled::process::lock;
use crate::enabled::stats::Counter;
use crate::enabled::writer::ring::{CAPACITY, Reader, Ring};

/// The number of bytes of lines that are written at once, because large writes cost less time per byte.
const WRITE_SIZE: usize = 512 * 1024;
/// Bytes of a ring whose lines are written together. The lines of a short span are five to six times as long as its frame, so
/// that those of a round usually fit into the first buffer.
const ROUND: usize = CAPACITY / 4;

impl Core {
    /// Drains every ring once. Returns whether there was anything.
    pub(in crate::enabled::writer) fn drain_rings(&self) -> bool {
        let rings = lock(&self.rings).clone();
        let mut found = false;
        let mut ended = Vec::new();
        for ring in &rings {
            // Read before the drain: all frames of a thread that has ended are in the ring by then.
            let is_abandoned = ring.is_abandoned();
            found |= self.drain(ring);
            if is_abandoned {
                ended.push(ring);
            }
        }
        if !ended.is_empty() {
            // Nothing is written under this lock, because new threads wait for it.
            lock(&self.rings).retain(|ring| !ended.iter().any(|ended| Arc::ptr_eq(ended, ring)));
        }
        found
    }

    /// Writes everything in a ring. Returns whether there was anything.
    pub(in crate::enabled::writer) fn drain(&self, ring: &Ring) -> bool {
        self.drain_rounds(ring, |_| CAPACITY, || Some(ring.lock()))
            .unwrap_or(false)
    }

    /// Writes everything that is in a ring at the time of the call: its thread may record further frames all the time. Returns
    /// `false` if another thread keeps the ring locked until the deadline.
    pub(super) fn drain_before(&self, ring: &Ring, deadline: Instant) -> bool {
        self.drain_rounds(ring, Reader::available, || ring.lock_before(deadline))
            .is_some()
    }

    /// Writes up to one round of a ring. Returns `false` if another thread is doing so.
    pub(in crate::enabled::writer) fn try_drain_round(&self, ring: &Ring) -> bool {
        let reader = ring.try_lock();
        reader
            .map(|reader| self.drain_round(ring, reader))
            .is_some()
    }

    /// Writes about as many bytes of a ring as `most` returns before the first round, so that other rings are drained as well.
    /// Returns whether there was anything, or `None` if the ring cannot be locked.
    fn drain_rounds<'a>(
        &self,
        ring: &Ring,
        most: impl Fn(&Reader) -> usize,
        lock: impl Fn() -> Option<MutexGuard<'a, Reader>>,
    ) -> Option<bool> {
        let (mut done, mut bound) = (0, usize::MAX);
        while done < bound {
            let reader = lock()?;
            if done == 0 {
                bound = most(&reader);
            }
            match self.drain_round(ring, reader) {
                0 => break,
                taken => done += taken,
            }
        }
        Some(done > 0)
    }

    /// Writes up to one round of a ring, and returns the number of bytes that it took out.
    ///
    /// The ring is unlocked while the lines are being written, so that another thread can encode the frames behind them
    /// meanwhile. It is unlocked when the log is locked, for which the other thread then waits: this preserves the order
    /// of lines.
    pub(in crate::enabled::writer) fn drain_round(
        &self,
        ring: &Ring,
        mut reader: MutexGuard<'_, Reader>,
    ) -> usize {
        let available = reader.available();
        if available == 0 {
            return 0;
        }
        Counter::QueuePeak.raise_to(available as u64);
        if reader.is_closed() {
            reader.discard();
            return available;
        }
        let _writing = ring.begin_writing();
        let mut lines = self.take_encoder();
        let mut done = 0;
        while let Some(taken) = reader.take(ROUND.saturating_sub(done), &mut lines, self.encode) {
            done += taken;
            self.write_longer_than(&mut lines, WRITE_SIZE);
        }
        self.write_and_release(&mut lines, reader);
        self.keep_encoder(lines);
        done
    }

    fn take_encoder(&self) -> LineEncoder {
        lock(&self.encoders).pop().unwrap_or(LineEncoder::new())
    }

    fn keep_encoder(&self, encoder: LineEncoder) {
        let mut encoders = lock(&self.encoders);
        if encoders.len() < KEPT_ENCODERS {
            encoders.push(encoder);
        }
    }

    /// Writes the lines of each log that has more than `len` bytes of them.
    fn write_longer_than(&self, lines: &mut LineEncoder, len: usize) {
        for (log, buffer) in (0..).zip(&mut lines.buffers) {
            if buffer.lines().len() > len {
                self.append(log, buffer.lines());
                buffer.clear();
            }
        }
    }

    /// Writes all lines. If they are of one log, as usual, drops `guard` once that log is locked: then their order is
    /// settled.
    fn write_and_release<T>(&self, lines: &mut LineEncoder, guard: T) {
        let mut buffers = (0..).zip(&mut lines.buffers);
        let mut with_lines = buffers
            .by_ref()
            .filter(|(_, buffer)| !buffer.lines().is_empty());
        if let (Some((log, only)), None) = (with_lines.next(), with_lines.next()) {
            self.append_and_release(log, only.lines(), guard);
            only.clear();
        } else {
            self.write_longer_than(lines, 0);
        }
    }
}
