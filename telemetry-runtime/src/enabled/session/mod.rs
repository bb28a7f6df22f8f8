//! A session: whose requests these are.
//!
//! A session is bound to the process ([`Session::start`], [`Session::resume`]), to a thread
//! ([`Session::enter`]) or to a future ([`Session::in_scope`]); the innermost one is current.

mod current;
mod ledger;
mod registry;
mod resume;
mod scoped;
pub(crate) mod store;

use std::fmt;
use std::sync::Arc;

pub(crate) use current::current_id;
pub(crate) use ledger::State;
pub use scoped::SessionGuard;
pub(crate) use store::{Place, set_place};

use crate::{ResumeError, SessionId, SessionSnapshot};

/// One conversation with its totals.
///
/// Cheap to clone; all clones are the same session. What it knows is in memory while a clone of it
/// lives, and in the session log for [`resume`](Self::resume) after that.
#[derive(Clone)]
pub struct Session(Arc<State>);

impl Session {
    /// Starts a new session, with a version 7 UUID, and binds it to the process: it is current
    /// wherever no thread and no future has one of its own. It replaces the one bound before.
    #[must_use]
    pub fn start() -> Self {
        let session = Self::detached();
        current::bind_process(session.0.clone());
        session
    }

    /// A new session that is bound to nothing yet: a subagent's, or one of many in a server.
    #[must_use]
    pub fn detached() -> Self {
        Self(registry::insert(new_id(), ledger::Ledger::default()))
    }

    /// Continues an earlier session, with its totals and turn numbers, and binds it to the process
    /// as [`start`](Self::start) does. Where this process still has the session, it is that one.
    ///
    /// Reads the session log, its rotated segments and the rollup of the removed ones. Damaged
    /// lines are left out, and counted in [`SessionSnapshot::damaged_lines`].
    ///
    /// # Errors
    ///
    /// Where telemetry or its session log is off, no turn of the session is known, or a log cannot
    /// be read.
    pub fn resume(id: SessionId) -> Result<Self, ResumeError> {
        let session = Self::found(id)?;
        current::bind_process(session.0.clone());
        Ok(session)
    }

    /// The session with this id, from this process or from its logs, bound to nothing.
    pub(crate) fn found(id: SessionId) -> Result<Self, ResumeError> {
        if let Some(living) = registry::find(id) {
            return Ok(Self(living));
        }
        // Read without the registry's lock; whoever else resumed it meanwhile has the same.
        let ledger = resume::read(id)?;
        Ok(Self(registry::insert(id, ledger)))
    }

    /// The session with this id; a new one under it, where nothing is known of it.
    pub(crate) fn found_or_new(id: SessionId) -> Self {
        Self::found(id).unwrap_or_else(|_| Self(registry::insert(id, ledger::Ledger::default())))
    }

    /// The session of the innermost scope, else the process's.
    pub fn current() -> Option<Self> {
        current::current().map(Self)
    }

    /// The current session; where there is none, one is started for the process.
    pub(crate) fn current_or_start() -> Self {
        Self(current::current_or_bind(|| {
            registry::insert(new_id(), ledger::Ledger::default())
        }))
    }

    /// Its id.
    pub fn id(&self) -> SessionId {
        self.0.id()
    }

    /// What `/status` shows: a consistent copy of its sums. Touches no file.
    pub fn snapshot(&self) -> SessionSnapshot {
        self.0.snapshot()
    }

    /// Makes it current on this thread until the guard is dropped.
    pub fn enter(&self) -> SessionGuard {
        SessionGuard::enter(self.0.clone())
    }

    /// Makes it current whenever `future` is polled, and while it is dropped.
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        scoped::Scoped::new(self.0.clone(), future)
    }

    pub(crate) fn state(&self) -> &State {
        &self.0
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.id()).finish()
    }
}

fn new_id() -> SessionId {
    uuid::Uuid::now_v7().into()
}

#[cfg(test)]
pub(crate) mod tests;
