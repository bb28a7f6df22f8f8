//! From a thread's lines to the logs, without a lock that threads share.
//!
//! Each thread copies its lines into a ring of its own; one writer thread empties all rings into the
//! files every few milliseconds. A thread whose ring is full empties it itself: it slows down to the
//! speed of the disk, and nothing is dropped. Memory is bounded by [`ring::CAPACITY`] twice per
//! thread that writes.

mod core;
mod pump;
mod ring;

pub(crate) use self::core::{Core, LogIndex};
pub(crate) use self::ring::{Producer, reserve_frame, send};

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The log that holds lines for people.
pub(crate) const TUI_LOG: LogIndex = 2;
/// The log of usage records.
pub(crate) const SESSION_LOG: LogIndex = 1;

static CURRENT: RwLock<Option<Arc<Core>>> = RwLock::new(None);
static SPAN_EVENTS_FULL: AtomicBool = AtomicBool::new(false);

/// Whether the debug log has a line at a span's entry as well.
#[inline]
pub(crate) fn span_events_full() -> bool {
    SPAN_EVENTS_FULL.load(Ordering::Relaxed)
}

/// Sets that.
pub(crate) fn set_span_events_full(full: bool) {
    SPAN_EVENTS_FULL.store(full, Ordering::Relaxed);
}

/// Whether a log's lines are text, not JSON.
pub(crate) fn is_text(log: u32) -> bool {
    log == TUI_LOG
}

/// The running writer.
pub(crate) fn current() -> Option<Arc<Core>> {
    CURRENT
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Starts a writer over these logs.
///
/// # Errors
///
/// Where no thread can be started.
pub(crate) fn start(core: Core) -> std::io::Result<Arc<Core>> {
    let core = Arc::new(core);
    pump::spawn(&core)?;
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&core));
    super::sys::at_exit(flush_at_exit);
    Ok(core)
}

/// Ends the writer; what the rings hold is written first.
pub(crate) fn stop(core: &Arc<Core>) {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    if current
        .as_ref()
        .is_some_and(|running| Arc::ptr_eq(running, core))
    {
        *current = None;
    }
    drop(current);
    core.close();
}

/// What is younger than the writer's last round is written before the process ends. Thread-local
/// state is gone by then and is not needed; a lock that some thread holds for ever is not waited for.
fn flush_at_exit() {
    if let Ok(current) = CURRENT.try_read()
        && let Some(core) = current.as_ref()
    {
        core.flush(EXIT_PATIENCE);
    }
}

/// How long the end of the process may be held up by a disk that does not answer.
const EXIT_PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
