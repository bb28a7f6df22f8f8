//! The span of a request: its W3C ids, whether or not the debug log has the span.

use std::sync::atomic::{AtomicBool, Ordering};

use telemetry_schema::record::SessionRecord;

use crate::enabled::thread::{self, Local};
use crate::enabled::trace::{Launch, SpanPlace, hex, long_hex};

/// The span of a request.
#[derive(Debug)]
pub(super) struct RequestSpan {
    /// `None` if the state of the thread is destroyed.
    place: Option<SpanPlace>,
    /// The number of the span around the request; 0 if there is none.
    parent: u64,
    /// Whether the span of the function may begin after the request.
    is_expected: bool,
    /// Whether a record has the span. Every further record of the same function gets a span of its own.
    taken: AtomicBool,
}

impl RequestSpan {
    /// Makes the span of a request that begins now: a new span below the current one, or the span of the annotated function if
    /// `of` has the source of that span and whether it is a root. `within` is the place of that span and the number of its
    /// parent, if the span is open.
    pub(super) fn new(of: Option<(&'static str, bool)>, within: Option<(SpanPlace, u64)>) -> Self {
        let (src, root) = (of.map(|(src, _)| src), of.is_some_and(|(_, root)| root));
        let placed = within.or_else(|| thread::with(|local| local.place_request(src, root)));
        Self {
            place: placed.map(|(place, _)| place),
            parent: placed.map_or(0, |(_, parent)| parent),
            is_expected: src.is_some() && within.is_none(),
            taken: AtomicBool::new(false),
        }
    }

    /// Notes that the request was left, because a span that begins later belongs to another call.
    pub(super) fn leave(&self) {
        if self.is_expected
            && let Some(place) = self.place
        {
            thread::with(|local| local.discard_expected(place.number));
        }
    }

    /// Returns the place of the request, if no span was opened below it since: `current` is the number of the innermost
    /// span.
    pub(super) fn place_below(&self, current: u64) -> Option<SpanPlace> {
        self.place.filter(|_| self.parent == current)
    }

    /// Sets the ids of a record.
    pub(super) fn write(&self, record: &mut SessionRecord<'_>) {
        let Some(first) = self.place else { return };
        let place = if self.taken.swap(true, Ordering::Relaxed) {
            let Some(number) = thread::with(Local::next_id) else {
                return;
            };
            SpanPlace { number, ..first }
        } else {
            first
        };
        let parent = if self.parent == 0 {
            first.remote.map(|remote| remote.span)
        } else {
            Some(Launch::current().span_id(self.parent))
        };
        let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned().into();
        record.trace_id = Some(text(&long_hex(place.trace_id())));
        record.span_id = place.span_id().map(|id| text(&hex(id)));
        record.parent_span_id = parent.map(|id| text(&hex(id)));
        let is_sampled = first.remote.is_none_or(|remote| remote.sampled);
        record.sampled = (!is_sampled).then_some(false);
    }
}
