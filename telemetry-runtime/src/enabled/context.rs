//! The current span, session and requests, carried over a `spawn` or into another thread.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

use super::capture::{self, CaptureScope, CapturedRecords};
use super::session::{Session, SessionGuard};
use super::thread;
use super::trace::SpanPlace;
use super::turn::{self, Turn, TurnGuard};
use super::usage::{RequestScope, scope};
use super::wrapper::{DropScope, PollScope, Wrapped};

/// The current span, its session, its turn and its requests, for work that continues elsewhere: there the span is
/// the parent of new spans, usage counts for the session and the turn, and a usage without an id is recognised as
/// that of the request.
///
/// ```
/// use telemetry_runtime::SpanContext;
///
/// let context = SpanContext::current();
/// std::thread::spawn(move || {
///     let _attached = context.attach();
///     // spans of this thread are children of the span that was current above
/// });
/// ```
#[derive(Clone, Debug)]
pub struct SpanContext {
    place: SpanPlace,
    session: Option<Session>,
    turn: Option<Arc<Turn>>,
    /// The requests of the `#[session_usage]` functions around, the innermost last.
    requests: Vec<Arc<RequestScope>>,
    /// The capture of a test.
    captured: Option<CapturedRecords>,
}

impl SpanContext {
    /// Returns the innermost open span of this thread and the current session, as far as they exist.
    #[must_use]
    pub fn current() -> Self {
        let place = thread::with(|local| local.current()).unwrap_or_default();
        Self {
            place,
            session: Session::current(),
            turn: turn::current(),
            requests: scope::entered(),
            captured: capture::current(),
        }
    }

    /// Makes the context current on this thread until the guard is dropped.
    pub fn attach(&self) -> ContextGuard {
        let pushed = thread::with(|local| {
            let mut data = local.spare();
            data.id = self.place.number;
            data.root = self.place.root;
            data.remote = self.place.remote;
            local.push(data);
        });
        ContextGuard {
            id: pushed.map(|()| self.place.number),
            _session: self.session.as_ref().map(Session::enter),
            _captured: self.captured.as_ref().map(CapturedRecords::enter),
            _turn: TurnGuard::of(self.turn.clone()),
            requests: self
                .requests
                .iter()
                .inspect(|own| scope::enter(own))
                .cloned()
                .collect(),
            on_this_thread: PhantomData,
        }
    }

    /// Makes the context current during every poll of the future.
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Wrapped::new(future, self.clone(), (), ())
    }
}

impl DropScope for SpanContext {}

impl<T> PollScope<T, (), ()> for SpanContext {
    type Output = T;

    fn poll(&mut self, (): &(), (): &(), poll_inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let _attached = self.attach();
        poll_inner()
    }
}

/// A guard of a [`SpanContext`] that is current on this thread.
#[must_use = "the context is left when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard {
    /// `None` if the context was not attached, because the thread is ending.
    id: Option<u64>,
    _session: Option<SessionGuard>,
    _captured: Option<CaptureScope>,
    _turn: TurnGuard,
    requests: Vec<Arc<RequestScope>>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        for request in self.requests.iter().rev() {
            scope::leave(request);
        }
        let Some(id) = self.id else { return };
        thread::with(|local| {
            if let Some(data) = local.take_context(id) {
                local.give_back(data);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::SpanContext;
    use crate::Session;

    #[test]
    fn a_context_carries_its_session_into_another_thread() {
        let session = Session::detached();
        let context = {
            let _entered = session.enter();
            SpanContext::current()
        };
        std::thread::spawn(move || {
            let attached = context.attach();
            assert_eq!(
                Session::current().map(|current| current.id()),
                Some(session.id())
            );
            drop(attached);
            assert_ne!(
                Session::current().map(|current| current.id()),
                Some(session.id())
            );
        })
        .join()
        .unwrap();
    }
}
