//! The sessions of captures. The records of a capture belong to a session of its own, so that tests which run in parallel,
//! or which repeat the request ids of recorded answers, do not change each other's records.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::handle::Handle;
use crate::SessionId;
use crate::enabled::capture::CaptureId;
use crate::enabled::process::{PerProcess, lock};

static SESSIONS: PerProcess<Mutex<BTreeMap<CaptureId, Arc<Handle>>>> =
    PerProcess::new(Mutex::default);

/// Returns the session of a capture, if the capture has one.
pub(super) fn get(capture: CaptureId) -> Option<Arc<Handle>> {
    lock(SESSIONS.get()).get(&capture).cloned()
}

/// Returns the id of [`get`]'s session.
pub(super) fn id(capture: CaptureId) -> Option<SessionId> {
    let sessions = lock(SESSIONS.get());
    sessions.get(&capture).map(|handle| handle.id)
}

/// Returns the session of a capture. If there is none, it becomes the one that `make` returns.
pub(super) fn get_or_set(capture: CaptureId, make: impl FnOnce() -> Arc<Handle>) -> Arc<Handle> {
    let mut sessions = lock(SESSIONS.get());
    sessions.entry(capture).or_insert_with(make).clone()
}

/// Replaces the session of a capture.
pub(super) fn set(capture: CaptureId, handle: Arc<Handle>) {
    let before = lock(SESSIONS.get()).insert(capture, handle);
    // Dropped after the lock is released: the destructor of the last clone of a session runs more code.
    drop(before);
}

/// Removes the session of a capture that has ended.
#[cfg(feature = "testing")]
pub(in crate::enabled) fn remove(capture: CaptureId) {
    let ended = lock(SESSIONS.get()).remove(&capture);
    drop(ended);
}
