//! The sessions of this process by id: each id has one state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use super::state::SessionState;
use crate::SessionId;
use crate::enabled::process::{PerProcess, lock};

type States = BTreeMap<SessionId, Weak<SessionState>>;

static STATES: PerProcess<Mutex<States>> = PerProcess::new(Mutex::default);

fn states() -> MutexGuard<'static, States> {
    lock(STATES.get())
}

/// Returns the state of that session, if this process has the session.
pub(super) fn find(id: SessionId) -> Option<Arc<SessionState>> {
    states().get(&id).and_then(Weak::upgrade)
}

/// Registers a state. If the session already has a state, that state is returned and `state` is
/// dropped.
pub(super) fn insert(state: SessionState) -> Arc<SessionState> {
    let id = state.id();
    let mut states = states();
    if let Some(other) = states.get(&id).and_then(Weak::upgrade) {
        drop(states);
        return other;
    }
    let state = Arc::new(state);
    states.insert(id, Arc::downgrade(&state));
    drop(states);
    state.keep();
    state
}

/// Returns the ids of this process's sessions for which `is_wanted` returns true.
pub(super) fn ids(is_wanted: impl Fn(SessionId) -> bool) -> Vec<SessionId> {
    let states = states();
    states.keys().copied().filter(|id| is_wanted(*id)).collect()
}

/// Removes a session whose state is being dropped.
pub(super) fn forget(id: SessionId) {
    let mut states = states();
    // Another state may have been registered under the id in the meantime.
    if states
        .get(&id)
        .is_some_and(|state| state.strong_count() == 0)
    {
        states.remove(&id);
    }
}
