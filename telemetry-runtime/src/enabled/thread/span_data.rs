//! The state of one open span.

use crate::enabled::callsite::Callsite;
use crate::enabled::clock::Ticks;
use crate::enabled::frame::Frame;
use crate::{Outcome, SessionId};

/// An open span, or an attached context: then `callsite` is `None`.
#[derive(Debug, Default)]
pub(crate) struct SpanData {
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) id: u64,
    /// 0 until the span has ended.
    pub(crate) end: Ticks,
    pub(crate) polls: Option<Polls>,
    pub(crate) outcome: Outcome,
    /// The session at entry.
    pub(crate) session: Option<SessionId>,
    pub(crate) frame: Frame,
    /// Whether the thread was unwinding when the span was entered: such a span can also end normally
    /// while the thread unwinds.
    pub(crate) panicking_at_entry: bool,
}

/// Counts of a future's span.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Polls {
    pub(crate) count: u64,
    /// Nanoseconds.
    pub(crate) busy: u64,
}

impl SpanData {
    /// Prepares the box for the next span, which sets all other fields when it opens. Memory above
    /// `kept` bytes is freed.
    #[inline]
    pub(crate) fn clear(&mut self, kept: usize) {
        self.callsite = None;
        self.frame.clear(kept);
    }

    /// Whether the thread is unwinding through the span.
    pub(crate) fn is_panicking(&self) -> bool {
        std::thread::panicking() && !self.panicking_at_entry
    }

    /// Whether the entry is an attached context, which is only a parent for other spans.
    pub(crate) fn is_context(&self) -> bool {
        self.callsite.is_none()
    }
}
