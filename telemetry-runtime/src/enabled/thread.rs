//! What a thread keeps: its open spans, their frames to use again, and its end of the ring to the
//! writer.
//!
//! No code of the host runs while a thread's state is borrowed: values are formatted into a
//! frame that was taken out first. So a `Debug` that opens spans of its own is just nested.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::callsite::Callsite;
use super::frame::Frame;
use super::span::SpanData;
use super::stats::{self, Cause};
use super::writer::{self, Producer};
use crate::SessionId;

/// How many span ids a thread takes at a time, so that threads rarely meet at the counter.
const ID_BLOCK: u64 = 1024;
/// Scratch memory above this is given back after the record that needed it.
const KEPT_CAPACITY: usize = 16 * 1024;
/// Spare span boxes that a thread keeps.
const KEPT_SPARES: usize = 64;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local::new()) };
}

pub(crate) struct Local {
    /// The open spans and attached contexts, outermost first. Boxed, because a future takes its
    /// own away with it at the end of each poll.
    #[allow(clippy::vec_box)]
    stack: Vec<Box<SpanData>>,
    /// The spans that bodies have opened in first polls that go on: the future around the body takes
    /// its own at the end of that poll.
    opened_in_polls: Vec<(&'static Callsite, u64)>,
    #[allow(clippy::vec_box)]
    spare: Vec<Box<SpanData>>,
    spare_frames: Vec<Frame>,
    next_id: u64,
    last_id: u64,
    producer: Option<Producer>,
}

/// Runs `work` on this thread's state. `None` where there is none any more, because the thread is
/// ending, or where it is borrowed, which only a signal handler could bring about.
#[inline]
pub(crate) fn with<R>(work: impl FnOnce(&mut Local) -> R) -> Option<R> {
    let borrowed = |local: &RefCell<Local>| match local.try_borrow_mut() {
        Ok(mut local) => Some(work(&mut local)),
        Err(_) => None,
    };
    LOCAL.try_with(borrowed).unwrap_or(None)
}

/// The same for one record, which needs nothing but to be sent: where the thread's state is gone, on
/// one for this record alone.
#[inline]
pub(crate) fn with_any<R>(work: impl FnOnce(&mut Local) -> R) -> Option<R> {
    let mut work = Some(work);
    let on_own = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        Some(work.take()?(&mut local))
    });
    on_own.unwrap_or_else(|_| Some(work?(&mut Local::new())))
}

/// Counts a span that has nowhere to be, because the thread's state is gone.
#[cold]
pub(crate) fn lost_span() {
    if LOCAL.try_with(|_| ()).is_err() {
        stats::lost(1, Cause::ThreadEnded);
    }
}

#[cold]
fn drop_spare(data: Box<SpanData>) {
    drop(data);
}

impl Local {
    const fn new() -> Self {
        Self {
            stack: Vec::new(),
            opened_in_polls: Vec::new(),
            spare: Vec::new(),
            spare_frames: Vec::new(),
            next_id: 0,
            last_id: 0,
            producer: None,
        }
    }

    /// An empty span box, used before if possible.
    #[inline]
    #[allow(clippy::unnecessary_box_returns)] // Boxes are what is used again.
    pub(crate) fn spare(&mut self) -> Box<SpanData> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a span box back for the next span.
    #[inline]
    pub(crate) fn give_back(&mut self, mut data: Box<SpanData>) {
        if self.spare.len() < KEPT_SPARES {
            data.clear(KEPT_CAPACITY);
            self.spare.push(data);
        } else {
            drop_spare(data);
        }
    }

    /// An empty frame for an event, used before if possible.
    pub(crate) fn spare_frame(&mut self) -> Frame {
        self.spare_frames.pop().unwrap_or_default()
    }

    /// Takes an event's frame back for the next one.
    pub(crate) fn give_back_frame(&mut self, mut frame: Frame) {
        if self.spare_frames.len() < KEPT_SPARES {
            frame.clear(KEPT_CAPACITY);
            self.spare_frames.push(frame);
        }
    }

    /// A span id, unique in the process.
    #[inline]
    pub(crate) fn next_id(&mut self) -> u64 {
        if self.next_id == self.last_id {
            self.take_ids();
        }
        self.next_id += 1;
        self.next_id - 1
    }

    #[cold]
    fn take_ids(&mut self) {
        self.next_id = NEXT_ID.fetch_add(ID_BLOCK, Ordering::Relaxed);
        self.last_id = self.next_id + ID_BLOCK;
    }

    /// The id of the innermost open span; 0 where there is none.
    pub(crate) fn current(&self) -> u64 {
        self.stack.last().map_or(0, |data| data.id)
    }

    /// The innermost open span.
    pub(crate) fn current_mut(&mut self) -> Option<&mut SpanData> {
        self.stack.last_mut().map(Box::as_mut)
    }

    #[inline]
    pub(crate) fn push(&mut self, data: Box<SpanData>) {
        self.stack.push(data);
    }

    /// The same for one that the body of a future opens, in the poll that goes on.
    pub(crate) fn push_in_poll(&mut self, callsite: &'static Callsite, data: Box<SpanData>) {
        self.opened_in_polls.push((callsite, data.id));
        self.push(data);
    }

    /// How many bodies have opened one in polls that go on.
    pub(crate) fn opened_in_polls(&self) -> usize {
        self.opened_in_polls.len()
    }

    /// Takes away what the body of a future has opened, where it has: what is `above` there was opened
    /// since its poll began. Two attributes on one function have one body, which opens a span for each.
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

    /// Takes an open span away, also from below others: guards may be dropped in any order.
    #[inline]
    pub(crate) fn take(&mut self, id: u64) -> Option<Box<SpanData>> {
        self.take_last(|data| data.id == id && !data.is_context())
    }

    /// Takes an attached context away.
    pub(crate) fn take_context(&mut self, id: u64) -> Option<Box<SpanData>> {
        self.take_last(|data| data.id == id && data.is_context())
    }

    #[inline]
    fn take_last(&mut self, wanted: impl Fn(&SpanData) -> bool) -> Option<Box<SpanData>> {
        if self.stack.last().is_some_and(|data| wanted(data)) {
            return self.stack.pop();
        }
        self.take_from_below(wanted)
    }

    #[cold]
    fn take_from_below(&mut self, wanted: impl Fn(&SpanData) -> bool) -> Option<Box<SpanData>> {
        let at = self.stack.iter().rposition(|data| wanted(data))?;
        Some(self.stack.remove(at))
    }

    /// Hands a frame to the writer.
    #[inline]
    pub(crate) fn send(&mut self, session: Option<SessionId>, frame: &[u8]) {
        writer::send(&mut self.producer, session, frame);
    }
}
