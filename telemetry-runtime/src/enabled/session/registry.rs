//! The sessions that live in this process, by id: one id is one state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::State;
use super::ledger::Ledger;
use crate::SessionId;

static LIVING: Mutex<BTreeMap<SessionId, Weak<State>>> = Mutex::new(BTreeMap::new());

fn living() -> MutexGuard<'static, BTreeMap<SessionId, Weak<State>>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of that session, if this process has it.
pub(super) fn find(id: SessionId) -> Option<Arc<State>> {
    living().get(&id).and_then(Weak::upgrade)
}

/// A state for that session: the one that lives already, else one with this ledger.
pub(super) fn insert(id: SessionId, ledger: Ledger) -> Arc<State> {
    let mut living = living();
    if let Some(state) = living.get(&id).and_then(Weak::upgrade) {
        return state;
    }
    let state = Arc::new(State::new(id, ledger));
    living.insert(id, Arc::downgrade(&state));
    state
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
