//! The scopes of a session: a guard for a thread, and the scope of a future.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

use super::current;
use super::handle::Handle;
use crate::enabled::wrapper::{DropScope, PollScope};

/// A session that is current on this thread until the guard is dropped. Guards may be dropped in any
/// order.
#[must_use = "the session is left when this is dropped"]
#[derive(Debug)]
pub struct SessionGuard {
    /// `None` if the session was not entered, because the thread is ending.
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

/// The session of a future: current during its polls and its drop.
pub(super) struct SessionScope(pub(super) Arc<Handle>);

impl<T> PollScope<T, (), ()> for SessionScope {
    type Output = T;

    fn poll(&mut self, (): &(), (): &(), poll_inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let _entered = SessionGuard::enter(self.0.clone());
        poll_inner()
    }
}

impl DropScope for SessionScope {
    fn enter_drop(&mut self) {
        current::enter(self.0.clone());
    }
}

impl Drop for SessionScope {
    fn drop(&mut self) {
        // Entered by `enter_drop`, which every destructor of a wrapper calls first.
        current::leave_innermost(&self.0);
    }
}
