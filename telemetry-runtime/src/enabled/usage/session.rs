//! What `session = expr` may be.

use std::collections::VecDeque;

use crate::enabled::fork::Mutex;
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
/// have them read from the logs at every request. What they know is bounded elsewhere.
const KEPT: usize = 10_000;

/// Those that were read or made here, the latest last.
static KNOWN: Mutex<VecDeque<Session>> = Mutex::new(VecDeque::new());

fn by_id(id: SessionId) -> Session {
    if let Some(living) = Session::living(id) {
        return living;
    }
    let session = Session::found_or_new(id);
    let mut known = KNOWN.lock();
    let left = (known.len() >= KEPT).then(|| known.pop_front()).flatten();
    known.push_back(session.clone());
    drop(known);
    // The last clone of a session takes another lock.
    drop(left);
    session
}
