//! A request that an async function makes: entered at each poll of its future.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::guard::UsageGuard;
use super::record;
use super::scope::{Entered, Scope};
use crate::Outcome;
use crate::usage::UsageSource;

/// Watches the future of a request.
pub fn instrument_usage<F>(mut guard: UsageGuard, future: F) -> impl Future<Output = F::Output>
where
    F: Future<Output: UsageSource>,
{
    UsageFuture {
        request: guard.leave().map(|scope| Request {
            scope,
            polled: false,
        }),
        future: Some(future),
    }
}

/// A request whose end is not known yet.
struct Request {
    scope: Arc<Scope>,
    polled: bool,
}

pin_project! {
    struct UsageFuture<F> {
        // `None` while usage is not recorded, and once the request has ended.
        request: Option<Request>,
        // `None` only in the destructor.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for UsageFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(request) = this.request.take() else { return };
            let _entered = Entered::new(&request.scope);
            // First what is inside, which may know more of the end than this does.
            this.future.set(None);
            if request.polled {
                record::failed(&request.scope, Outcome::Cancelled);
            }
        }
    }
}

/// Records a panic that leaves a poll.
struct PanicWatch<'a>(&'a Arc<Scope>);

impl Drop for PanicWatch<'_> {
    fn drop(&mut self) {
        record::failed(self.0, Outcome::Panic);
    }
}

impl<F: Future<Output: UsageSource>> Future for UsageFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        // Put back where the poll returns `Pending`: a panic ends the request as well.
        let Some(mut request) = this.request.take() else {
            return future.poll(cx);
        };
        request.polled = true;
        let entered = Entered::new(&request.scope);
        let watch = PanicWatch(&request.scope);
        let polled = future.poll(cx);
        std::mem::forget(watch);
        if let Poll::Ready(returned) = &polled {
            record::returned(&request.scope, returned);
        }
        drop(entered);
        if polled.is_pending() {
            *this.request = Some(request);
        }
        polled
    }
}
