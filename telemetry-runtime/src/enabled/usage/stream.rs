//! The request of a stream: from the call that starts it to the end, or the drop, of the stream.

use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use futures_core::Stream;

use super::extract::extract_parts;
use super::future::{self, RequestFuture};
use super::guard::UsageGuard;
use super::record;
use super::scope::{self, RequestScope};
use crate::Outcome;
use crate::enabled::wrapper::{DropScope, PollScope, Wrapped};
use crate::usage::{Assembly, Usage, UsageSource};

/// A request whose end is that of the stream that a function returned.
#[must_use]
pub struct UsageStream {
    /// `None` while usage is not recorded.
    scope: Option<Arc<RequestScope>>,
}

impl std::fmt::Debug for UsageStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsageStream").finish_non_exhaustive()
    }
}

impl UsageGuard {
    /// Leaves the request of a function that returned a stream. The body of the function has run and may have sent the
    /// request, so that the stream is recorded also if it is dropped before its first poll.
    pub fn into_stream(mut self) -> UsageStream {
        UsageStream {
            scope: self.leave(),
        }
    }
}

impl UsageStream {
    /// Returns whether usage is not recorded.
    pub fn is_none(&self) -> bool {
        self.scope.is_none()
    }

    /// Records the failure of a function that returned an error in place of the stream.
    pub fn fail(self) {
        if let Some(scope) = &self.scope {
            record::failed(scope, Outcome::Err);
        }
    }
}

/// The request of a future that gives a stream. The request ends with the stream.
pub struct RequestUntilStream(RequestFuture);

impl RequestUntilStream {
    pub(in crate::enabled) fn new(request: RequestFuture) -> Self {
        Self(request)
    }
}

impl DropScope for RequestUntilStream {
    fn enter_drop(&mut self) {
        self.0.enter_drop();
    }
}

impl<T, U, O, W> PollScope<T, O, W> for RequestUntilStream
where
    W: Fn(UsageStream, T) -> U,
{
    type Output = U;

    fn poll(&mut self, _: &O, watch: &W, poll_inner: impl FnOnce() -> Poll<T>) -> Poll<U> {
        let mut entered = future::EnteredRequest::new(&mut self.0);
        let polled = poll_inner();
        let scope = entered.leave();
        match polled {
            Poll::Ready(value) => {
                let scope = scope.inspect(scope::leave);
                Poll::Ready(watch(UsageStream { scope }, value))
            }
            Poll::Pending => {
                if let Some(scope) = scope {
                    self.0.suspend(scope);
                }
                Poll::Pending
            }
        }
    }
}

/// Records the usage that the items of a stream carry.
pub fn watch_stream<S>(request: UsageStream, stream: S) -> impl Stream<Item = S::Item> + use<S>
where
    S: Stream<Item: UsageSource>,
{
    let watch = request.scope.map(StreamUsage::of);
    Wrapped::new(stream, RequestStream(watch), (), ())
}

/// Which items without an error have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StreamProgress {
    Requested,
    /// Items without content have arrived.
    HadItem,
    HadContent,
}

/// The usage that the items of a stream have carried so far.
struct StreamUsage {
    scope: Arc<RequestScope>,
    progress: StreamProgress,
    /// The statements of the items of the request in progress.
    assembly: Assembly,
    /// The time at which the last item with a usage arrived.
    used_at: Option<Instant>,
    failed: bool,
}

impl StreamUsage {
    fn of(scope: Arc<RequestScope>) -> Self {
        scope.become_stream();
        Self {
            scope,
            progress: StreamProgress::Requested,
            assembly: Assembly::of_stream(),
            used_at: None,
            failed: false,
        }
    }

    /// Reads an item.
    fn item(&mut self, item: &impl UsageSource) {
        let now = Instant::now();
        let seen = extract_parts(item);
        let failed = seen.as_ref().is_some_and(|seen| seen.failed);
        let has_content = seen.as_ref().is_none_or(|seen| seen.has_content);
        let is_first = self.progress == StreamProgress::Requested && !failed;
        let is_first_token = self.progress != StreamProgress::HadContent && !failed && has_content;
        if is_first || is_first_token {
            let time = Some(now.duration_since(self.scope.began));
            self.progress = if is_first_token {
                StreamProgress::HadContent
            } else {
                StreamProgress::HadItem
            };
            self.scope.add_note(Usage {
                stream: Some(true),
                time_to_first_chunk: time.filter(|_| is_first),
                time_to_first_token: time.filter(|_| is_first_token),
                ..Usage::default()
            });
        }
        let Some(seen) = seen else {
            return;
        };
        self.failed |= failed;
        for part in seen.parts {
            let is_usage = part.is_usage;
            if let Some(before) = self.assembly.add(part) {
                record::streamed(&self.scope, Some(before), Outcome::Ok, self.used_at);
            }
            if is_usage {
                self.used_at = Some(now);
            }
        }
    }

    /// Records the request. `outcome` is that of the stream itself, without regard to its items.
    fn end(self, outcome: Outcome) {
        let has_usage = self.assembly.has_usage();
        let (outcome, at) = match outcome {
            _ if self.failed => (Outcome::Err, None),
            // Many consumers drop a stream after its last event, without waiting for its end.
            Outcome::Cancelled if has_usage => (Outcome::Ok, self.used_at),
            outcome => (outcome, None),
        };
        record::streamed(&self.scope, self.assembly.finish(), outcome, at);
    }
}

/// The request of a stream, between its polls.
struct RequestStream(
    /// `None` while usage is not recorded, and once the stream has ended.
    Option<StreamUsage>,
);

impl DropScope for RequestStream {
    fn enter_drop(&mut self) {
        if let Some(watch) = &self.0 {
            scope::enter(&watch.scope);
        }
    }
}

impl Drop for RequestStream {
    fn drop(&mut self) {
        if let Some(watch) = self.0.take() {
            let scope = watch.scope.clone();
            // After the inner stream, whose destructor may have recorded the end more exactly.
            watch.end(Outcome::Cancelled);
            scope::leave(&scope);
        }
    }
}

impl<I: UsageSource> PollScope<Option<I>, (), ()> for RequestStream {
    type Output = Option<I>;

    fn poll(
        &mut self,
        (): &(),
        (): &(),
        poll_inner: impl FnOnce() -> Poll<Option<I>>,
    ) -> Poll<Option<I>> {
        let Some(watch) = self.0.take() else {
            return poll_inner();
        };
        let scope = watch.scope.clone();
        let _entered = scope::EnteredScope::new(&scope);
        let mut running = PollingStream(Some(watch));
        let polled = poll_inner();
        let Some(mut watch) = running.0.take() else {
            return polled;
        };
        match &polled {
            Poll::Pending => self.0 = Some(watch),
            Poll::Ready(Some(item)) => {
                watch.item(item);
                self.0 = Some(watch);
            }
            Poll::Ready(None) => watch.end(Outcome::Ok),
        }
        polled
    }
}

/// The usage during a poll. The destructor finds it only if the poll panicked, and records that.
struct PollingStream(Option<StreamUsage>);

impl Drop for PollingStream {
    fn drop(&mut self) {
        if let Some(watch) = self.0.take() {
            record::streamed(&watch.scope, watch.assembly.finish(), Outcome::Panic, None);
        }
    }
}

#[cfg(test)]
mod tests;
