//! A request whose answer is streamed: from the call that starts it to the end, or the drop, of the
//! stream.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::extract::{Extracted, extract};
use super::future;
use super::guard::UsageGuard;
use super::record;
use super::scope::{self, Entered, Scope};
use crate::Outcome;
use crate::usage::{Usage, UsageSource};

/// A request that was made, and is entered again at each poll of its stream.
#[must_use]
pub struct UsageStream {
    /// `None` while usage is not recorded.
    scope: Option<Arc<Scope>>,
    /// Something of the host's ran under it: given up now, it is a request all the same.
    begun: bool,
}

impl std::fmt::Debug for UsageStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsageStream").finish_non_exhaustive()
    }
}

impl UsageGuard {
    /// The function returned a stream, which does nothing before it is polled.
    pub fn into_stream(mut self) -> UsageStream {
        UsageStream {
            scope: self.leave(),
            begun: false,
        }
    }
}

impl UsageStream {
    /// Whether usage is not recorded.
    pub fn is_none(&self) -> bool {
        self.scope.is_none()
    }

    /// There is no stream, but an error.
    pub fn fail(self) {
        if let Some(scope) = &self.scope {
            record::failed(scope, Outcome::Err);
        }
    }
}

/// Watches a future that gives a stream; hands its request out with what it gives.
pub fn instrument_until_stream<F: Future>(
    mut guard: UsageGuard,
    future: F,
) -> impl Future<Output = (UsageStream, F::Output)> {
    UntilStream {
        request: guard.leave().map(|scope| UsageStream {
            scope: Some(scope),
            begun: false,
        }),
        in_body: false,
        future: Some(future),
    }
}

/// Watches a future that gives a stream, and whose body says in its first poll what its request is,
/// by [`UsageRequest::enter_in_poll`](super::UsageRequest::enter_in_poll).
pub fn instrument_until_stream_async<F: Future>(
    future: F,
) -> impl Future<Output = (UsageStream, F::Output)> {
    UntilStream {
        request: None,
        in_body: true,
        future: Some(future),
    }
}

pin_project! {
    struct UntilStream<F> {
        // `None` while usage is not recorded, and once the future has ended.
        request: Option<UsageStream>,
        // Not polled, so the body did not say what its request is.
        in_body: bool,
        // `None` only in the destructor.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for UntilStream<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(UsageStream { scope: Some(scope), begun }) = this.request.take() else { return };
            let _entered = Entered::new(&scope);
            this.future.set(None);
            if begun {
                record::failed(&scope, Outcome::Cancelled);
            }
        }
    }
}

impl<F: Future> Future for UntilStream<F> {
    type Output = (UsageStream, F::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        if std::mem::take(this.in_body) {
            let mut entered = future::Entered::in_body();
            let polled = future.poll(cx);
            let scope = entered.leave().inspect(scope::leave);
            let request = UsageStream { scope, begun: true };
            return match polled {
                Poll::Ready(returned) => Poll::Ready((request, returned)),
                Poll::Pending => {
                    *this.request = Some(request);
                    Poll::Pending
                }
            };
        }
        let Some(UsageStream {
            scope: Some(scope), ..
        }) = this.request.take()
        else {
            let nothing = UsageStream {
                scope: None,
                begun: false,
            };
            return Poll::Ready((nothing, ready!(future.poll(cx))));
        };
        let running = Running(Some(Watch::of(scope)));
        let polled = running.entered(|| future.poll(cx));
        let scope = running.go_on().map(|watch| watch.scope);
        let request = UsageStream { scope, begun: true };
        match polled {
            Poll::Ready(returned) => Poll::Ready((request, returned)),
            Poll::Pending => {
                *this.request = Some(request);
                Poll::Pending
            }
        }
    }
}

/// Watches the items of a stream.
pub fn instrument_stream<S>(request: UsageStream, stream: S) -> impl Stream<Item = S::Item> + use<S>
where
    S: Stream<Item: UsageSource>,
{
    let begun = request.begun;
    WatchedStream {
        watch: request.scope.map(|scope| Watch {
            begun,
            ..Watch::of(scope)
        }),
        stream: Some(stream),
    }
}

/// What was seen of a stream so far.
struct Watch {
    scope: Arc<Scope>,
    begun: bool,
    /// An item that was no error came.
    had_item: bool,
    /// What the last item with a usage said, and when it came.
    usage: Option<(Usage, Instant)>,
    failed: bool,
}

impl Watch {
    fn of(scope: Arc<Scope>) -> Self {
        Self {
            scope,
            begun: false,
            had_item: false,
            usage: None,
            failed: false,
        }
    }

    /// An item came.
    fn item(&mut self, item: &impl UsageSource) {
        let now = Instant::now();
        let seen = extract(item);
        let failed = seen.as_ref().is_some_and(|seen| seen.failed);
        if !self.had_item && !failed {
            self.had_item = true;
            self.scope.add_note(Usage {
                stream: Some(true),
                time_to_first_token: Some(now.duration_since(self.scope.began)),
                ..Usage::default()
            });
        }
        let Some(Extracted {
            usages, partial, ..
        }) = seen
        else {
            return;
        };
        self.failed |= failed;
        if let Some(partial) = partial {
            self.scope.add_note(partial);
        }
        for usage in usages {
            // Of several events with one id the last one has the final counts.
            let usage = match self.usage.take() {
                Some((before, at)) if before.is_of_another(&usage) => {
                    record::streamed(&self.scope, Some(before), Outcome::Ok, Some(at));
                    usage
                }
                Some((before, _)) => usage.or(before),
                None => usage,
            };
            self.usage = Some((usage, now));
        }
    }

    /// The stream ended as this outcome says, or was given up.
    fn end(self, outcome: Outcome) {
        let (usage, at) = self.usage.unzip();
        let (outcome, at) = match outcome {
            _ if self.failed => (Outcome::Err, None),
            // Many consumers leave as soon as they have what ends an answer.
            Outcome::Cancelled if usage.is_some() => (Outcome::Ok, at),
            Outcome::Cancelled if !self.begun => return,
            outcome => (outcome, None),
        };
        record::streamed(&self.scope, usage, outcome, at);
    }
}

/// A poll of the host's own code: a panic that leaves it ends the request.
struct Running(Option<Watch>);

impl Running {
    fn entered<R>(&self, poll: impl FnOnce() -> R) -> R {
        let _entered = self.0.as_ref().map(|watch| Entered::new(&watch.scope));
        poll()
    }

    fn go_on(mut self) -> Option<Watch> {
        self.0.take()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(watch) = self.0.take() {
            let scope = watch.scope.clone();
            let _entered = Entered::new(&scope);
            record::streamed(
                &scope,
                watch.usage.map(|(usage, _)| usage),
                Outcome::Panic,
                None,
            );
        }
    }
}

pin_project! {
    struct WatchedStream<S> {
        // `None` while usage is not recorded, and once the stream has ended.
        watch: Option<Watch>,
        // `None` only in the destructor.
        #[pin]
        stream: Option<S>,
    }

    impl<S> PinnedDrop for WatchedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(watch) = this.watch.take() else { return };
            let scope = watch.scope.clone();
            let _entered = Entered::new(&scope);
            // First what is inside, which may know more of the end than this does.
            this.stream.set(None);
            watch.end(Outcome::Cancelled);
        }
    }
}

impl<S: Stream<Item: UsageSource>> Stream for WatchedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(mut watch) = this.watch.take() else {
            return stream.poll_next(cx);
        };
        watch.begun = true;
        let scope = watch.scope.clone();
        let running = Running(Some(watch));
        let polled = running.entered(|| stream.poll_next(cx));
        let Some(mut watch) = running.go_on() else {
            return polled;
        };
        let _entered = Entered::new(&scope);
        match &polled {
            Poll::Pending => *this.watch = Some(watch),
            Poll::Ready(Some(item)) => {
                watch.item(item);
                *this.watch = Some(watch);
            }
            Poll::Ready(None) => watch.end(Outcome::Ok),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), S::size_hint)
    }
}

#[cfg(test)]
mod tests;
