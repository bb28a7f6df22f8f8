//! Turns. A turn is the work for one input of the user, until the answer is complete. It may take many requests.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use super::capture;
use super::scope_stack::{ScopeStack, with_local};
use super::session;
use super::wrapper::{DropScope, PollScope, Wrapped};
use crate::{Session, SessionId};

/// A turn of a session.
#[derive(Debug)]
pub(crate) struct Turn {
    session: SessionId,
    number: u64,
    /// The turn around this one, which is of another session.
    outer: Option<Arc<Self>>,
    /// Whether a span has the number.
    has_span: AtomicBool,
}

impl Turn {
    /// Begins a turn of the current session. Returns `None` outside of any session, within a turn of this session, whose
    /// part the call is, and while requests are neither recorded nor captured.
    fn begin() -> Option<Arc<Self>> {
        if !session::is_recording() && !capture::is_capturing() {
            return None;
        }
        let session = Session::current()?;
        let outer = current();
        if number_in(outer.as_ref(), session.id()).is_some() {
            return None;
        }
        Some(Arc::new(Self {
            session: session.id(),
            number: session.begin_turn(),
            outer,
            has_span: AtomicBool::new(false),
        }))
    }
}

/// Returns the number of the innermost turn of a session among `turn` and those around it.
pub(crate) fn number_in(turn: Option<&Arc<Turn>>, session: SessionId) -> Option<u64> {
    let mut next = turn;
    while let Some(turn) = next {
        if turn.session == session {
            return Some(turn.number);
        }
        next = turn.outer.as_ref();
    }
    None
}

thread_local! {
    static ENTERED: RefCell<ScopeStack<Arc<Turn>>> = const { RefCell::new(ScopeStack::new()) };
}

/// Returns the innermost turn of this thread.
pub(crate) fn current() -> Option<Arc<Turn>> {
    with_local(&ENTERED, |entered| entered.innermost().cloned()).flatten()
}

/// Returns the number of the innermost turn for the span that is the turn; `None` if a span has the number already.
pub(crate) fn take_number_for_span() -> Option<u64> {
    with_local(&ENTERED, |entered| {
        let turn = entered.innermost()?;
        (!turn.has_span.swap(true, Ordering::Relaxed)).then_some(turn.number)
    })
    .flatten()
}

fn enter(turn: &Arc<Turn>) {
    with_local(&ENTERED, |entered| entered.push(turn.clone()));
}

fn leave(turn: &Arc<Turn>) {
    let left = with_local(&ENTERED, |entered| {
        entered.take(|own| Arc::ptr_eq(own, turn))
    });
    drop(left);
}

/// A turn that is entered on this thread until the guard is dropped.
#[must_use = "the turn ends when this is dropped"]
#[derive(Debug)]
pub struct TurnGuard {
    turn: Option<Arc<Turn>>,
    on_this_thread: PhantomData<*const ()>,
}

impl TurnGuard {
    /// Begins a turn.
    pub fn enter() -> Self {
        Self::of(Turn::begin())
    }

    /// Enters a turn that another thread or task has begun.
    pub(super) fn of(turn: Option<Arc<Turn>>) -> Self {
        if let Some(turn) = &turn {
            enter(turn);
        }
        Self {
            turn,
            on_this_thread: PhantomData,
        }
    }
}

impl Drop for TurnGuard {
    fn drop(&mut self) {
        if let Some(turn) = &self.turn {
            leave(turn);
        }
    }
}

/// The turn of a future or a stream, which is entered during each poll.
#[derive(Debug)]
pub struct TurnFuture {
    /// Whether the turn begins in the first poll.
    is_due: bool,
    turn: Option<Arc<Turn>>,
}

impl TurnFuture {
    /// Returns a turn that begins in the first poll.
    pub const fn at_first_poll() -> Self {
        Self {
            is_due: true,
            turn: None,
        }
    }

    /// Continues the turn of a guard.
    pub fn of(mut guard: TurnGuard) -> Self {
        let turn = guard.turn.take();
        if let Some(turn) = &turn {
            leave(turn);
        }
        Self::of_turn(turn)
    }

    const fn of_turn(turn: Option<Arc<Turn>>) -> Self {
        Self {
            is_due: false,
            turn,
        }
    }
}

impl TurnFuture {
    /// Returns whether the future has no turn.
    pub fn is_none(&self) -> bool {
        self.turn.is_none()
    }

    fn enter(&mut self) -> TurnGuard {
        if std::mem::take(&mut self.is_due) {
            self.turn = Turn::begin();
        }
        TurnGuard::of(self.turn.clone())
    }
}

impl DropScope for TurnFuture {
    fn enter_drop(&mut self) {
        if let Some(turn) = &self.turn {
            enter(turn);
        }
    }
}

impl Drop for TurnFuture {
    fn drop(&mut self) {
        // Entered by `enter_drop`, which every destructor of a wrapper calls first.
        if let Some(turn) = &self.turn {
            leave(turn);
        }
    }
}

impl<T> PollScope<T, (), ()> for TurnFuture {
    type Output = T;

    fn poll(&mut self, (): &(), (): &(), poll_inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let _entered = self.enter();
        poll_inner()
    }
}

/// The turn of a future that gives a stream. The turn ends with the stream.
#[derive(Debug)]
pub struct TurnUntilStream(TurnFuture);

impl DropScope for TurnUntilStream {
    fn enter_drop(&mut self) {
        self.0.enter_drop();
    }
}

impl<T, U, O> PollScope<T, O, ()> for TurnUntilStream
where
    O: Fn(TurnFuture, T) -> U,
{
    type Output = U;

    fn poll(&mut self, watch: &O, (): &(), poll_inner: impl FnOnce() -> Poll<T>) -> Poll<U> {
        let polled = {
            let _entered = self.0.enter();
            poll_inner()
        };
        let continued = || TurnFuture::of_turn(self.0.turn.clone());
        polled.map(|value| watch(continued(), value))
    }
}

/// Puts a future that gives a stream into a turn. `watch` makes the value of the wrapper of the turn and of the value
/// that the future gives.
pub fn instrument_turn_of_stream<F, U, W>(
    future: F,
    turn: TurnFuture,
    watch: W,
) -> Wrapped<F, TurnUntilStream, W>
where
    F: Future,
    W: Fn(TurnFuture, F::Output) -> U,
{
    Wrapped::new(future, TurnUntilStream(turn), watch, ())
}

/// Puts a future or a stream into a turn.
pub fn instrument_turn<F>(inner: F, turn: TurnFuture) -> Wrapped<F, TurnFuture> {
    Wrapped::new(inner, turn, (), ())
}
