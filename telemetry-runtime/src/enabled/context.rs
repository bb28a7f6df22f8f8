//! The current span, carried to where its children run: over a `spawn`, into another thread.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::session::{Session, SessionGuard};
use super::thread;
use super::usage::{Scope, scope};

/// The span that was current, its session and its requests, for work that goes on elsewhere: the span
/// is the parent of the spans there, usage counts for the session, and a usage without an id that is
/// told there is known for that of the request.
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
    /// 0: none.
    id: u64,
    session: Option<Session>,
    /// Those that a `#[session_usage]` began, the innermost last.
    requests: Vec<Arc<Scope>>,
}

impl SpanContext {
    /// The innermost open span of this thread and the current session, as far as there are any.
    #[must_use]
    pub fn current() -> Self {
        let id = thread::with(|local| local.current()).unwrap_or(0);
        Self {
            id,
            session: Session::current(),
            requests: scope::entered(),
        }
    }

    /// Makes it current on this thread until the guard is dropped.
    pub fn attach(&self) -> ContextGuard {
        let pushed = thread::with(|local| {
            let mut data = local.spare();
            data.id = self.id;
            local.push(data);
        });
        ContextGuard {
            id: pushed.map(|()| self.id),
            _session: self.session.as_ref().map(Session::enter),
            requests: self
                .requests
                .iter()
                .inspect(|own| scope::enter(own))
                .cloned()
                .collect(),
            on_this_thread: PhantomData,
        }
    }

    /// Makes it current during every poll of the future.
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        InContext {
            future,
            context: self.clone(),
        }
    }
}

/// Keeps a [`SpanContext`] current.
#[must_use = "the context is left when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard {
    id: Option<u64>,
    _session: Option<SessionGuard>,
    requests: Vec<Arc<Scope>>,
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

pin_project! {
    struct InContext<F> {
        #[pin]
        future: F,
        context: SpanContext,
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _attached = this.context.attach();
        this.future.poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::SpanContext;
    use crate::Session;

    #[test]
    fn the_session_goes_along_into_another_thread() {
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
