//! From a thread's frames to the logs, without a lock that threads share.
//!
//! Each thread copies its frames into a ring of its own; one writer thread empties all rings every few
//! milliseconds, makes lines of the frames and writes them. A thread whose ring is full does that for
//! itself: it slows down to the speed of the disk, and nothing is dropped. Memory is bounded by
//! [`ring::CAPACITY`] per thread, and four times that for each thread that is writing at the moment.

mod core;
mod pump;
mod ring;
mod signal;
mod sync;

pub(crate) use self::core::{Core, LogIndex, outdate};
pub(crate) use self::ring::{Producer, send};

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

/// The log that holds lines for people.
pub(crate) const TUI_LOG: LogIndex = 2;
/// The log of usage records.
pub(crate) const SESSION_LOG: LogIndex = 1;

static CURRENT: RwLock<Option<Running>> = RwLock::new(None);

/// The writer, and how to make one like it for a process that was forked.
struct Running {
    core: Arc<Core>,
    again: Box<dyn Fn() -> Core + Send + Sync>,
}
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

/// The running writer. In a forked process the first call starts one: the parent's thread is not
/// there, and what its threads had buffered is the parent's to write.
pub(crate) fn current() -> Option<Arc<Core>> {
    let running = CURRENT.read().unwrap_or_else(PoisonError::into_inner);
    let core = Arc::clone(&running.as_ref()?.core);
    drop(running);
    if core.is_of_this_process() {
        Some(core)
    } else {
        restart()
    }
}

#[cold]
fn restart() -> Option<Arc<Core>> {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    let running = current.as_mut()?;
    // Two threads may both come first.
    if !running.core.is_of_this_process() {
        let core = Arc::new((running.again)());
        if let Err(error) = pump::spawn(&core) {
            super::stats::failed(format!("no writer after a fork: {error}"));
            *current = None;
            return None;
        }
        std::mem::replace(&mut running.core, core).abandon();
    }
    Some(Arc::clone(&running.core))
}

/// Starts a writer over the logs that `again` makes, here and in processes that are forked.
///
/// # Errors
///
/// Where no thread can be started.
pub(crate) fn start(
    again: impl Fn() -> Core + Send + Sync + 'static,
) -> std::io::Result<Arc<Core>> {
    let core = Arc::new(again());
    pump::spawn(&core)?;
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(Running {
        core: Arc::clone(&core),
        again: Box::new(again),
    });
    super::sys::at_exit(flush_at_exit);
    super::fork::prepare();
    Ok(core)
}

/// Keeps the running writer as it is while this lives.
pub(crate) struct HeldCurrent(#[allow(dead_code)] RwLockWriteGuard<'static, Option<Running>>);

/// Waits for who is in the middle of a change.
pub(crate) fn hold() -> HeldCurrent {
    HeldCurrent(CURRENT.write().unwrap_or_else(PoisonError::into_inner))
}

/// Ends the writer; what the rings hold is written first. In a forked process its own one ends.
pub(crate) fn stop() {
    let ended = CURRENT
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    match ended {
        Some(Running { core, .. }) if core.is_of_this_process() => core.close(),
        Some(Running { core, .. }) => core.abandon(),
        None => {}
    }
}

/// What is younger than the writer's last round is written before the process ends. Thread-local
/// state is gone by then and is not needed; a lock that some thread holds for ever is not waited for.
fn flush_at_exit() {
    if let Ok(current) = CURRENT.try_read()
        && let Some(running) = current.as_ref()
        && running.core.is_of_this_process()
    {
        running.core.flush(EXIT_PATIENCE);
    }
}

/// How long the end of the process may be held up by a disk that does not answer.
const EXIT_PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
