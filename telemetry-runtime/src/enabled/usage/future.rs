//! A request that an async function makes: entered at each poll of its future.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::guard::UsageGuard;
use super::record;
use super::request::UsageRequest;
use super::scope::{self, Scope};
use crate::Outcome;
use crate::enabled::future::{Around, NotFrozen, SpanFuture};
use crate::enabled::span::SpanEnd;
use crate::usage::UsageSource;

/// Watches the future of a request.
pub fn instrument_usage<F>(mut guard: UsageGuard, future: F) -> UsageFuture<F>
where
    F: Future<Output: UsageSource>,
{
    let request = guard.leave().map_or(Request::None, Request::Unpolled);
    UsageFuture::new(request, future, (), (), ())
}

/// Watches a future whose body says in its first poll what its request is, by
/// [`UsageRequest::enter_in_poll`].
pub fn instrument_usage_async<F>(future: F) -> UsageFuture<F>
where
    F: Future<Output: UsageSource>,
{
    UsageFuture::new(Request::InBody, future, (), (), ())
}

/// The same with a span around the request.
pub fn instrument_usage_in_span<F, O>(
    span: SpanFuture,
    future: F,
    observe: O,
) -> UsageFuture<F, (), SpanFuture, O>
where
    F: Future<Output: UsageSource>,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    UsageFuture::new(Request::InBody, future, (), span, observe)
}

/// The same with a span inside of the request.
pub fn instrument_span_in_usage<F, O>(
    span: SpanFuture,
    future: F,
    observe: O,
) -> UsageFuture<F, SpanFuture, (), O>
where
    F: Future<Output: UsageSource>,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    UsageFuture::new(Request::InBody, future, span, (), observe)
}

/// A request whose end is not known yet.
enum Request {
    /// Usage is not recorded, or the request has ended.
    None,
    /// Not polled, so the body did not say.
    InBody,
    Unpolled(Arc<Scope>),
    Polled(Arc<Scope>),
}

pin_project! {
    /// A future under a request; its record is written when it finishes or is dropped. A span of the
    /// same function is part of it, since each future around a future is a step of rustc's recursion
    /// limit.
    ///
    /// Adds three words to the future's size, and two for a span.
    #[must_use = "futures do nothing unless polled"]
    pub struct UsageFuture<F: Future, I = (), T = (), O = ()> {
        not_frozen: NotFrozen,
        // As in a span's future.
        known: PhantomData<(Slot, SpanFuture)>,
        #[pin]
        future: F,
        inside: I,
        // Dropped after the future, which may know more of the end than this does.
        slot: Slot,
        // Kept, so that this is a future whatever that one returns: rustc reports a value that is no
        // `UsageSource` once, where it is.
        returned: fn(&Arc<Scope>, &F::Output),
        outside: T,
        observe: O,
    }

    impl<F: Future, I, T, O> PinnedDrop for UsageFuture<F, I, T, O> {
        fn drop(this: Pin<&mut Self>) {
            if let Request::Unpolled(scope) | Request::Polled(scope) = &this.project().slot.0 {
                // What the future drops is inside the request; the slot leaves it.
                scope::enter(scope);
            }
        }
    }
}

impl<F, I, T, O> UsageFuture<F, I, T, O>
where
    F: Future<Output: UsageSource>,
{
    fn new(request: Request, future: F, inside: I, outside: T, observe: O) -> Self {
        Self {
            not_frozen: [],
            known: PhantomData,
            future,
            inside,
            slot: Slot(request),
            returned: record::returned,
            outside,
            observe,
        }
    }
}

impl<F: Future, I, T, O> std::fmt::Debug for UsageFuture<F, I, T, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsageFuture").finish_non_exhaustive()
    }
}

impl<F, I, T, O> Future for UsageFuture<F, I, T, O>
where
    F: Future,
    I: Around<O, F::Output>,
    T: Around<O, F::Output>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let observe = this.observe;
        let inside = || this.inside.poll(observe, || this.future.poll(cx));
        let requested = || this.slot.poll(*this.returned, inside);
        this.outside.poll(observe, requested)
    }
}

/// Holds a request between polls; dropped with it the request was cancelled.
struct Slot(Request);

impl Slot {
    fn poll<R>(
        &mut self,
        returned: fn(&Arc<Scope>, &R),
        inside: impl FnOnce() -> Poll<R>,
    ) -> Poll<R> {
        if matches!(self.0, Request::None) {
            return inside();
        }
        let mut entered = Entered::new(self);
        let polled = inside();
        if let Some(scope) = entered.leave() {
            match &polled {
                Poll::Ready(value) => {
                    returned(&scope, value);
                    scope::leave(&scope);
                }
                Poll::Pending => {
                    scope::leave(&scope);
                    self.0 = Request::Polled(scope);
                }
            }
        }
        polled
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        match &self.0 {
            Request::None | Request::InBody => {}
            Request::Unpolled(scope) => scope::leave(scope),
            Request::Polled(scope) => {
                record::failed(scope, Outcome::Cancelled);
                scope::leave(scope);
            }
        }
    }
}

/// The request during a poll; a panic that leaves the poll ends it.
pub(super) struct Entered {
    by: By,
}

enum By {
    Future(Arc<Scope>),
    /// `opened` is how many requests bodies around this one have entered in polls that go on.
    Body {
        opened: usize,
    },
    Nobody,
}

impl Entered {
    fn new(slot: &mut Slot) -> Self {
        let by = match std::mem::replace(&mut slot.0, Request::None) {
            Request::None => By::Nobody,
            Request::InBody => return Self::in_body(),
            Request::Unpolled(scope) | Request::Polled(scope) => {
                scope::enter(&scope);
                By::Future(scope)
            }
        };
        Self { by }
    }

    /// The first poll of a future whose body enters the request.
    pub(super) fn in_body() -> Self {
        // Gone while the thread ends: nothing is entered then.
        let opened = OPENED.try_with(|all| all.borrow().len()).unwrap_or(0);
        Self {
            by: By::Body { opened },
        }
    }

    /// The request, still entered, at the end of the poll.
    pub(super) fn leave(&mut self) -> Option<Arc<Scope>> {
        match std::mem::replace(&mut self.by, By::Nobody) {
            By::Future(scope) => Some(scope),
            By::Body { opened } => OPENED
                .try_with(|all| {
                    let mut all = all.borrow_mut();
                    // What bodies inside of this one entered is taken: the last is its own, or it has none.
                    (all.len() > opened).then(|| all.pop()).flatten()
                })
                .unwrap_or(None),
            By::Nobody => None,
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(scope) = self.leave() {
            record::failed(&scope, Outcome::Panic);
            scope::leave(&scope);
        }
    }
}

thread_local! {
    /// The requests that bodies have entered in first polls that go on.
    static OPENED: RefCell<Vec<Arc<Scope>>> = const { RefCell::new(Vec::new()) };
}

impl UsageRequest {
    /// Enters the request's scope, from the body of the future that carries it on from here.
    pub fn enter_in_poll(self) {
        let scope = self.into_scope();
        scope::enter(&scope);
        let _ = OPENED.try_with(|opened| opened.borrow_mut().push(scope));
    }
}
