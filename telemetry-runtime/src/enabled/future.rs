//! A span that a future carries: open on the polling thread during each poll, and only then.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::clock;
use super::span::{SpanData, SpanEnd, SpanFuture};
use super::thread;
use crate::Outcome;

pin_project! {
    /// A future under a span; its record is written when it finishes or is dropped.
    ///
    /// Adds one pointer to the future's size.
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F, O> {
        #[pin]
        future: F,
        // Dropped after the future: what the future drops is still inside the span's time.
        span: Span,
        observe: O,
    }
}

/// Puts a future under a span. `observe` is told the value that it returns.
pub fn instrument<F, O>(span: SpanFuture, future: F, observe: O) -> Instrumented<F, O>
where
    F: Future,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    Instrumented {
        future,
        span: Span(span.0),
        observe,
    }
}

impl<F, O> Future for Instrumented<F, O>
where
    F: Future,
    O: Fn(&mut SpanEnd<'_>, &F::Output),
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(data) = this.span.0.take() else {
            return this.future.poll(context);
        };
        let entered = Entered::new(data, &mut this.span.0);
        let poll = this.future.poll(context);
        drop(entered);
        if let Poll::Ready(returned) = &poll
            && let Some(mut data) = this.span.0.take()
        {
            data.end = clock::now();
            (this.observe)(&mut SpanEnd::lent(&mut data), returned);
            data.close();
        }
        poll
    }
}

/// The span between polls; dropped with its future it was cancelled.
struct Span(Option<Box<SpanData>>);

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(mut data) = self.0.take() {
            // A poll that panicked has said so, and who caught that drops the future later.
            if data.outcome != Outcome::Panic {
                data.outcome = Outcome::Cancelled;
            }
            data.close();
        }
    }
}

/// The span during a poll: on the thread's stack, until this is dropped, which puts it back into
/// its future, also when the poll panics.
struct Entered<'a> {
    id: u64,
    since: clock::Ticks,
    place: &'a mut Option<Box<SpanData>>,
}

impl<'a> Entered<'a> {
    fn new(data: Box<SpanData>, place: &'a mut Option<Box<SpanData>>) -> Self {
        let id = data.id;
        // Where the thread has no state any more, the span is lost with its box, and its record
        // with it: the thread is ending.
        thread::with(|local| local.push(data));
        Self {
            id,
            since: clock::now(),
            place,
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let Some(mut data) = thread::with(|local| local.take(self.id)).flatten() else {
            return;
        };
        let polls = data.polls.get_or_insert_default();
        polls.count += 1;
        polls.busy += clock::between(self.since, clock::now());
        if data.is_panicking() {
            data.outcome = Outcome::Panic;
        }
        *self.place = Some(data);
    }
}
