//! The values that `session = expr` accepts.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::enabled::process::{PerProcess, lock};
use crate::{Session, SessionId};

/// A value of the option `session` of `#[session_usage]`: a session, the id of a session, or an `Option` of one of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session",
    label = "expected `Session`, `SessionId`, or an `Option` of one",
    note = "write `text.parse::<SessionId>().ok()` for the id in a text"
)]
pub trait UsageSession {
    /// Returns the session. For `None`, the scopes around the call determine the session.
    #[doc(hidden)]
    fn usage_session(&self) -> Option<Session>;
}

impl UsageSession for Session {
    fn usage_session(&self) -> Option<Session> {
        Some(self.clone())
    }
}

impl UsageSession for SessionId {
    /// Returns the session with this id if this process or its logs know it, otherwise a new one.
    fn usage_session(&self) -> Option<Session> {
        Some(by_id(*self))
    }
}

impl<T: UsageSession> UsageSession for Option<T> {
    fn usage_session(&self) -> Option<Session> {
        self.as_ref().and_then(UsageSession::usage_session)
    }
}

impl<T: UsageSession + ?Sized> UsageSession for &T {
    fn usage_session(&self) -> Option<Session> {
        (**self).usage_session()
    }
}

/// The number of sessions that are kept although the host holds no [`Session`] of them, so that a host
/// that names sessions by id does not cause a read of the logs at every request. The memory of their
/// totals is bounded separately.
const KEPT: usize = 10_000;

/// The sessions that were made or read here, the latest last.
static KEPT_SESSIONS: PerProcess<Mutex<VecDeque<Session>>> = PerProcess::new(Mutex::default);

fn by_id(id: SessionId) -> Session {
    if let Some(existing) = Session::existing(id) {
        return existing;
    }
    let session = Session::known_or_new(id);
    let mut kept = lock(KEPT_SESSIONS.get());
    let removed = (kept.len() >= KEPT).then(|| kept.pop_front()).flatten();
    kept.push_back(session.clone());
    drop(kept);
    // Dropped without the lock: the destructor of the last clone locks the registry.
    drop(removed);
    session
}
