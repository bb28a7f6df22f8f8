//! The request of a future, which is entered on the polling thread during each poll.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::Poll;

use super::guard::UsageGuard;
use super::record;
use super::request::UsageRequest;
use super::scope::{self, RequestScope};
use crate::Outcome;
use crate::enabled::wrapper::{DropScope, PollScope};
use crate::usage::UsageSource;

/// Records the usage of a value that a future gives.
///
/// A function pointer rather than a bound of [`Wrapped`]: the wrapper is a future whatever the inner
/// future gives, so rustc reports a value that is no `UsageSource` once, where it is.
pub struct RecordReturned<T>(fn(&Arc<RequestScope>, &T));

impl<T: UsageSource> RecordReturned<T> {
    pub(in crate::enabled) fn new() -> Self {
        Self(record::returned)
    }
}

/// The request of a future, between its polls.
pub struct RequestFuture(RequestState);

enum RequestState {
    /// Usage is not recorded, or the request has ended.
    None,
    /// The first poll has not begun, in which the body enters the request.
    InBody,
    Unpolled(Arc<RequestScope>),
    Polled(Arc<RequestScope>),
}

impl RequestFuture {
    /// Leaves the request of `guard`, to enter it during each poll.
    pub fn of(mut guard: UsageGuard) -> Self {
        Self(
            guard
                .leave()
                .map_or(RequestState::None, RequestState::Unpolled),
        )
    }

    /// Returns a request that the body enters in the first poll, by [`UsageRequest::enter_in_poll`].
    pub fn in_body() -> Self {
        Self(RequestState::InBody)
    }

    /// Leaves the request at the end of a poll after which the future is still pending.
    pub(super) fn suspend(&mut self, scope: Arc<RequestScope>) {
        scope::leave(&scope);
        self.0 = RequestState::Polled(scope);
    }
}

impl DropScope for RequestFuture {
    fn enter_drop(&mut self) {
        if let RequestState::Unpolled(scope) | RequestState::Polled(scope) = &self.0 {
            scope::enter(scope);
        }
    }
}

impl Drop for RequestFuture {
    fn drop(&mut self) {
        match &self.0 {
            RequestState::None | RequestState::InBody => {}
            RequestState::Unpolled(scope) => scope::leave(scope),
            RequestState::Polled(scope) => {
                // After the inner future, whose destructor may have recorded the end more exactly.
                record::failed(scope, Outcome::Cancelled);
                scope::leave(scope);
            }
        }
    }
}

impl<T, O> PollScope<T, O, RecordReturned<T>> for RequestFuture {
    type Output = T;

    fn poll(
        &mut self,
        _: &O,
        record: &RecordReturned<T>,
        poll_inner: impl FnOnce() -> Poll<T>,
    ) -> Poll<T> {
        if matches!(self.0, RequestState::None) {
            return poll_inner();
        }
        let mut entered = EnteredRequest::new(self);
        let polled = poll_inner();
        if let Some(scope) = entered.leave() {
            match &polled {
                Poll::Ready(value) => {
                    (record.0)(&scope, value);
                    scope::leave(&scope);
                }
                Poll::Pending => self.suspend(scope),
            }
        }
        polled
    }
}

/// Keeps the request entered during a poll. If the poll panics, the destructor records that and leaves
/// the request.
pub(super) struct EnteredRequest {
    by: EnteredBy,
}

enum EnteredBy {
    Future(Arc<RequestScope>),
    /// `opened` is the number of requests that bodies had entered on this thread before this poll, and
    /// whose first polls are still running.
    Body {
        opened: usize,
    },
    Nothing,
}

impl EnteredRequest {
    pub(super) fn new(request: &mut RequestFuture) -> Self {
        let by = match std::mem::replace(&mut request.0, RequestState::None) {
            RequestState::None => EnteredBy::Nothing,
            RequestState::InBody => {
                // The thread-local is gone while the thread ends: nothing is entered then.
                let opened = OPENED.try_with(|all| all.borrow().len()).unwrap_or(0);
                EnteredBy::Body { opened }
            }
            RequestState::Unpolled(scope) | RequestState::Polled(scope) => {
                scope::enter(&scope);
                EnteredBy::Future(scope)
            }
        };
        Self { by }
    }

    /// Returns the request at the end of the poll, still entered.
    pub(super) fn leave(&mut self) -> Option<Arc<RequestScope>> {
        match std::mem::replace(&mut self.by, EnteredBy::Nothing) {
            EnteredBy::Future(scope) => Some(scope),
            EnteredBy::Body { opened } => OPENED
                .try_with(|all| {
                    let mut all = all.borrow_mut();
                    // Requests of bodies inside of this one are taken out already: the last one, if it
                    // is above `opened`, is that of this body.
                    (all.len() > opened).then(|| all.pop()).flatten()
                })
                .unwrap_or(None),
            EnteredBy::Nothing => None,
        }
    }
}

impl Drop for EnteredRequest {
    fn drop(&mut self) {
        if let Some(scope) = self.leave() {
            record::failed(&scope, Outcome::Panic);
            scope::leave(&scope);
        }
    }
}

thread_local! {
    /// The requests that bodies have entered in first polls that are still running.
    static OPENED: RefCell<Vec<Arc<RequestScope>>> = const { RefCell::new(Vec::new()) };
}

impl UsageRequest {
    /// Enters the request's scope in the first poll of the future whose body calls this. The future
    /// keeps the request from the end of that poll on.
    pub fn enter_in_poll(self) {
        let scope = self.into_scope();
        scope::enter(&scope);
        let _ = OPENED.try_with(|opened| opened.borrow_mut().push(scope));
    }
}
