//! The wrapper of a future or a stream, with a scope that is entered around each poll.
//!
//! Spans, requests, sessions and carried contexts differ in their [`PollScope`] alone. A scope that
//! keeps state on the thread pushes it in [`PollScope::poll`] and takes it back before that method
//! returns or unwinds, by a guard.
//!
//! An order that no scope may change:
//!
//! 1. A poll of the wrapper is one call of [`PollScope::poll`], which polls the inner future once.
//! 2. The destructor calls [`DropScope::enter_drop`], drops the inner future, then drops the scope.
//!    So whatever the inner future's destructor does is within the scope, and the scope's own
//!    destructor, which leaves it, also runs if the inner one panics.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::AtomicU8;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

/// A scope that can be entered for the destructor of the future or stream that it wraps.
pub trait DropScope {
    /// Enters the scope for the destructor of the inner future; the destructor of `self` leaves it.
    #[inline]
    fn enter_drop(&mut self) {}
}

/// A scope around the polls of a future or stream, whose polls give a `T`.
///
/// `O` and `R` are stored beside the scope and read the value: the one for a span, the other for a request.
/// They are separate because a scope whose type does not depend on the wrapped function is proved to be
/// `Send` only once (see [`Wrapped`]), and they are two because a pair would be a further step of that
/// proof.
pub trait PollScope<T, O, R>: DropScope {
    /// The value of a poll of the wrapper.
    type Output;

    /// Calls `poll_inner` once, within the scope, and handles the value that it gives.
    fn poll(
        &mut self,
        observe: &O,
        record: &R,
        poll_inner: impl FnOnce() -> Poll<T>,
    ) -> Poll<Self::Output>;
}

/// Two scopes of one future. One wrapper with both is one step of rustc's recursion limit, two wrappers
/// are two.
#[derive(Debug)]
pub struct Nested<I, O> {
    // Dropped before the outer scope.
    inner: I,
    outer: O,
}

impl<I, O> Nested<I, O> {
    /// Puts `inner` into `outer`.
    #[inline]
    pub fn new(inner: I, outer: O) -> Self {
        Self { inner, outer }
    }
}

impl<I: DropScope, O: DropScope> DropScope for Nested<I, O> {
    #[inline]
    fn enter_drop(&mut self) {
        self.outer.enter_drop();
        self.inner.enter_drop();
    }
}

impl<T, I, O, Observe, Record> PollScope<T, Observe, Record> for Nested<I, O>
where
    I: PollScope<T, Observe, Record>,
    O: PollScope<I::Output, Observe, Record>,
{
    type Output = O::Output;

    #[inline]
    fn poll(
        &mut self,
        observe: &Observe,
        record: &Record,
        poll_inner: impl FnOnce() -> Poll<T>,
    ) -> Poll<Self::Output> {
        let Self { inner, outer } = self;
        outer.poll(observe, record, || inner.poll(observe, record, poll_inner))
    }
}

pin_project! {
    /// A future or a stream within a scope.
    ///
    /// Its size is that of the inner future, of the scope, of `observe` and of `record`.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Wrapped<F, S: DropScope, O = (), R = ()> {
        // To decide whether a type may change behind a shared reference, rustc descends into it until it
        // finds a field that may. This one is found first, so a chain of wrappers is not descended, which
        // would reach the recursion limit. It has no size.
        not_frozen: [AtomicU8; 0],
        // The first field that rustc examines to decide whether this is `Send`. The answer for the scope
        // is then known from the outermost wrapper, where the recursion limit is far.
        known: PhantomData<S>,
        #[pin]
        inner: F,
        // Dropped after the inner future.
        scope: S,
        observe: O,
        record: R,
    }

    impl<F, S: DropScope, O, R> PinnedDrop for Wrapped<F, S, O, R> {
        fn drop(this: Pin<&mut Self>) {
            this.project().scope.enter_drop();
        }
    }
}

impl<F, S: DropScope, O, R> Wrapped<F, S, O, R> {
    /// Wraps a future or a stream. `observe` and `record` read its values.
    #[inline]
    pub fn new(inner: F, scope: S, observe: O, record: R) -> Self {
        Self {
            not_frozen: [],
            known: PhantomData,
            inner,
            scope,
            observe,
            record,
        }
    }
}

impl<F, S: DropScope, O, R> fmt::Debug for Wrapped<F, S, O, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped").finish_non_exhaustive()
    }
}

impl<F, S, O, R> Future for Wrapped<F, S, O, R>
where
    F: Future,
    S: PollScope<F::Output, O, R>,
{
    type Output = S::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S::Output> {
        let this = self.project();
        this.scope
            .poll(this.observe, this.record, || this.inner.poll(context))
    }
}

impl<F, S, O, R, Item> Stream for Wrapped<F, S, O, R>
where
    F: Stream,
    S: PollScope<Option<F::Item>, O, R, Output = Option<Item>>,
{
    type Item = Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.project();
        this.scope
            .poll(this.observe, this.record, || this.inner.poll_next(context))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
