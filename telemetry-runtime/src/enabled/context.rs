//! The current span, session and requests, carried over a `spawn` or into another thread.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

use super::capture::{self, CaptureScope, CapturedRecords};
use super::session::{Session, SessionGuard};
use super::thread;
use super::trace::SpanPlace;
use super::tracestate;
use super::turn::{self, Turn, TurnGuard};
use super::usage::{RequestScope, scope};
use super::wrapper::{DropScope, PollScope, Wrapped};
use crate::ParseTraceparentError;
use crate::traceparent::{TRACEPARENT, TRACESTATE};

/// The current span, session, turn and requests of a thread, for work that continues on another thread or in another task.
/// Where the context is attached, the span is the parent of new spans, usage counts for the session and the turn, and a usage
/// without an id belongs to the request.
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
    /// The `tracestate` beside a `traceparent`.
    tracestate: Option<Arc<str>>,
    /// The capture of a test.
    captured: Option<CapturedRecords>,
}

impl SpanContext {
    /// Returns the innermost open span of this thread and the current session, as far as they exist.
    #[must_use]
    pub fn current() -> Self {
        let place = thread::with(|local| {
            // Sampling has to keep the current span, because other threads or processes may write children of it.
            local.need_current();
            local.current()
        });
        let place = place.unwrap_or_default();
        Self {
            place,
            session: Session::current(),
            turn: turn::current(),
            requests: scope::entered(),
            tracestate: tracestate::of(&place),
            captured: capture::current(),
        }
    }

    /// Returns the context of a span of another process, which the W3C header `traceparent` names. While it is attached, new
    /// spans and requests are children of that span, in its trace.
    ///
    /// ```
    /// use telemetry_runtime::SpanContext;
    ///
    /// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let _attached = SpanContext::from_traceparent(header)?.attach();
    /// # Ok::<(), telemetry_runtime::ParseTraceparentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the header is malformed. The host can then continue with [`SpanContext::current`].
    pub fn from_traceparent(traceparent: &str) -> Result<Self, ParseTraceparentError> {
        Ok(Self {
            place: SpanPlace::of_remote(traceparent.parse()?),
            session: None,
            turn: None,
            requests: Vec::new(),
            tracestate: None,
            captured: capture::current(),
        })
    }

    /// Adds the header `tracestate` that came with the `traceparent`, so that [`headers`](Self::headers) and
    /// [`environment`](Self::environment) pass it on, also inside spans of this trace. A malformed one is ignored.
    #[must_use]
    pub fn with_tracestate(mut self, tracestate: &str) -> Self {
        if let Some(remote) = self.place.remote
            && let Some(state) = tracestate::remember(remote.trace, tracestate)
        {
            self.tracestate = Some(state);
        }
        self
    }

    /// Returns the W3C header `traceparent` for work of another process in this context: its parent is the request that is
    /// in flight, if no span was opened since, or else the innermost span. Returns `None` outside of any span and request,
    /// unless `TRACEPARENT` named a parent at [`init`](crate::init).
    pub fn traceparent(&self) -> Option<String> {
        let request = self.requests.last();
        let request = request.and_then(|request| request.place_below(self.place.number));
        let place = request.unwrap_or(self.place);
        place.traceparent().map(|parent| parent.to_string())
    }

    /// Returns the headers of an HTTP request, `traceparent` and, if there is one, `tracestate`, so that the spans of the
    /// server join this trace. The iterator is empty outside of any span and request, unless `TRACEPARENT` named a parent.
    ///
    /// ```
    /// # struct Request; impl Request { fn header(self, _: &str, _: String) -> Self { self } }
    /// # let mut request = Request;
    /// use telemetry_runtime::SpanContext;
    ///
    /// for (name, value) in SpanContext::current().headers() {
    ///     request = request.header(name, value);
    /// }
    /// ```
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        self.named(["traceparent", "tracestate"])
    }

    /// Returns the variables `TRACEPARENT` and, if there is one, `TRACESTATE` for a subprocess, whose telemetry and whose
    /// OpenTelemetry SDK continue this trace. The iterator is empty outside of any span and request, unless `TRACEPARENT` named
    /// a parent.
    ///
    /// ```
    /// use telemetry_runtime::SpanContext;
    ///
    /// let mut command = std::process::Command::new("cargo");
    /// command.envs(SpanContext::current().environment());
    /// ```
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        self.named([TRACEPARENT, TRACESTATE])
    }

    fn named(
        &self,
        [parent, state]: [&'static str; 2],
    ) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let traceparent = self.traceparent();
        // A `tracestate` is invalid on its own.
        let tracestate = traceparent.as_ref().and(self.tracestate.as_deref());
        let tracestate = tracestate.map(|text| (state, text.to_owned()));
        let traceparent = traceparent.map(|text| (parent, text));
        traceparent.into_iter().chain(tracestate)
    }

    /// Makes the context current on this thread until the guard is dropped.
    pub fn attach(&self) -> ContextGuard {
        let pushed = thread::with(|local| {
            let mut data = local.spare();
            data.id = self.place.number;
            data.root = self.place.root;
            data.remote = self.place.remote;
            data.sample = 0;
            local.push(data);
        });
        ContextGuard {
            id: pushed.map(|()| self.place.number),
            _session: self.session.as_ref().map(Session::enter),
            _turn: TurnGuard::of(self.turn.clone()),
            _captured: self.captured.as_ref().map(CapturedRecords::enter),
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
    _turn: TurnGuard,
    _captured: Option<CaptureScope>,
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
