//! The files of the session log: which they are, and appending to them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use telemetry_store::Naming;

use crate::enabled::frame::SESSION_LOG;
use crate::enabled::process::Inherited;
use crate::enabled::reentry;
use crate::enabled::writer;
use crate::snapshot::NotRunning;

/// The files of one session log.
#[derive(Clone, Debug)]
pub(crate) struct SessionLogFiles {
    /// The live file and its segments.
    pub(crate) log: Naming,
    /// The sums of removed segments.
    pub(crate) rollup: PathBuf,
}

static FILES: Inherited<SessionLogFiles> = Inherited::new();
/// The files of the configuration, while telemetry is disabled, too.
static CONFIGURED: Inherited<SessionLogFiles> = Inherited::new();
static RECORDING: AtomicBool = AtomicBool::new(false);
/// The state of telemetry: `NOT_INITIALIZED`, `RUNNING` or `ENDED`.
static LIFE: AtomicU8 = AtomicU8::new(NOT_INITIALIZED);
const NOT_INITIALIZED: u8 = 0;
const RUNNING: u8 = 1;
const ENDED: u8 = 2;

/// Notes that `init` has succeeded.
pub(crate) fn note_initialized() {
    LIFE.store(RUNNING, Ordering::Relaxed);
}

/// Notes that the value of `init` is dropped. The value of an `init` that fails has never begun to run.
pub(crate) fn note_dropped() {
    let (running, ended) = (RUNNING, ENDED);
    let _ = LIFE.compare_exchange(running, ended, Ordering::Relaxed, Ordering::Relaxed);
}

/// Returns why telemetry does not run in this process; `None` if it does, enabled or not.
pub(super) fn not_running() -> Option<NotRunning> {
    match LIFE.load(Ordering::Relaxed) {
        NOT_INITIALIZED => Some(NotRunning::NotInitialized),
        ENDED => Some(NotRunning::Ended),
        _ => None,
    }
}

/// Starts to record requests to these files, or stops recording.
pub(crate) fn set_log_files(files: Option<SessionLogFiles>) {
    RECORDING.store(files.is_some(), Ordering::Relaxed);
    FILES.replace(files.map(Arc::new));
}

/// Names the files that earlier processes wrote, for [`Session::find`](crate::Session::find) while nothing is recorded.
pub(crate) fn set_configured_log_files(files: Option<SessionLogFiles>) {
    CONFIGURED.replace(files.map(Arc::new));
}

/// Returns the files of the configuration, whether they are written or not; `None` before `init`.
pub(super) fn configured() -> Option<Arc<SessionLogFiles>> {
    current().or_else(|| CONFIGURED.load())
}

/// Returns the files; `None` while telemetry or the session log is disabled.
pub(super) fn current() -> Option<Arc<SessionLogFiles>> {
    FILES.load()
}

/// Returns whether requests are recorded. Costs one relaxed load.
#[inline]
pub(crate) fn is_recording() -> bool {
    RECORDING.load(Ordering::Relaxed)
}

/// Appends one line that ends with its newline. The line is in the kernel when this returns; a line
/// that the disk refuses is kept in memory and written later.
pub(super) fn append_line(line: &[u8]) {
    let _inside = reentry::enter();
    match writer::current() {
        Some(core) => core.append(SESSION_LOG, line),
        None => writer::count_lost_record(),
    }
}

/// Returns whether everything that was recorded so far can be read from the files.
pub(super) fn hold_all_records() -> bool {
    is_recording() && writer::current().is_some_and(|core| !core.has_pending(SESSION_LOG))
}
