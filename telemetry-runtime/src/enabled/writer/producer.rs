//! The thread's side of a ring.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::core::Core;
use super::ring::{CAPACITY, Ring};
use super::running;
use crate::SessionId;
use crate::enabled::frame;
use crate::enabled::process;
use crate::enabled::reentry;
use crate::enabled::stats::{self, Cause};

/// The number of appended bytes after which a thread wakes the writer before its next round.
const WAKE_THRESHOLD: usize = CAPACITY / 4;
/// How often a thread with a full ring yields before it waits for the thread that drains the ring.
const SPIN_LIMIT: u32 = 64;
/// How often a thread that hands its ring over checks whether that is done.
const HAND_OVER_PAUSE: Duration = Duration::from_micros(50);

/// The connection of a thread to the writer.
pub(crate) struct Producer {
    end: rtrb::Producer<u8>,
    ring: Arc<Ring>,
    core: Arc<Core>,
    session: Option<SessionId>,
    /// Bytes since the writer was last woken.
    unannounced: usize,
}

/// Hands a frame to the writer. Connects the thread first if it is not connected to the running writer. After the end
/// of telemetry the frame is lost.
#[inline]
pub(crate) fn send(producer: &mut Option<Producer>, session: Option<SessionId>, frame: &[u8]) {
    match producer {
        Some(producer) if !producer.core.is_closed() => producer.push(session, frame),
        _ => connect_and_send(producer, session, frame),
    }
}

#[cold]
fn connect_and_send(producer: &mut Option<Producer>, session: Option<SessionId>, frame: &[u8]) {
    let _inside = reentry::enter();
    *producer = None;
    match running::current() {
        Some(core) => producer
            .insert(Producer::connect(core))
            .push(session, frame),
        None => running::count_lost_record(),
    }
}

impl Producer {
    pub(super) fn connect(core: Arc<Core>) -> Self {
        let (end, ring) = Ring::of_this_thread();
        let ring = Arc::new(ring);
        core.connect(Arc::clone(&ring));
        Self {
            end,
            ring,
            core,
            session: None,
            unannounced: 0,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, session: Option<SessionId>, frame: &[u8]) {
        if session != self.session {
            self.change_session(session);
        }
        self.put(frame);
        self.unannounced += frame.len();
        if self.unannounced >= WAKE_THRESHOLD {
            self.unannounced = 0;
            self.core.wake_now();
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

    /// The thread is faster than the writer: it drains its ring itself, unless the writer is about to.
    #[cold]
    fn make_room(&mut self, frame: &[u8]) {
        let _inside = reentry::enter();
        process::detect_fork();
        if !self.core.is_of_this_process() {
            // The rest of the ring is the parent's.
            return stats::lost(1, Cause::NoWriter);
        }
        for _ in 0..SPIN_LIMIT {
            if self.core.try_drain_round(&self.ring) {
                break;
            }
            // The other thread frees one part after the other.
            std::thread::yield_now();
            if self.end.push_entire_slice(frame).is_ok() {
                return;
            }
        }
        if self.end.push_entire_slice(frame).is_err() {
            self.core.drain_round(&self.ring, self.ring.lock());
            if self.end.push_entire_slice(frame).is_err() {
                // No frame is longer than a ring: the logs were closed meanwhile.
                stats::lost(1, Cause::Ended);
            }
        }
    }

    #[cold]
    fn wake(&self) {
        let _inside = reentry::enter();
        if self.core.is_closed() {
            // The writer ended after this thread had checked.
            self.core.drain(&self.ring);
        } else {
            self.core.wake();
        }
    }

    /// Waits until the writer has written everything in the ring, or until the deadline. Takes no lock, so that a disk
    /// that does not respond delays the thread no longer than that.
    pub(crate) fn hand_over(&self, deadline: Instant) {
        let is_written = || self.end.slots() == CAPACITY && self.ring.is_written();
        if self.core.is_closed() || is_written() {
            return;
        }
        self.core.wake();
        self.core.wake_now();
        while !is_written() && !self.core.is_closed() && Instant::now() < deadline {
            telemetry_store::pause(HAND_OVER_PAUSE);
        }
    }

    #[cfg(test)]
    pub(super) fn ring(&self) -> &Ring {
        &self.ring
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let _inside = reentry::enter();
        self.ring.abandon();
        if self.core.is_closed() && self.core.is_of_this_process() {
            self.core.drain(&self.ring);
        }
    }
}
