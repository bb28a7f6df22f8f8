//! The current span, carried to where its children run: over a `spawn`, into another thread.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::span::SpanData;
use super::thread;

/// The span that was current, to be the parent of spans elsewhere.
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
#[derive(Clone, Copy, Debug)]
pub struct SpanContext {
    /// 0: none.
    id: u64,
}

impl SpanContext {
    /// The innermost open span of this thread, if there is one.
    #[must_use]
    pub fn current() -> Self {
        let id = thread::with(|local| local.current()).unwrap_or(0);
        Self { id }
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
            on_this_thread: PhantomData,
        }
    }

    /// Makes it current during every poll of the future.
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        InContext {
            future,
            context: *self,
        }
    }
}

/// Keeps a [`SpanContext`] current.
#[must_use = "the context is left when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard {
    id: Option<u64>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
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

impl SpanData {
    /// Whether this stands on the stack only to be a parent.
    pub(crate) fn is_context(&self) -> bool {
        self.callsite.is_none()
    }
}
