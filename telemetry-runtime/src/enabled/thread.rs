//! Thread-local state: the stack of open spans, the pool of span boxes, and the producer
//! end of the ring to the writer.
//!
//! Host code never runs while the thread-local state is borrowed: values are formatted into a frame
//! that was taken out of the state first. A `Debug` implementation may therefore open spans.

mod span_data;

pub(crate) use span_data::{Polls, SpanData};

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::callsite::Callsite;
use super::capture;
use super::reentry;
use super::scope_stack::{ScopeStack, with_local};
use super::stats::{self, Cause};
use super::trace::{Launch, SpanPlace};
use super::writer::{self, Producer};
use crate::{Level, SessionId};

/// Number of span ids that a thread reserves at a time, so that threads rarely contend for the counter.
const ID_BLOCK: u64 = 1024;
/// Bytes of scratch memory that a pooled frame keeps; more is freed after the record that needed it.
const KEPT_CAPACITY: usize = 16 * 1024;
/// Number of unused span boxes that a thread keeps.
const KEPT_SPARES: usize = 64;

/// How long a fork may be delayed until the forking thread's records are written.
const HAND_OVER_TIMEOUT: Duration = Duration::from_millis(50);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local::new()) };
}

/// The state of one thread.
pub(crate) struct Local {
    /// The open spans and attached contexts. Boxed, because a future takes its span with it at the
    /// end of each poll.
    stack: ScopeStack<Box<SpanData>>,
    /// The spans that function bodies have opened in first polls that are still running: the future
    /// around the body takes its span at the end of that poll.
    opened_in_polls: Vec<(&'static Callsite, u64)>,
    #[expect(
        clippy::vec_box,
        reason = "a box moves between this pool, the stack and futures without copying its contents"
    )]
    spare: Vec<Box<SpanData>>,
    next_id: u64,
    last_id: u64,
    /// The number of a request for the span of the same function, which has not begun yet.
    expected: Option<ExpectedSpan>,
    producer: Option<Producer>,
}

/// The span of a function whose request has begun: the span takes the number of the request.
struct ExpectedSpan {
    src: &'static str,
    number: u64,
    root: bool,
}

/// Runs `work` on the state of this thread. Returns `None` where the state is destroyed or borrowed,
/// as described at [`with_local`].
#[inline]
pub(crate) fn with<R>(work: impl FnOnce(&mut Local) -> R) -> Option<R> {
    with_local(&LOCAL, work)
}

/// Like [`with`], for `work` that only sends one record: where the state of the thread is destroyed,
/// `work` runs on a temporary state.
#[inline]
pub(crate) fn with_any<R>(work: impl FnOnce(&mut Local) -> R) -> Option<R> {
    let mut work = Some(work);
    let on_own = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        Some(work.take()?(&mut local))
    });
    on_own.unwrap_or_else(|_| Some(work?(&mut Local::new())))
}

/// Returns an empty box for a span or an event.
pub(crate) fn spare() -> Box<SpanData> {
    with(Local::spare).unwrap_or_else(new_box)
}

#[cold]
fn new_box() -> Box<SpanData> {
    let _inside = reentry::enter();
    Box::default()
}

/// Counts a span as lost: the state of the thread is destroyed, or in use.
#[cold]
pub(crate) fn lost_span() {
    if LOCAL.try_with(|_| ()).is_err() {
        stats::lost(1, Cause::ThreadEnded);
    } else {
        reentry::count();
    }
}

/// Hands the records of this thread to the writer before a fork, because they would be lost if the parent ended without running
/// exit handlers, as the parent of a daemon does. Waits at most for [`HAND_OVER_TIMEOUT`].
pub(crate) fn hand_over() {
    with(|local| {
        if let Some(producer) = &local.producer {
            producer.hand_over(Instant::now() + HAND_OVER_TIMEOUT);
        }
    });
}

#[cold]
fn drop_spare(data: Box<SpanData>) {
    let _inside = reentry::enter();
    drop(data);
}

impl Local {
    const fn new() -> Self {
        Self {
            stack: ScopeStack::new(),
            opened_in_polls: Vec::new(),
            spare: Vec::new(),
            next_id: 0,
            last_id: 0,
            expected: None,
            producer: None,
        }
    }

    /// Takes an empty box for a span or an event from the pool, or allocates one.
    #[inline]
    pub(crate) fn spare(&mut self) -> Box<SpanData> {
        self.spare.pop().unwrap_or_else(new_box)
    }

    /// Returns a box to the pool.
    #[inline]
    pub(crate) fn give_back(&mut self, mut data: Box<SpanData>) {
        if self.spare.len() < KEPT_SPARES {
            data.clear(KEPT_CAPACITY);
            reentry::reserve_one(&mut self.spare);
            self.spare.push(data);
        } else {
            drop_spare(data);
        }
    }

    /// Returns a span id that is unique in the process.
    #[inline]
    pub(crate) fn next_id(&mut self) -> u64 {
        if self.next_id == self.last_id {
            self.reserve_ids();
        }
        self.next_id += 1;
        self.next_id - 1
    }

    #[cold]
    fn reserve_ids(&mut self) {
        self.next_id = NEXT_ID.fetch_add(ID_BLOCK, Ordering::Relaxed);
        self.last_id = self.next_id + ID_BLOCK;
    }

    /// Returns the number of a new span of this call site, and whether the span is that of a request.
    #[inline]
    pub(crate) fn next_id_of(&mut self, callsite: &'static Callsite, root: bool) -> (u64, bool) {
        match &self.expected {
            None => (self.next_id(), false),
            Some(_) => self.expected_id(callsite, root),
        }
    }

    #[cold]
    fn expected_id(&mut self, callsite: &'static Callsite, root: bool) -> (u64, bool) {
        let is_expected =
            |expected: &mut ExpectedSpan| expected.src == callsite.src && expected.root == root;
        match self.expected.take_if(is_expected) {
            Some(expected) => (expected.number, true),
            None => (self.next_id(), false),
        }
    }

    /// Keeps the open span with that number, because a record that is kept belongs below it.
    pub(crate) fn need(&mut self, id: u64) {
        if let Some(span) = self.open_span(id) {
            span.is_needed = true;
        }
    }

    /// Keeps the innermost open span, because a record that is kept belongs below it.
    #[inline]
    pub(crate) fn need_current(&mut self) {
        if let Some(span) = self.current_mut() {
            span.is_needed = true;
        }
    }

    /// Returns whether sampling omits an event of this call site. Counts an omitted event. Marks the span around a kept event,
    /// so that the span is kept as well.
    #[inline]
    pub(crate) fn omits_event(&mut self, callsite: &'static Callsite) -> bool {
        let sample = self.innermost().map_or(0, |span| span.sample);
        (sample != 0 || callsite.sample.is_set()) && self.samples_event(callsite, sample)
    }

    #[cold]
    fn samples_event(&mut self, callsite: &'static Callsite, of_span: u64) -> bool {
        let number = match of_span {
            0 => Launch::current().span_id(self.next_id()),
            number => number,
        };
        let is_kept = callsite.sample.get().keeps(number)
            || callsite.level == Level::Error
            || capture::is_capturing();
        if is_kept {
            self.need_current();
        } else {
            callsite.count_sampled_out();
        }
        !is_kept
    }

    /// Returns the place of a new request and the number of its parent span. If the annotated function has a span as well, `src`
    /// is the source of the function, and the request takes the place of that span, whichever of the two begins first.
    /// `root` is whether the span begins a new tree.
    pub(crate) fn place_request(
        &mut self,
        src: Option<&'static str>,
        root: bool,
    ) -> (SpanPlace, u64) {
        if let Some(src) = src
            && let Some(span) = self.current_mut()
            && !span.has_request
            && span.callsite.is_some_and(|callsite| callsite.src == src)
        {
            span.has_request = true;
            span.is_needed = true;
            return (span.place(), span.frame.parent());
        }
        let number = self.next_id();
        let parent = if root {
            SpanPlace::default()
        } else {
            self.need_current();
            self.current()
        };
        self.expected = src.map(|src| ExpectedSpan { src, number, root });
        (parent.child(number), parent.number)
    }

    /// Discards the number that is reserved for the span of a request, because the request has ended.
    pub(crate) fn discard_expected(&mut self, number: u64) {
        self.expected.take_if(|expected| expected.number == number);
    }

    /// Returns the place of the innermost open span or attached context.
    pub(crate) fn current(&self) -> SpanPlace {
        self.innermost()
            .map_or_else(SpanPlace::outside, SpanData::place)
    }

    /// Returns the innermost open span or attached context.
    #[inline]
    pub(crate) fn innermost(&self) -> Option<&SpanData> {
        self.stack.innermost().map(Box::as_ref)
    }

    /// Returns the innermost open span.
    pub(crate) fn current_mut(&mut self) -> Option<&mut SpanData> {
        self.stack.innermost_mut().map(Box::as_mut)
    }

    /// Returns the open span with that number.
    pub(crate) fn open_span(&mut self, id: u64) -> Option<&mut SpanData> {
        let found = self
            .stack
            .find_mut(|data| data.id == id && !data.is_context());
        found.map(Box::as_mut)
    }

    /// Puts an open span on the stack.
    #[inline]
    pub(crate) fn push(&mut self, data: Box<SpanData>) {
        self.stack.push(data);
    }

    /// Like [`push`](Self::push), for a span that the body of a future opens during its first poll.
    pub(crate) fn push_in_poll(&mut self, callsite: &'static Callsite, data: Box<SpanData>) {
        reentry::reserve_one(&mut self.opened_in_polls);
        self.opened_in_polls.push((callsite, data.id));
        self.push(data);
    }

    /// Returns how many spans function bodies have opened in first polls that are still running.
    pub(crate) fn opened_in_polls(&self) -> usize {
        self.opened_in_polls.len()
    }

    /// Takes the span that the body of a future has opened, if it has opened one. `above` is the
    /// value of [`opened_in_polls`](Self::opened_in_polls) at the start of the poll. The call site
    /// distinguishes two attributes on one function: their common body opens a span for each.
    pub(crate) fn take_opened(
        &mut self,
        callsite: &'static Callsite,
        above: usize,
    ) -> Option<Box<SpanData>> {
        let own = self
            .opened_in_polls
            .iter()
            .skip(above)
            .rposition(|(opener, _)| std::ptr::eq(*opener, callsite))?;
        let (_, id) = self.opened_in_polls.remove(above + own);
        self.take(id)
    }

    /// Takes an open span from the stack.
    #[inline]
    pub(crate) fn take(&mut self, id: u64) -> Option<Box<SpanData>> {
        self.stack.take(|data| data.id == id && !data.is_context())
    }

    /// Takes an attached context from the stack.
    pub(crate) fn take_context(&mut self, id: u64) -> Option<Box<SpanData>> {
        self.stack.take(|data| data.id == id && data.is_context())
    }

    /// Hands a frame to the writer, or to the capture of this thread.
    #[inline]
    pub(crate) fn send(&mut self, session: Option<SessionId>, frame: &[u8]) {
        if capture::take_frame(session, frame) {
            return;
        }
        writer::send(&mut self.producer, session, frame);
    }
}
