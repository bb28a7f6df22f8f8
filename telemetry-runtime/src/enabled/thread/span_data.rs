//! The state of one open span.

use crate::enabled::callsite::Callsite;
use crate::enabled::clock::Ticks;
use crate::enabled::emit::Emitted;
use crate::enabled::frame::{Frame, SpanIds};
use crate::enabled::trace::{self, Launch, RemoteParent, SpanPlace};
use crate::{Outcome, SessionId};

/// An open span, or an attached context: then `callsite` is `None`.
#[derive(Debug, Default)]
pub(crate) struct SpanData {
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) id: u64,
    /// The number of the root of the tree.
    pub(crate) root: u64,
    /// The remote parent of the root.
    pub(crate) remote: Option<RemoteParent>,
    /// Whether a request has this span.
    pub(crate) has_request: bool,
    /// The number that decides about sampling: that of the topmost sampled span. 0 if neither the span nor one above it is
    /// sampled.
    pub(crate) sample: u64,
    /// Whether a record belongs below the span that is kept, so that the span is kept as well.
    pub(crate) is_needed: bool,
    /// 0 until the span has ended.
    pub(crate) end: Ticks,
    pub(crate) polls: Option<Polls>,
    pub(crate) outcome: Outcome,
    /// The session at entry.
    pub(crate) session: Option<SessionId>,
    pub(crate) frame: Frame,
    /// The span of `tracing` beside this one.
    pub(crate) emitted: Option<Box<Emitted>>,
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

    /// Returns the place of the span, or that of an attached context.
    pub(crate) fn place(&self) -> SpanPlace {
        SpanPlace {
            number: self.id,
            root: self.root,
            remote: self.remote,
        }
    }

    /// Puts the new span below `parent`, or makes it a root. Returns the ids for its frame.
    #[inline]
    pub(crate) fn place_below(&mut self, parent: Option<&Self>, root: bool) -> SpanIds {
        self.root = self.id;
        self.remote = None;
        self.sample = 0;
        let mut ids = SpanIds {
            id: self.id,
            parent: 0,
            root: self.id,
        };
        if root {
            return ids;
        }
        self.remote = match parent {
            Some(parent) => {
                self.sample = parent.sample;
                if parent.id != 0 {
                    self.root = parent.root;
                    ids.parent = parent.id;
                    ids.root = parent.root;
                }
                parent.remote
            }
            None => trace::process_parent(),
        };
        if let Some(remote) = self.remote {
            self.frame.remote(remote);
        }
        ids
    }

    /// Decides about sampling with a number of the span's own, unless a span above it has one.
    #[cold]
    pub(crate) fn draw(&mut self) {
        if self.sample == 0 {
            self.sample = Launch::current().span_id(self.id);
        }
    }

    /// Returns whether sampling omits the record of the span, if the span ends without a failure.
    pub(crate) fn is_sampled_out(&self) -> bool {
        let keeps = |callsite: &Callsite| callsite.sample.get().keeps(self.sample);
        !self.is_needed && self.callsite.is_some_and(|callsite| !keeps(callsite))
    }

    /// Returns whether the thread is unwinding through the span.
    pub(crate) fn is_panicking(&self) -> bool {
        std::thread::panicking() && !self.panicking_at_entry
    }

    /// Returns whether the entry is an attached context, which is only a parent for other spans.
    pub(crate) fn is_context(&self) -> bool {
        self.callsite.is_none()
    }
}
