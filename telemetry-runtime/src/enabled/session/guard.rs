//! The scopes of a session: a guard for a thread, a wrapper for a future.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::current;
use super::handle::Handle;

/// A session that is current on this thread until the guard is dropped. Guards may be dropped in any
/// order.
#[must_use = "the session is left when this is dropped"]
#[derive(Debug)]
pub struct SessionGuard {
    token: Option<u64>,
    /// The guard belongs to the thread that entered the session.
    _not_send: PhantomData<*const ()>,
}

impl SessionGuard {
    pub(super) fn enter(handle: Arc<Handle>) -> Self {
        Self {
            token: current::enter(handle),
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
    /// A future with a session that is current during its polls and its drop.
    pub(super) struct Scoped<F> {
        handle: Arc<Handle>,
        // `None` only in the destructor.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = SessionGuard::enter(this.handle.clone());
            this.future.set(None);
        }
    }
}

impl<F> Scoped<F> {
    pub(super) fn new(handle: Arc<Handle>, future: F) -> Self {
        Self {
            handle,
            future: Some(future),
        }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = SessionGuard::enter(this.handle.clone());
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}
