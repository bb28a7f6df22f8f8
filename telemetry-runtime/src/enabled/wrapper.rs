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

/// What a scope does around the destructor of the future or stream that it wraps.
pub trait DropScope {
    /// Enters the scope for the destructor of the inner future; the destructor of `self` leaves it.
    #[inline]
    fn enter_drop(&mut self) {}
}

/// A scope around the polls of a future or stream, whose polls give a `T`.
///
/// `O` is stored beside the scope and reads the value. It is separate because a scope whose type does
/// not depend on the wrapped function is proved to be `Send` only once (see [`Wrapped`]).
pub trait PollScope<T, O>: DropScope {
    /// The value of a poll of the wrapper.
    type Output;

    /// Calls `poll_inner` once, within the scope, and handles the value that it gives.
    fn poll(&mut self, observe: &O, poll_inner: impl FnOnce() -> Poll<T>) -> Poll<Self::Output>;
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

impl<T, I, O, P, Q> PollScope<T, (P, Q)> for Nested<I, O>
where
    I: PollScope<T, P>,
    O: PollScope<I::Output, Q>,
{
    type Output = O::Output;

    #[inline]
    fn poll(
        &mut self,
        (inner, outer): &(P, Q),
        poll_inner: impl FnOnce() -> Poll<T>,
    ) -> Poll<Self::Output> {
        let Self {
            inner: inner_scope,
            outer: outer_scope,
        } = self;
        outer_scope.poll(outer, || inner_scope.poll(inner, poll_inner))
    }
}

pin_project! {
    /// A future or a stream within a scope.
    ///
    /// Its size is that of the inner future, of the scope and of `observe`.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Wrapped<F, S: DropScope, O = ()> {
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
    }

    impl<F, S: DropScope, O> PinnedDrop for Wrapped<F, S, O> {
        fn drop(this: Pin<&mut Self>) {
            this.project().scope.enter_drop();
        }
    }
}

impl<F, S: DropScope, O> Wrapped<F, S, O> {
    /// Wraps a future or a stream. `observe` reads the values that the scope is interested in.
    #[inline]
    pub fn new(inner: F, scope: S, observe: O) -> Self {
        Self {
            not_frozen: [],
            known: PhantomData,
            inner,
            scope,
            observe,
        }
    }
}

impl<F, S: DropScope, O> fmt::Debug for Wrapped<F, S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped").finish_non_exhaustive()
    }
}

impl<F, S, O> Future for Wrapped<F, S, O>
where
    F: Future,
    S: PollScope<F::Output, O>,
{
    type Output = S::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S::Output> {
        let this = self.project();
        this.scope.poll(this.observe, || this.inner.poll(context))
    }
}

impl<F, S, O, Item> Stream for Wrapped<F, S, O>
where
    F: Stream,
    S: PollScope<Option<F::Item>, O, Output = Option<Item>>,
{
    type Item = Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.project();
        this.scope
            .poll(this.observe, || this.inner.poll_next(context))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
