//! Values by session id. The registry holds weak references, so that a value is dropped with its last other reference.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crate::SessionId;
use crate::enabled::process::{PerProcess, lock};

/// At most one value for each session id.
pub(super) struct Registry<T>(PerProcess<Mutex<BTreeMap<SessionId, Weak<T>>>>);

impl<T: Send + Sync + 'static> Registry<T> {
    pub(super) const fn new() -> Self {
        Self(PerProcess::new(Mutex::default))
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<SessionId, Weak<T>>> {
        lock(self.0.get())
    }

    /// Returns the value of an id.
    pub(super) fn find(&self, id: SessionId) -> Option<Arc<T>> {
        self.values().get(&id).and_then(Weak::upgrade)
    }

    /// Adds a value. If the id already has one, returns that one as an error and drops `value`.
    pub(super) fn insert(&self, id: SessionId, value: T) -> Result<Arc<T>, Arc<T>> {
        let mut values = self.values();
        if let Some(other) = values.get(&id).and_then(Weak::upgrade) {
            drop(values);
            return Err(other);
        }
        let value = Arc::new(value);
        values.insert(id, Arc::downgrade(&value));
        Ok(value)
    }

    /// Returns the ids for which `is_wanted` returns true.
    pub(super) fn ids(&self, is_wanted: impl Fn(SessionId) -> bool) -> Vec<SessionId> {
        let values = self.values();
        values.keys().copied().filter(|id| is_wanted(*id)).collect()
    }

    /// Removes a value that is being dropped.
    pub(super) fn remove_dropped(&self, id: SessionId) {
        let mut values = self.values();
        // Another value may have been added under the id in the meantime.
        if values
            .get(&id)
            .is_some_and(|value| value.strong_count() == 0)
        {
            values.remove(&id);
        }
    }
}
