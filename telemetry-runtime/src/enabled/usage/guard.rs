//! The request of a call, which is entered on the calling thread.

use std::sync::Arc;

use super::record;
use super::scope::{self, RequestScope};
use crate::Outcome;
use crate::usage::UsageSource;

/// A request in flight. It is entered on this thread until the guard is dropped.
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
    /// Enters the request.
    pub(super) fn new(scope: Arc<RequestScope>) -> Self {
        scope::enter(&scope);
        Self { scope: Some(scope) }
    }

    /// Returns the guard of no request, for a call whose usage is not recorded.
    pub fn none() -> Self {
        Self { scope: None }
    }

    /// Records the return value and leaves the request.
    pub fn finish(mut self, returned: &(impl UsageSource + ?Sized)) {
        if let Some(scope) = &self.scope {
            record::returned(scope, returned);
            self.leave();
        }
    }

    /// Leaves the request without recording, for a future or a stream that enters it again in its polls.
    pub(super) fn leave(&mut self) -> Option<Arc<RequestScope>> {
        let scope = self.scope.take()?;
        scope::leave(&scope);
        Some(scope)
    }
}

impl Drop for UsageGuard {
    fn drop(&mut self) {
        if let Some(scope) = &self.scope {
            // Without a panic, the expansion calls `finish`.
            if std::thread::panicking() {
                record::failed(scope, Outcome::Panic);
            }
            self.leave();
        }
    }
}
