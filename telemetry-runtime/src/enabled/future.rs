//! A span that a future carries: open on the polling thread during each poll, and only then.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::AtomicU8;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::callsite::Callsite;
use super::clock;
use super::span::{SpanData, SpanEnd, SpanFields};
use super::thread;
use crate::Outcome;

/// The first thing in a future that is wrapped. Of one that changes behind a shared reference rustc need
/// not know what is in it: it does not go down a chain of them, to its recursion limit. It takes no room.
pub(super) type NotFrozen = [AtomicU8; 0];

/// A span around the polls of a future, or none. `observe` is told the value that it gives.
pub trait Around<O, R> {
    /// Polls what is inside.
    fn poll(&mut self, observe: &O, inside: impl FnOnce() -> Poll<R>) -> Poll<R>;
}

impl<O, R> Around<O, R> for () {
    #[inline]
    fn poll(&mut self, _: &O, inside: impl FnOnce() -> Poll<R>) -> Poll<R> {
        inside()
    }
}

impl<O, R> Around<O, R> for SpanFuture
where
    O: Fn(&mut SpanEnd<'_>, &R),
{
    #[inline]
    fn poll(&mut self, observe: &O, inside: impl FnOnce() -> Poll<R>) -> Poll<R> {
        let poll = match self.begin() {
            Begun::Off => return inside(),
            Begun::Open => {
                let _entered = Entered::new(self);
                inside()
            }
            Begun::Body(callsite) => {
                let _first = FirstPoll::new(self, callsite);
                inside()
            }
        };
        if let Poll::Ready(returned) = &poll
            && let Some(mut data) = self.end()
        {
            observe(&mut SpanEnd::lent(&mut data), returned);
            data.close();
        }
        poll
    }
}

pin_project! {
    /// A future under a span.
    ///
    /// Adds two words to the future's size.
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F, O> {
        not_frozen: NotFrozen,
        // What rustc looks at first when it asks whether this is `Send`: it does not ask again below
        // many others, where it would run into its recursion limit.
        known: PhantomData<SpanFuture>,
        #[pin]
        future: F,
        // Dropped after the future: what the future drops is still inside the span's time.
        span: SpanFuture,
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
        not_frozen: [],
        known: PhantomData,
        future,
        span,
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
        this.span.poll(this.observe, || this.future.poll(context))
    }
}

/// A span that a future carries, or will.
#[derive(Debug)]
pub struct SpanFuture(State);

#[derive(Debug)]
enum State {
    /// Off, or ended; or lent to the thread during a poll.
    None,
    /// Opened before the first poll.
    AtFirstPoll(&'static Callsite),
    /// Opened by the body in its first poll, after it recorded its fields.
    InBody(&'static Callsite),
    Open(Box<SpanData>),
}

/// What a poll begins with.
enum Begun {
    /// A poll of the future alone.
    Off,
    Open,
    Body(&'static Callsite),
}

#[cold]
fn open(callsite: &'static Callsite) -> State {
    SpanFields::begin(callsite)
        .open()
        .map_or(State::None, State::Open)
}

impl SpanFuture {
    /// A span without fields that begins now.
    #[inline]
    pub fn new(callsite: &'static Callsite) -> Self {
        if callsite.is_enabled() {
            SpanFields::begin(callsite).future()
        } else {
            Self::none()
        }
    }

    /// No span.
    #[inline]
    pub fn none() -> Self {
        Self(State::None)
    }

    /// A span without fields that begins at the first poll.
    #[inline]
    pub fn at_first_poll(callsite: &'static Callsite) -> Self {
        Self(State::AtFirstPoll(callsite))
    }

    /// A span that the future itself begins in its first poll, by [`SpanFields::enter_in_poll`].
    #[inline]
    pub fn in_body(callsite: &'static Callsite) -> Self {
        Self(State::InBody(callsite))
    }

    pub(crate) fn open(data: Box<SpanData>) -> Self {
        Self(State::Open(data))
    }

    /// What a poll begins with.
    #[inline]
    fn begin(&mut self) -> Begun {
        match self.0 {
            State::None => Begun::Off,
            State::Open(_) => Begun::Open,
            State::AtFirstPoll(callsite) => {
                if !callsite.is_enabled() {
                    self.0 = State::None;
                    return Begun::Off;
                }
                self.0 = open(callsite);
                Begun::Open
            }
            State::InBody(callsite) => Begun::Body(callsite),
        }
    }

    /// The span of a future that has finished.
    fn end(&mut self) -> Option<Box<SpanData>> {
        let State::Open(mut data) = std::mem::replace(&mut self.0, State::None) else {
            return None;
        };
        data.end = clock::now();
        Some(data)
    }
}

impl Drop for SpanFuture {
    fn drop(&mut self) {
        // One that is open was cancelled.
        if let State::Open(mut data) = std::mem::replace(&mut self.0, State::None) {
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
    place: &'a mut SpanFuture,
    id: u64,
    since: clock::Ticks,
}

impl<'a> Entered<'a> {
    /// `None` where there is no span any more.
    fn new(place: &'a mut SpanFuture) -> Option<Self> {
        let State::Open(data) = std::mem::replace(&mut place.0, State::None) else {
            return None;
        };
        let id = data.id;
        // Where the thread has no state any more, the span is lost with its box, and its record
        // with it: the thread is ending.
        if thread::with(|local| local.push(data)).is_none() {
            thread::lost_span();
            return None;
        }
        let since = clock::now();
        Some(Self { place, id, since })
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let now = clock::now();
        if let Some(data) = thread::with(|local| local.take(self.id)).flatten() {
            leave(self.place, data, self.since, now);
        }
    }
}

/// The first poll of a future whose body begins the span.
struct FirstPoll<'a> {
    place: &'a mut SpanFuture,
    callsite: &'static Callsite,
    /// How many spans bodies around this one have opened in polls that go on.
    opened: usize,
}

impl<'a> FirstPoll<'a> {
    fn new(place: &'a mut SpanFuture, callsite: &'static Callsite) -> Self {
        place.0 = State::None;
        let opened = thread::with(|local| local.opened_in_polls()).unwrap_or(0);
        Self {
            place,
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
            leave(self.place, data, since, now);
        }
    }
}

/// Puts a span back at the end of a poll.
#[inline]
fn leave(place: &mut SpanFuture, mut data: Box<SpanData>, since: clock::Ticks, now: clock::Ticks) {
    let polls = data.polls.get_or_insert_default();
    polls.count += 1;
    polls.busy += clock::between(since, now);
    if data.is_panicking() {
        data.outcome = Outcome::Panic;
    }
    place.0 = State::Open(data);
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::mpsc::{Sender, channel};
    use std::task::Waker;

    use super::*;
    use crate::Level;

    static CALLSITE: Callsite = Callsite::span("at.end", Level::Info, "src:1");

    fn poll_one() -> Poll<u8> {
        let body = async {
            if CALLSITE.is_enabled() {
                CALLSITE.begin_span().enter_in_poll();
            }
            7
        };
        let future = pin!(instrument(SpanFuture::in_body(&CALLSITE), body, |_, _| ()));
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    struct PollsAtItsEnd(Sender<bool>);

    impl Drop for PollsAtItsEnd {
        fn drop(&mut self) {
            let polled = catch_unwind(AssertUnwindSafe(poll_one));
            let _ = self.0.send(polled.is_ok_and(|poll| poll == Poll::Ready(7)));
        }
    }

    thread_local! {
        static AT_END: RefCell<Option<PollsAtItsEnd>> = const { RefCell::new(None) };
    }

    /// What a thread keeps for the host may go after what it keeps for telemetry.
    #[test]
    fn a_future_is_polled_while_its_thread_ends() {
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            AT_END.set(Some(PollsAtItsEnd(sender)));
            assert_eq!(poll_one(), Poll::Ready(7));
        });
        assert_eq!(receiver.recv(), Ok(true));
        thread.join().unwrap();
    }
}
