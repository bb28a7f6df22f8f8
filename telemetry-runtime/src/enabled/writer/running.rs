//! The running writer: start, end, and a new start in a forked child.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::core::{Core, deadline};
use super::pump;
use crate::enabled::process::{self, Inherited, PerProcess, lock};
use crate::enabled::reentry;
use crate::enabled::stats::{self, Cause};
use crate::enabled::sys;

/// How long a disk that does not respond may delay the exit of the process.
const EXIT_FLUSH_TIMEOUT: Duration = Duration::from_millis(500);

/// A child inherits the writer of its parent, and replaces it by its own on first use.
static RUNNING: Inherited<Running> = Inherited::new();
/// Held while the writer is replaced.
static REPLACING: PerProcess<Mutex<()>> = PerProcess::new(Mutex::default);

/// The writer, and how a forked child makes a writer of its own.
struct Running {
    core: Arc<Core>,
    make: Arc<dyn Fn() -> Core + Send + Sync>,
}

/// Returns the running writer. In a forked process the first call starts a writer, because the child does not have the parent's
/// writer thread. The parent alone writes the records that its threads have made.
pub(crate) fn current() -> Option<Arc<Core>> {
    process::detect_fork();
    let running = RUNNING.load()?;
    if running.core.is_of_this_process() {
        Some(Arc::clone(&running.core))
    } else {
        restart()
    }
}

#[cold]
fn restart() -> Option<Arc<Core>> {
    let _replacing = lock(REPLACING.get());
    let running = RUNNING.load()?;
    // Another thread may have restarted it.
    if running.core.is_of_this_process() {
        return Some(Arc::clone(&running.core));
    }
    let core = Arc::new((running.make)());
    if let Err(error) = pump::spawn(&core) {
        // The next record tries again.
        stats::failed(format!("no writer after a fork: {error}"));
        return None;
    }
    RUNNING.replace(Some(Arc::new(Running {
        core: Arc::clone(&core),
        make: Arc::clone(&running.make),
    })));
    Some(core)
}

/// Wakes the writer if it sleeps. Returns `false` if there is none.
#[cfg(feature = "ratatui")]
pub(crate) fn wake() -> bool {
    let core = current();
    if let Some(core) = &core {
        core.wake();
    }
    core.is_some()
}

/// Counts a record that is lost without a writer.
#[cold]
pub(crate) fn count_lost_record() {
    let cause = match RUNNING.load() {
        Some(_) => Cause::NoWriter,
        None => Cause::Ended,
    };
    stats::lost(1, cause);
}

/// Starts the writer that `make` returns. A forked child makes another one.
///
/// # Errors
///
/// If no thread can be started.
pub(crate) fn start(make: impl Fn() -> Core + Send + Sync + 'static) -> std::io::Result<Arc<Core>> {
    let _replacing = lock(REPLACING.get());
    let core = Arc::new(make());
    pump::spawn(&core)?;
    sys::at_exit(flush_at_exit);
    RUNNING.replace(Some(Arc::new(Running {
        core: Arc::clone(&core),
        make: Arc::new(make),
    })));
    Ok(core)
}

/// Ends the writer after it has written everything in the rings. In a forked process that has not yet started a writer
/// of its own, later records start no writer.
pub(crate) fn stop() {
    let ended = {
        let _replacing = lock(REPLACING.get());
        let running = RUNNING.load();
        RUNNING.replace(None);
        running
    };
    if let Some(running) = ended
        && running.core.is_of_this_process()
    {
        running.core.close();
    }
}

/// Writes the records since the writer's last round before the process ends, and keeps other threads from beginning a write
/// that the end would tear. Thread-local state may be destroyed already, so none is used.
fn flush_at_exit() {
    if reentry::is_inside() {
        // A signal handler ends the process. The code that it interrupted may hold the locks.
        return;
    }
    let _inside = reentry::enter();
    process::detect_fork();
    if let Some(running) = RUNNING.load()
        && running.core.is_of_this_process()
    {
        running
            .core
            .flush_and_end_before(deadline(EXIT_FLUSH_TIMEOUT));
    }
}
