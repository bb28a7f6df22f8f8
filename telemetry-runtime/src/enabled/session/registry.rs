//! The sessions that live in this process, by id: one id is one state.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::State;
use crate::SessionId;
use crate::enabled::fork::{Guard, Mutex};

static LIVING: Mutex<BTreeMap<SessionId, Weak<State>>> = Mutex::new(BTreeMap::new());

fn living() -> Guard<'static, BTreeMap<SessionId, Weak<State>>> {
    LIVING.lock()
}

/// The state of that session, if this process has it.
pub(super) fn find(id: SessionId) -> Option<Arc<State>> {
    living().get(&id).and_then(Weak::upgrade)
}

/// A state for that session: the one that lives already, else this one.
pub(super) fn insert(state: State) -> Arc<State> {
    let id = state.id();
    let mut living = living();
    if let Some(other) = living.get(&id).and_then(Weak::upgrade) {
        drop(living);
        return other;
    }
    let state = Arc::new(state);
    living.insert(id, Arc::downgrade(&state));
    drop(living);
    state.keep();
    state
}

/// The ids that this process has, of those that are taken.
pub(super) fn ids(taken: impl Fn(SessionId) -> bool) -> Vec<SessionId> {
    living().keys().copied().filter(|id| taken(*id)).collect()
}

/// Forgets a session whose last clone is gone.
pub(super) fn forget(id: SessionId) {
    let mut living = living();
    // Another state may have been made under the id in the meantime.
    if living
        .get(&id)
        .is_some_and(|state| state.strong_count() == 0)
    {
        living.remove(&id);
    }
}
