//! The span of a future, which is open on the polling thread during each poll and only then.

use std::task::Poll;

use futures_core::Stream;

use super::callsite::Callsite;
use super::clock;
use super::fields::Fields;
use super::span::SpanEnd;
use super::thread::{self, SpanData};
use super::trace::SpanPlace;
use super::wrapper::{DropScope, PollScope, Wrapped};
use crate::Outcome;

impl DropScope for SpanFuture {}

impl<T, O, R> PollScope<T, O, R> for SpanFuture
where
    O: Fn(&mut SpanEnd<'_>, &T),
{
    type Output = T;

    #[inline]
    fn poll(&mut self, observe: &O, _: &R, poll_inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let poll = self.poll_within(poll_inner);
        if let Poll::Ready(returned) = &poll
            && let Some(mut data) = self.end()
        {
            observe(&mut SpanEnd(&mut data), returned);
            data.close();
        }
        poll
    }
}

/// The span of a future, open or to be opened in the first poll.
#[derive(Debug)]
pub struct SpanFuture(SpanState);

#[derive(Debug)]
enum SpanState {
    /// The span is disabled or closed, or it is on the thread's stack during a poll.
    None,
    /// The first poll opens the span before it polls the future.
    AtFirstPoll(&'static Callsite),
    /// The body opens the span in the first poll, after it has recorded the fields.
    InBody(&'static Callsite),
    Open(Box<SpanData>),
}

/// The state of the span at the start of a poll.
enum Begun {
    /// The future is polled without a span.
    Off,
    Open,
    /// The body opens the span.
    Body(&'static Callsite),
}

#[cold]
fn open(callsite: &'static Callsite) -> SpanState {
    Fields::begin(callsite)
        .open()
        .map_or(SpanState::None, SpanState::Open)
}

impl SpanFuture {
    /// Opens a span without fields now, if the call site is enabled.
    #[inline]
    pub fn new(callsite: &'static Callsite) -> Self {
        if callsite.is_enabled() {
            Self::with_fields(Fields::begin(callsite))
        } else {
            Self::none()
        }
    }

    /// Opens a span with fields now. Its parent is the current span of this thread.
    pub fn with_fields(fields: Fields) -> Self {
        Self(fields.open().map_or(SpanState::None, SpanState::Open))
    }

    /// Returns the scope of a future without a span.
    #[inline]
    pub fn none() -> Self {
        Self(SpanState::None)
    }

    /// Returns a span without fields that the first poll opens.
    #[inline]
    pub fn at_first_poll(callsite: &'static Callsite) -> Self {
        Self(SpanState::AtFirstPoll(callsite))
    }

    /// Returns a span that the body opens in its first poll, by [`Fields::enter_in_poll`].
    #[inline]
    pub fn in_body(callsite: &'static Callsite) -> Self {
        Self(SpanState::InBody(callsite))
    }

    /// Returns whether nothing is recorded.
    pub fn is_none(&self) -> bool {
        matches!(self.0, SpanState::None)
    }

    /// Returns the place of an open span for the request of its function, and the number of its parent. A span has one request.
    pub(super) fn take_request(&mut self) -> Option<(SpanPlace, u64)> {
        match &mut self.0 {
            SpanState::Open(data) if !data.has_request => {
                data.has_request = true;
                data.is_needed = true;
                Some((data.place(), data.frame.parent()))
            }
            _ => None,
        }
    }

    /// Enters the span for the call that returns a stream. The call counts as a poll.
    pub fn enter(&mut self) -> Option<EnteredSpan<'_>> {
        EnteredSpan::new(self)
    }

    /// Ends the span of a function that returned an error in place of a stream. `observe` records the error.
    pub fn fail(mut self, observe: impl FnOnce(&mut SpanEnd<'_>)) {
        if let Some(mut data) = self.end() {
            data.outcome = Outcome::Err;
            observe(&mut SpanEnd(&mut data));
            data.close();
        }
    }

    /// Prepares a poll: opens the span if that is due.
    #[inline]
    fn begin(&mut self) -> Begun {
        match self.0 {
            SpanState::None => Begun::Off,
            SpanState::Open(_) => Begun::Open,
            SpanState::AtFirstPoll(callsite) => {
                if !callsite.is_enabled() {
                    self.0 = SpanState::None;
                    return Begun::Off;
                }
                self.0 = open(callsite);
                Begun::Open
            }
            SpanState::InBody(callsite) => Begun::Body(callsite),
        }
    }

    /// Polls within the span.
    #[inline]
    fn poll_within<T>(&mut self, poll_inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        match self.begin() {
            Begun::Off => poll_inner(),
            Begun::Open => {
                let _entered = EnteredSpan::new(self);
                poll_inner()
            }
            Begun::Body(callsite) => {
                let _first = FirstPoll::new(self, callsite);
                poll_inner()
            }
        }
    }

    /// Takes the span of a future that has finished, and its end time.
    fn end(&mut self) -> Option<Box<SpanData>> {
        let SpanState::Open(mut data) = std::mem::replace(&mut self.0, SpanState::None) else {
            return None;
        };
        data.end = clock::now();
        Some(data)
    }
}

impl Drop for SpanFuture {
    fn drop(&mut self) {
        // A span that is still open is that of a cancelled future.
        if let SpanState::Open(mut data) = std::mem::replace(&mut self.0, SpanState::None) {
            // A poll that panicked has set the outcome; the future is dropped later.
            if data.outcome != Outcome::Panic {
                data.outcome = Outcome::Cancelled;
            }
            data.close();
        }
    }
}

/// Keeps the span on the thread's stack during a poll. The destructor puts it back into the future, also
/// if the poll panics.
#[derive(Debug)]
pub struct EnteredSpan<'a> {
    span: &'a mut SpanFuture,
    id: u64,
    since: clock::Ticks,
}

impl<'a> EnteredSpan<'a> {
    /// Moves the span to the thread's stack. Returns `None` if the thread's state is gone.
    fn new(span: &'a mut SpanFuture) -> Option<Self> {
        let SpanState::Open(data) = std::mem::replace(&mut span.0, SpanState::None) else {
            return None;
        };
        let id = data.id;
        if let Some(emitted) = &data.emitted {
            emitted.enter();
        }
        // The state of a thread that ends may be destroyed. The span is lost then, and counted as lost.
        if thread::with(|local| local.push(data)).is_none() {
            thread::lost_span();
            return None;
        }
        let since = clock::now();
        Some(Self { span, id, since })
    }
}

impl Drop for EnteredSpan<'_> {
    fn drop(&mut self) {
        let now = clock::now();
        if let Some(data) = thread::with(|local| local.take(self.id)).flatten() {
            leave(self.span, data, self.since, now);
        }
    }
}

/// The first poll of a future whose body opens the span. The destructor moves the span into the future.
struct FirstPoll<'a> {
    span: &'a mut SpanFuture,
    callsite: &'static Callsite,
    /// The number of spans that bodies had opened on this thread before this poll, and whose first polls
    /// are still running.
    opened: usize,
}

impl<'a> FirstPoll<'a> {
    fn new(span: &'a mut SpanFuture, callsite: &'static Callsite) -> Self {
        span.0 = SpanState::None;
        let opened = thread::with(|local| local.opened_in_polls()).unwrap_or(0);
        Self {
            span,
            callsite,
            opened,
        }
    }
}

impl Drop for FirstPoll<'_> {
    fn drop(&mut self) {
        let now = clock::now();
        let taken = thread::with(|local| local.take_opened(self.callsite, self.opened));
        if let Some(data) = taken.flatten() {
            let since = data.frame.start();
            leave(self.span, data, since, now);
        }
    }
}

/// Puts a span back into its future at the end of a poll.
#[inline]
fn leave(span: &mut SpanFuture, mut data: Box<SpanData>, since: clock::Ticks, now: clock::Ticks) {
    if let Some(emitted) = &data.emitted {
        emitted.exit();
    }
    let polls = data.polls.get_or_insert_default();
    polls.count += 1;
    polls.busy += clock::between(since, now);
    if data.is_panicking() {
        data.outcome = Outcome::Panic;
    }
    span.0 = SpanState::Open(data);
}

/// The span of a future that gives a stream. The span ends with the stream.
#[derive(Debug)]
pub struct SpanUntilStream(SpanFuture);

impl SpanUntilStream {
    pub(in crate::enabled) const fn new(span: SpanFuture) -> Self {
        Self(span)
    }
}

impl DropScope for SpanUntilStream {}

impl<T, U, O> PollScope<T, O, ()> for SpanUntilStream
where
    O: Fn(SpanFuture, T) -> U,
{
    type Output = U;

    fn poll(&mut self, watch: &O, (): &(), poll_inner: impl FnOnce() -> Poll<T>) -> Poll<U> {
        let poll = self.0.poll_within(poll_inner);
        poll.map(|value| watch(std::mem::replace(&mut self.0, SpanFuture::none()), value))
    }
}

/// The span of a stream, between its polls.
#[derive(Debug)]
struct SpanStream(SpanFuture);

impl DropScope for SpanStream {}

impl<I> PollScope<Option<I>, ObserveItem<I>, ()> for SpanStream {
    type Output = Option<I>;

    fn poll(
        &mut self,
        observe: &ObserveItem<I>,
        (): &(),
        poll_inner: impl FnOnce() -> Poll<Option<I>>,
    ) -> Poll<Option<I>> {
        let poll = self.0.poll_within(poll_inner);
        match &poll {
            Poll::Pending => {}
            // The first error of an item stays the outcome of the stream.
            Poll::Ready(Some(item)) => {
                if let SpanState::Open(data) = &mut self.0.0
                    && data.outcome != Outcome::Err
                {
                    observe(&mut SpanEnd(data), item);
                }
            }
            Poll::Ready(None) => {
                if let Some(data) = self.0.end() {
                    data.close();
                }
            }
        }
        poll
    }
}

/// Reads an item of a stream. A pointer: the type of a closure would contain all generics of the annotated function.
pub(super) type ObserveItem<I> = fn(&mut SpanEnd<'_>, &I);

/// The closure that reads the items of a stream.
#[doc(hidden)]
#[macro_export]
macro_rules! __item_observer {
    ($observe:expr) => {
        $observe
    };
}
pub use crate::__item_observer as item_observer;

/// Puts a stream into a span, which ends with the stream.
pub fn observe_stream<S: Stream>(
    span: SpanFuture,
    stream: S,
    observe: ObserveItem<S::Item>,
) -> impl Stream<Item = S::Item> + use<S> {
    Wrapped::new(stream, SpanStream(span), observe, ())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::mpsc::{Sender, channel};
    use std::task::{Context, Waker};

    use super::*;
    use crate::Level;
    use crate::enabled::instrument::instrument_span;

    static CALLSITE: Callsite = Callsite::span("at.end", Level::Info, "src:1");

    fn poll_one() -> Poll<u8> {
        let body = async {
            if CALLSITE.is_enabled() {
                Fields::begin(&CALLSITE).enter_in_poll();
            }
            7
        };
        let future = pin!(instrument_span(
            body,
            SpanFuture::in_body(&CALLSITE),
            |_, _| ()
        ));
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    struct PollsInDestructor(Sender<bool>);

    impl Drop for PollsInDestructor {
        fn drop(&mut self) {
            let polled = catch_unwind(AssertUnwindSafe(poll_one));
            let _ = self.0.send(polled.is_ok_and(|poll| poll == Poll::Ready(7)));
        }
    }

    thread_local! {
        static AT_END: RefCell<Option<PollsInDestructor>> = const { RefCell::new(None) };
    }

    /// A thread-local of the host may be destroyed after the one of this crate.
    #[test]
    fn a_future_is_polled_in_the_destructor_of_a_thread_local() {
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            AT_END.set(Some(PollsInDestructor(sender)));
            assert_eq!(poll_one(), Poll::Ready(7));
        });
        assert_eq!(receiver.recv(), Ok(true));
        thread.join().unwrap();
    }
}
