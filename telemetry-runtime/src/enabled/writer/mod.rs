//! From a thread's frames to the logs, without a lock that threads share.
//!
//! Each thread copies its frames into a ring of its own; one writer thread empties all rings every few
//! milliseconds, makes lines of the frames and writes them. A thread whose ring is full does that for
//! itself: it slows down to the speed of the disk, and nothing is dropped. Memory is bounded by
//! [`ring::CAPACITY`] per thread, and four times that for each thread that is writing at the moment.

mod core;
mod pump;
mod ring;
mod shared;
mod signal;
mod sync;

pub(crate) use self::core::{Core, LogIndex, deadline, outdate};
pub(crate) use self::ring::{Producer, send};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fork;
use super::stats::{self, Cause};

/// The log that holds lines for people.
pub(crate) const TUI_LOG: LogIndex = 2;
/// The log of usage records.
pub(crate) const SESSION_LOG: LogIndex = 1;

static CURRENT: fork::Mutex<Option<Running>> = fork::Mutex::new(None);

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
    let core = Arc::clone(&CURRENT.lock().as_ref()?.core);
    if core.is_of_this_process() {
        Some(core)
    } else {
        restart()
    }
}

#[cold]
fn restart() -> Option<Arc<Core>> {
    let mut current = CURRENT.lock();
    let running = current.as_mut()?;
    // Two threads may both come first.
    if running.core.is_of_this_process() {
        return Some(Arc::clone(&running.core));
    }
    let core = Arc::new((running.again)());
    if let Err(error) = pump::spawn(&core) {
        // The next record tries again.
        drop(current);
        stats::failed(format!("no writer after a fork: {error}"));
        return None;
    }
    let parents = std::mem::replace(&mut running.core, Arc::clone(&core));
    drop(current);
    parents.abandon();
    Some(core)
}

/// Counts a record for which there is no writer.
#[cold]
pub(crate) fn lost_one() {
    let cause = match *CURRENT.lock() {
        Some(_) => Cause::NoWriter,
        None => Cause::Ended,
    };
    stats::lost(1, cause);
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
    super::sys::at_exit(flush_at_exit);
    fork::prepare();
    let before = CURRENT.lock().replace(Running {
        core: Arc::clone(&core),
        again: Box::new(again),
    });
    // One is left where the process was forked while telemetry was switched.
    if let Some(Running { core, .. }) = before
        && !core.is_of_this_process()
    {
        core.abandon();
    }
    Ok(core)
}

/// Ends the writer; what the rings hold is written first. In a forked process its own one ends.
pub(crate) fn stop() {
    let ended = CURRENT.lock().take();
    match ended {
        Some(Running { core, .. }) if core.is_of_this_process() => core.close(),
        Some(Running { core, .. }) => core.abandon(),
        None => {}
    }
}

/// What is younger than the writer's last round is written before the process ends. Thread-local
/// state is gone by then and is not needed; a lock that some thread holds for ever is not waited for.
fn flush_at_exit() {
    let core = CURRENT
        .try_lock()
        .and_then(|current| Some(Arc::clone(&current.as_ref()?.core)));
    if let Some(core) = core
        && core.is_of_this_process()
    {
        core.flush_before(deadline(EXIT_PATIENCE));
    }
}

/// How long the end of the process may be held up by a disk that does not answer.
const EXIT_PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
