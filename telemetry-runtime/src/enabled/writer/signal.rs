//! How threads wake the writer, and how the writer announces that it is about to sleep.
//!
//! The check after each record must be cheap, so it is a relaxed load, which may return an old value. Therefore the
//! writer announces one whole round ahead that it is about to sleep: by the end of a round, milliseconds later, each
//! side's stores have reached the other. `tests/model` runs this file through every interleaving, with a fence on
//! either side in place of that round.

use super::sync::{AtomicBool, Ordering};

/// The flags of a writer.
#[derive(Debug)]
pub(crate) struct Signal {
    /// The writer drains the rings without being woken.
    awake: AtomicBool,
    /// Whether a thread has requested a round at once.
    now: AtomicBool,
}

impl Signal {
    /// Creates the flags of a writer that is awake.
    pub(crate) fn new() -> Self {
        Self {
            awake: AtomicBool::new(true),
            now: AtomicBool::new(false),
        }
    }

    /// Returns whether the writer drains the rings without being woken. Called by a thread after each record.
    #[inline]
    pub(crate) fn is_awake(&self) -> bool {
        self.awake.load(Ordering::Relaxed)
    }

    /// Marks the writer as awake. Returns whether the caller must unpark it.
    pub(crate) fn wake(&self) -> bool {
        !self.awake.swap(true, Ordering::AcqRel)
    }

    /// Requests a round at once. Returns whether the caller must unpark the writer.
    pub(crate) fn wake_now(&self) -> bool {
        !self.now.swap(true, Ordering::AcqRel)
    }

    /// Called by the writer before it drains the rings.
    pub(crate) fn begin_round(&self) {
        self.now.store(false, Ordering::Release);
    }

    /// Called by the writer when it drains the rings without being woken from now on.
    pub(crate) fn stay_awake(&self) {
        self.awake.store(true, Ordering::Release);
    }

    /// Called by the writer one round before the last round without being woken; and at its end, so that threads check
    /// whether it is closed.
    pub(crate) fn fall_asleep(&self) {
        self.awake.store(false, Ordering::Release);
    }

    /// Returns whether a thread has woken the writer since it fell asleep.
    pub(crate) fn was_woken(&self) -> bool {
        self.awake.load(Ordering::Acquire)
    }
}
