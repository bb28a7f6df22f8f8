//! A request in flight, and the requests that are entered on this thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Instant, SystemTime};

use super::extract::{Extracted, ExtractedParts};
use super::span::RequestSpan;
use crate::enabled::process::{self, lock};
use crate::enabled::scope_stack::{ScopeStack, with_local};
use crate::enabled::trace::SpanPlace;
use crate::enabled::turn::{self, Turn};
use crate::usage::{Assembly, UsagePart};
use crate::{Session, Usage};

/// The arguments of a `#[session_usage]` attribute.
#[derive(Default)]
pub(super) struct RequestAttributes {
    pub(super) model: Option<String>,
    pub(super) effort: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_cause: Option<String>,
    pub(super) attempt: Option<u32>,
    pub(super) session: Option<Session>,
}

/// The counts by which two usages of one function are distinguished where an id is missing.
type TokenCounts = [Option<u64>; 3];

/// A usage that is recorded.
struct RecordedUsage {
    counts: TokenCounts,
    /// Whether it was recorded under the provider's id.
    has_id: bool,
    /// Whether a handler reported it.
    by_handler: bool,
}

/// The number of recorded usages that the scope of a request stores. A function that makes more requests is usually a loop around
/// requests, for which a repetition is not expected.
const MAX_STORED: usize = 16;

/// A request in flight: the scope of an annotated function.
pub(crate) struct RequestScope {
    pub(super) attributes: RequestAttributes,
    pub(super) start: SystemTime,
    pub(super) began: Instant,
    pub(super) span: RequestSpan,
    /// The turn in which the request began.
    pub(super) turn: Option<Arc<Turn>>,
    /// The process in which the request began. In a forked child the request belongs to the parent.
    generation: u64,
    /// Whether anything is recorded, by this scope or by one inside.
    recorded: AtomicBool,
    /// Whether the record is of an answer, not of a failure only.
    answered: AtomicBool,
    /// Whether a scope inside has recorded an answer.
    answered_inside: AtomicBool,
    /// Whether the function of the scope has returned.
    over: AtomicBool,
    /// Whether the scope is that of a stream.
    is_stream: AtomicBool,
    notes: Mutex<RequestNotes>,
    /// Whether a record has the id of the attribute. A second request inside gets another id.
    id_taken: AtomicBool,
}

/// Facts about a request that were noted while it is in flight.
#[derive(Default)]
struct RequestNotes {
    /// The recorded usages, the latest last.
    recorded: VecDeque<RecordedUsage>,
    /// Properties that the host noted, which complete the usage of the answer.
    noted: Option<Box<Usage>>,
    /// The statements of events without a usage, which complete the usage of a later event.
    parts: Option<Box<UsagePart>>,
    /// The items of a stream that handlers reported.
    reported: Option<Box<Assembly>>,
}

impl fmt::Debug for RequestScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestScope").finish_non_exhaustive()
    }
}

impl RequestScope {
    pub(super) fn new(
        attributes: RequestAttributes,
        start: SystemTime,
        began: Instant,
        span: RequestSpan,
    ) -> Self {
        Self {
            attributes,
            start,
            began,
            span,
            turn: turn::current(),
            generation: process::generation(),
            recorded: AtomicBool::new(false),
            answered: AtomicBool::new(false),
            answered_inside: AtomicBool::new(false),
            over: AtomicBool::new(false),
            is_stream: AtomicBool::new(false),
            notes: Mutex::default(),
            id_taken: AtomicBool::new(false),
        }
    }

    /// Returns whether the request began in this process, and not in one that this process was forked from.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.generation == process::generation()
    }

    /// Locks the notes; `None` in a forked child, where the lock may be held by a thread of the parent.
    fn notes(&self) -> Option<MutexGuard<'_, RequestNotes>> {
        self.is_of_this_process().then(|| lock(&self.notes))
    }

    /// Returns the place of the request's span, if the innermost span is the one around the request: its number is
    /// `current`.
    pub(crate) fn place_below(&self, current: u64) -> Option<SpanPlace> {
        self.span.place_below(current)
    }

    pub(super) fn has_recorded(&self) -> bool {
        self.recorded.load(Ordering::Relaxed)
    }

    pub(super) fn has_recorded_answer(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    pub(super) fn has_answer_inside(&self) -> bool {
        self.answered_inside.load(Ordering::Relaxed)
    }

    pub(super) fn note_answer_inside(&self) {
        self.answered_inside.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_recorded(&self, answered: bool) {
        self.recorded.store(true, Ordering::Relaxed);
        if answered {
            self.answered.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the function has returned, or that the stream has ended.
    pub(super) fn note_over(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Makes the scope that of a stream: all chunks that are reported in it belong to one request.
    pub(super) fn become_stream(&self) {
        self.is_stream.store(true, Ordering::Relaxed);
        if let Some(mut notes) = self.notes() {
            notes.reported = Some(Box::new(Assembly::of_stream()));
        }
    }

    pub(super) fn is_stream(&self) -> bool {
        self.is_stream.load(Ordering::Relaxed)
    }

    /// Puts items together with those that were reported in this stream before.
    pub(super) fn extract_in_stream(&self, value: ExtractedParts) -> Extracted {
        let mut notes = self.notes();
        match notes.as_mut().and_then(|notes| notes.reported.as_mut()) {
            Some(reported) => Extracted::in_stream(value, reported),
            None => Extracted::of(value),
        }
    }

    /// Returns the id of the record that a handler in this stream made of the request in progress.
    pub(super) fn reported_id(&self) -> Option<String> {
        let notes = self.notes()?;
        notes.reported.as_ref()?.recorded_id().map(str::to_owned)
    }

    pub(super) fn note_reported_id(&self, id: Option<String>) {
        if let (Some(mut notes), Some(id)) = (self.notes(), id)
            && let Some(reported) = &mut notes.reported
        {
            reported.set_recorded_id(id);
        }
    }

    /// Stores a usage that was recorded by this scope or by an inner one.
    pub(super) fn note_usage(&self, usage: &Usage, by_handler: bool) {
        let counts = usage.counts();
        if counts == TokenCounts::default() {
            return;
        }
        let Some(mut notes) = self.notes() else {
            return;
        };
        if notes.recorded.len() == MAX_STORED {
            notes.recorded.pop_front();
        }
        notes.recorded.push_back(RecordedUsage {
            counts,
            has_id: usage.request_id.is_some(),
            by_handler,
        });
    }

    /// Removes a usage with these counts that was recorded without the provider's id. Returns whether
    /// there was one.
    pub(super) fn take_recorded_without_id(&self, usage: &Usage) -> bool {
        let counts = usage.counts();
        let Some(mut notes) = self.notes() else {
            return false;
        };
        let is_wanted = |known: &RecordedUsage| !known.has_id && known.counts == counts;
        let at = notes.recorded.iter().position(is_wanted);
        at.and_then(|at| notes.recorded.remove(at)).is_some()
    }

    /// Returns whether the usage that a handler reports is recorded already: by the functions that the answer
    /// passed, or, after the request is over, by another handler. While the request is in flight, two
    /// handlers with equal counts may each report a request of its own.
    pub(super) fn has_recorded_before_handler(&self, usage: &Usage) -> bool {
        let counts = usage.counts();
        let over = self.over.load(Ordering::Relaxed);
        self.notes().is_some_and(|notes| {
            let mut recorded = notes.recorded.iter();
            recorded.any(|known| known.counts == counts && (over || !known.by_handler))
        })
    }

    /// Adds properties of the request that the host states. Later values take precedence.
    pub(super) fn add_note(&self, usage: Usage) {
        if let Some(mut notes) = self.notes() {
            let before = notes.noted.take().unwrap_or_default();
            notes.noted = Some(Box::new(usage.or(*before)));
        }
    }

    /// Adds the statement of an event without a usage. An event of another request replaces the earlier statements.
    pub(super) fn add_part(&self, part: UsagePart) {
        if let Some(mut notes) = self.notes() {
            let parts = match notes.parts.take() {
                Some(before) if !part.is_of_another(&before) => before.followed_by(part),
                _ => part,
            };
            notes.parts = Some(Box::new(parts));
        }
    }

    /// Completes the usage of a record by the noted parts and values, and removes these notes, because they belong to one
    /// record only.
    pub(super) fn complete(&self, request: UsagePart) -> UsagePart {
        let Some((parts, noted)) = self
            .notes()
            .map(|mut notes| (notes.parts.take(), notes.noted.take()))
        else {
            return request;
        };
        let mut request = match parts {
            Some(parts) if !request.is_of_another(&parts) => parts.followed_by(request),
            _ => request,
        };
        if let Some(noted) = noted {
            request.usage = request.usage.or(*noted);
        }
        request
    }

    /// Returns the id of the attribute, once.
    pub(super) fn take_id(&self) -> Option<&str> {
        let id = self.attributes.request_id.as_deref()?;
        (!self.id_taken.swap(true, Ordering::Relaxed)).then_some(id)
    }
}

thread_local! {
    static ENTERED: RefCell<ScopeStack<Arc<RequestScope>>> = const { RefCell::new(ScopeStack::new()) };
}

/// A guard of a scope that is entered on this thread.
pub(super) struct EnteredScope<'a>(&'a Arc<RequestScope>);

impl<'a> EnteredScope<'a> {
    pub(super) fn new(scope: &'a Arc<RequestScope>) -> Self {
        enter(scope);
        Self(scope)
    }
}

impl Drop for EnteredScope<'_> {
    fn drop(&mut self) {
        leave(self.0);
    }
}

/// Enters a scope on this thread. While the thread ends, this does nothing.
pub(crate) fn enter(scope: &Arc<RequestScope>) {
    with_local(&ENTERED, |entered| entered.push(scope.clone()));
}

/// Leaves a scope of this thread.
pub(crate) fn leave(scope: &Arc<RequestScope>) {
    let left = with_local(&ENTERED, |entered| {
        entered.take(|own| Arc::ptr_eq(own, scope))
    });
    scope.span.leave();
    // Dropped outside of the borrow: the scope may hold the last clone of a session.
    drop(left);
}

/// Returns all scopes of this thread, the innermost last.
pub(crate) fn entered() -> Vec<Arc<RequestScope>> {
    with_local(&ENTERED, |entered| entered.entries().to_vec()).unwrap_or_default()
}

/// Returns the innermost scope of this thread.
pub(super) fn innermost() -> Option<Arc<RequestScope>> {
    with_local(&ENTERED, |entered| entered.innermost().cloned()).flatten()
}

/// Returns the scopes around `scope` on this thread, the innermost first; all scopes of the thread if
/// `scope` is not entered.
pub(super) fn around(scope: &Arc<RequestScope>) -> Vec<Arc<RequestScope>> {
    with_local(&ENTERED, |entered| {
        let around = entered.around(|own| Arc::ptr_eq(own, scope));
        around.iter().rev().cloned().collect()
    })
    .unwrap_or_default()
}
