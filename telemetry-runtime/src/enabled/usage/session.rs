//! What `session = expr` may be.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::{Session, SessionId};

/// A session, its id, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no session",
    label = "expected `Session`, `SessionId`, or an `Option` of one"
)]
pub trait UsageSession {
    /// The session; `None` leaves it to the scopes around.
    #[doc(hidden)]
    fn usage_session(&self) -> Option<Session>;
}

impl UsageSession for Session {
    fn usage_session(&self) -> Option<Session> {
        Some(self.clone())
    }
}

impl UsageSession for SessionId {
    /// The session that this process or its logs know by the id, else a new one under it.
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

/// How many sessions that nobody else holds are kept, so that a host that names them by id does not
/// have them read from the logs at every request.
const KEPT: usize = 64;

/// The latest last.
static RECENT: Mutex<VecDeque<Session>> = Mutex::new(VecDeque::new());

fn by_id(id: SessionId) -> Session {
    let recent = || RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kept = recent();
    if let Some(at) = kept.iter().position(|session| session.id() == id)
        && let Some(session) = kept.remove(at)
    {
        kept.push_back(session.clone());
        return session;
    }
    // The logs are read without the lock.
    drop(kept);
    let session = Session::found_or_new(id);
    let mut kept = recent();
    let evicted = (kept.len() >= KEPT).then(|| kept.pop_front()).flatten();
    kept.push_back(session.clone());
    drop(kept);
    drop(evicted);
    session
}
