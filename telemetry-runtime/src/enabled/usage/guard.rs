//! A request that a function's block makes.

use std::sync::Arc;

use super::record;
use super::scope::{self, RequestScope};
use crate::Outcome;
use crate::usage::UsageSource;

/// A request in flight, entered on this thread.
#[must_use]
pub struct UsageGuard {
    scope: Option<Arc<RequestScope>>,
}

impl std::fmt::Debug for UsageGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsageGuard").finish_non_exhaustive()
    }
}

impl UsageGuard {
    pub(super) fn new(scope: Arc<RequestScope>) -> Self {
        scope::enter(&scope);
        Self { scope: Some(scope) }
    }

    /// While usage is not recorded.
    pub fn none() -> Self {
        Self { scope: None }
    }

    /// The function returned.
    pub fn finish(mut self, returned: &(impl UsageSource + ?Sized)) {
        if let Some(scope) = &self.scope {
            record::returned(scope, returned);
            self.leave();
        }
    }

    /// Leaves the scope without a word: a future enters it at its own polls.
    pub(super) fn leave(&mut self) -> Option<Arc<RequestScope>> {
        let scope = self.scope.take()?;
        scope::leave(&scope);
        Some(scope)
    }
}

impl Drop for UsageGuard {
    fn drop(&mut self) {
        if let Some(scope) = &self.scope {
            // A block is left without `finish` by a panic alone.
            if std::thread::panicking() {
                record::failed(scope, Outcome::Panic);
            }
            self.leave();
        }
    }
}
