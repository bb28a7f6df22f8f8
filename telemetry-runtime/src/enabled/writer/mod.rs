//! From a thread's frames to the logs, without a lock that threads share.
//!
//! Each thread copies its frames into a ring of its own. One writer thread drains all rings every few milliseconds,
//! encodes the frames as lines and writes these. A thread whose ring is full drains it itself: it slows down to the
//! speed of the disk, and nothing is dropped. Memory is bounded by [`ring::CAPACITY`] per thread, and four times that
//! for each thread that is writing at the moment.
//!
//! | module | holds |
//! |---|---|
//! | [`ring`] | a ring, and the encoding of its frames |
//! | [`shared_log`] | a log behind its lock |
//! | [`core`] | the state that threads and the writer share; `core::drain`: from the rings to the logs |
//! | [`signal`] | how threads wake the writer |
//! | [`pump`] | the writer thread |
//! | [`running`] | the running writer: start, end, new start after a fork |
//! | [`producer`] | the thread's side of a ring |

mod core;
mod producer;
mod pump;
mod ring;
mod running;
mod shared_log;
mod signal;
mod sync;

pub(crate) use self::core::{Core, deadline, invalidate_writers};
pub(crate) use self::producer::{Producer, send};
#[cfg(feature = "ratatui")]
pub(crate) use self::running::wake;
pub(crate) use self::running::{count_lost_record, current, start, stop};

use std::sync::atomic::{AtomicBool, Ordering};

static SPAN_EVENTS_FULL: AtomicBool = AtomicBool::new(false);

/// Returns whether the debug log has a line at a span's entry as well.
#[inline]
pub(crate) fn span_events_full() -> bool {
    SPAN_EVENTS_FULL.load(Ordering::Relaxed)
}

/// Sets whether the debug log has a line at a span's entry as well.
pub(crate) fn set_span_events_full(full: bool) {
    SPAN_EVENTS_FULL.store(full, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
