//! The scopes of a session: a guard for a thread, a wrapper for a future.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{State, current};

/// A session that is current on this thread. Guards may be dropped in any order.
#[must_use = "the session is left when this is dropped"]
#[derive(Debug)]
pub struct SessionGuard {
    token: Option<u64>,
    /// Belongs to the thread that entered.
    _not_send: PhantomData<*const ()>,
}

impl SessionGuard {
    pub(super) fn enter(state: Arc<State>) -> Self {
        Self {
            token: current::enter(state),
            _not_send: PhantomData,
        }
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            current::leave(token);
        }
    }
}

pin_project! {
    /// A future in whose polls, and in whose drop, a session is current.
    pub(super) struct Scoped<F> {
        state: Arc<State>,
        // `None` only in the destructor.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = SessionGuard::enter(this.state.clone());
            this.future.set(None);
        }
    }
}

impl<F> Scoped<F> {
    pub(super) fn new(state: Arc<State>, future: F) -> Self {
        Self {
            state,
            future: Some(future),
        }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = SessionGuard::enter(this.state.clone());
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}
