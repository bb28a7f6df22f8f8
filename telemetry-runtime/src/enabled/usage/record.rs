//! Deciding which usages become records: each request is recorded once, by the innermost function that
//! receives its usage.

use std::sync::Arc;
use std::time::Instant;

use super::extract::{Extracted, ExtractedParts, extract_parts};
use super::scope::{self, RequestScope};
use super::write::{RequestEnding, write};
use crate::Outcome;
use crate::usage::part::Extent;
use crate::usage::{UsagePart, UsageSource};

/// Records the usage of the return value of an annotated function.
pub(super) fn returned(scope: &Arc<RequestScope>, value: &(impl UsageSource + ?Sized)) {
    if let Some(extracted) = extract_parts(value) {
        let around = scope::around(scope);
        record(scope, &around, extracted, false);
    }
    scope.note_over();
}

/// Records the usage that a handler reports.
pub(super) fn reported(scope: &Arc<RequestScope>, value: &(impl UsageSource + ?Sized)) {
    if let Some(extracted) = extract_parts(value) {
        let around = scope::around(scope);
        record(scope, &around, extracted, true);
    }
}

/// Records that an annotated function did not return.
pub(super) fn failed(scope: &Arc<RequestScope>, outcome: Outcome) {
    let around = scope::around(scope);
    failure(scope, &around, RequestEnding::of(outcome));
}

/// Records the end of a request's stream. `request` has the values that the items state, and `at` is the time of the end, or
/// `None` for the current time.
pub(super) fn streamed(
    scope: &Arc<RequestScope>,
    request: Option<UsagePart>,
    outcome: Outcome,
    at: Option<Instant>,
) {
    let around = scope::around(scope);
    let ending = RequestEnding {
        at,
        ..RequestEnding::of(outcome)
    };
    let mut request = request.unwrap_or_default();
    if request.extent != Extent::Whole
        && let Some(id) = scope.reported_id()
    {
        request.usage.request_id = Some(id);
    }
    match outcome {
        _ if request.is_usage => answer(scope, &around, request, ending),
        Outcome::Ok if scope.has_recorded_answer() => {}
        Outcome::Ok => answer(scope, &around, request, ending),
        _ => {
            scope.add_part(request);
            failure(scope, &around, ending);
        }
    }
    scope.note_over();
}

/// Puts the items of a value together: inside of a stream with those that were reported before, because they
/// are items of one request, whatever their ids are.
fn put_together(extracted: ExtractedParts, around: &[Arc<RequestScope>]) -> Extracted {
    let stream = around.first().filter(|scope| scope.is_stream());
    match stream {
        Some(stream) => stream.extract_in_stream(extracted),
        None => Extracted::of(extracted),
    }
}

fn record(
    scope: &Arc<RequestScope>,
    around: &[Arc<RequestScope>],
    extracted: ExtractedParts,
    by_handler: bool,
) {
    let mut extracted = put_together(extracted, around);
    if by_handler && let Some(request) = around.first() {
        extracted.usages.retain(|part| {
            let usage = part.clone().finish();
            usage.request_id.is_some() || !request.has_recorded_before_handler(&usage)
        });
    }
    let outcome = if extracted.failed {
        Outcome::Err
    } else {
        Outcome::Ok
    };
    if let Some(partial) = extracted.partial {
        // If the request continues after this call, the function around the call receives the rest of the usage.
        let ends = extracted.failed || !extracted.usages.is_empty();
        match around.first() {
            Some(request) if !ends => request.add_part(partial),
            _ => scope.add_part(partial),
        }
    }
    let ending = RequestEnding {
        is_part: extracted.is_part || by_handler,
        by_handler,
        ..RequestEnding::of(outcome)
    };
    if extracted.usages.is_empty() && extracted.failed {
        failure(scope, around, ending);
    }
    for usage in extracted.usages {
        answer(scope, around, usage, ending);
    }
}

fn answer(
    scope: &Arc<RequestScope>,
    around: &[Arc<RequestScope>],
    request: UsagePart,
    ending: RequestEnding,
) {
    let usage = request.clone().finish();
    let is_recorded = match usage.request_id {
        // The usage is the sum or the copy of usages that were recorded inside.
        None => scope.has_answer_inside(),
        // A handler inside reported the counts without the id.
        Some(_) => scope.take_recorded_without_id(&usage),
    };
    if is_recorded {
        return;
    }
    for scope in std::iter::once(scope).chain(around) {
        scope.note_usage(&usage, ending.by_handler);
        scope.note_recorded(true);
    }
    for scope in around {
        scope.note_answer_inside();
    }
    let id = write(scope, around, request, ending);
    if let Some(stream) = around.first() {
        stream.note_reported_id(id);
    }
}

fn failure(scope: &Arc<RequestScope>, around: &[Arc<RequestScope>], ending: RequestEnding) {
    // The error, or an answer before it, was recorded inside.
    if scope.has_recorded() {
        return;
    }
    // A handler reports an item of the stream around it, which is one request and has its record.
    let stream = around.first().filter(|around| around.is_stream());
    if ending.by_handler && stream.is_some_and(|stream| stream.has_answer_inside()) {
        return;
    }
    for scope in std::iter::once(scope).chain(around) {
        scope.note_recorded(false);
    }
    write(scope, around, UsagePart::default(), ending);
}
