//! How threads and the writer tell each other that there is work, and that it is over.
//!
//! A thread must not pay for this with each record, so what it does after one is a relaxed load. It may
//! see what was true some time ago, and that is why the writer says a whole round ahead that it is
//! about to sleep: by the end of a round, milliseconds later, each side's stores have reached the
//! other. `tests/model` runs this very file through every interleaving, with a fence on either side
//! where that round is.

use super::sync::{AtomicBool, Ordering};

/// What the two sides know of each other.
#[derive(Debug)]
pub(crate) struct Signal {
    /// The writer looks at the rings by itself; nobody has to wake it.
    awake: AtomicBool,
    /// Somebody cannot wait for the writer's next round.
    hurried: AtomicBool,
}

impl Signal {
    /// Of a writer that is awake.
    pub(crate) fn new() -> Self {
        Self {
            awake: AtomicBool::new(true),
            hurried: AtomicBool::new(false),
        }
    }

    /// A thread, after it put something into its ring: whether the writer looks at it by itself.
    #[inline]
    pub(crate) fn is_awake(&self) -> bool {
        self.awake.load(Ordering::Relaxed)
    }

    /// Wakes the writer; whether that is the caller's to do.
    pub(crate) fn wake(&self) -> bool {
        !self.awake.swap(true, Ordering::AcqRel)
    }

    /// Asks the writer for a round at once; whether that is the caller's to do.
    pub(crate) fn hurry(&self) -> bool {
        !self.hurried.swap(true, Ordering::AcqRel)
    }

    /// The writer, before it looks at the rings.
    pub(crate) fn begin_round(&self) {
        self.hurried.store(false, Ordering::Release);
    }

    /// The writer, when it looks at the rings by itself from here on.
    pub(crate) fn stay_awake(&self) {
        self.awake.store(true, Ordering::Release);
    }

    /// The writer, a round before the last one in which it looks at the rings by itself; and who ended
    /// it, so that threads look whether it is there at all.
    pub(crate) fn fall_asleep(&self) {
        self.awake.store(false, Ordering::Release);
    }

    /// The writer, in its sleep: whether somebody woke it.
    pub(crate) fn was_woken(&self) -> bool {
        self.awake.load(Ordering::Acquire)
    }
}
