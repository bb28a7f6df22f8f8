//! Where session records go, and where they are found again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use telemetry_store::Naming;

use crate::enabled::fork::Mutex;
use crate::enabled::writer::{self, SESSION_LOG};

/// The files of the session log.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) log: Naming,
    /// The sums of the segments that were removed.
    pub(crate) rollup: PathBuf,
}

static PLACE: Mutex<Option<Place>> = Mutex::new(None);
static RECORDING: AtomicBool = AtomicBool::new(false);

/// Starts to record there, or ends it.
pub(crate) fn set_place(place: Option<Place>) {
    RECORDING.store(place.is_some(), Ordering::Relaxed);
    *PLACE.lock() = place;
}

/// Where they go; `None` while telemetry or the session log is off.
pub(super) fn place() -> Option<Place> {
    PLACE.lock().clone()
}

/// Where the session log is; `None` while telemetry or the session log is off.
pub(crate) fn directory() -> Option<PathBuf> {
    place().map(|place| place.log.directory)
}

/// Whether usage is to be recorded at all. Cost: one relaxed load.
#[inline]
pub(crate) fn is_enabled() -> bool {
    RECORDING.load(Ordering::Relaxed)
}

/// Appends one line, with its newline: it is in the kernel when this returns. What the disk refuses
/// is kept and tried again.
pub(crate) fn append_line(line: &[u8]) {
    match writer::current() {
        Some(core) => core.append(SESSION_LOG, line),
        None => writer::lost_one(),
    }
}

/// Whether everything recorded so far can be read from the logs.
pub(super) fn is_complete() -> bool {
    is_enabled() && writer::current().is_some_and(|core| !core.has_pending(SESSION_LOG))
}

/// Writes the session log of this test binary to this directory.
#[cfg(test)]
pub(crate) fn open(directory: &std::path::Path) {
    use crate::enabled::log::append::{Format, Log};
    use crate::enabled::log::retention::Retention;

    let log = Naming::shared(&directory.join("codex-litellm-session.jsonl")).unwrap();
    let naming = log.clone();
    let core = move || {
        let session = Log::new(naming.clone(), Format::Session, None);
        writer::Core::new(vec![None, Some(session)], Retention::new(0, Vec::new(), 2))
    };
    writer::start(core).unwrap();
    set_place(Some(Place {
        log,
        rollup: directory.join("codex-litellm-usage-rollup.jsonl"),
    }));
}
