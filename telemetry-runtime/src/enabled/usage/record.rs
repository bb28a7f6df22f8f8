//! Deciding which usages become records: each request is recorded once, by the innermost function that
//! sees its usage.

use std::sync::Arc;
use std::time::Instant;

use super::extract::{Extracted, extract};
use super::scope::{self, RequestScope};
use super::write::{RequestEnding, write};
use crate::Outcome;
use crate::usage::{Usage, UsageSource};

/// Records what the return value of an annotated function says.
pub(super) fn returned(scope: &Arc<RequestScope>, value: &(impl UsageSource + ?Sized)) {
    if let Some(extracted) = extract(value) {
        record(scope, extracted, false);
    }
    scope.note_over();
}

/// Records what a handler reports.
pub(super) fn reported(scope: &Arc<RequestScope>, value: &(impl UsageSource + ?Sized)) {
    let Some(mut extracted) = extract(value) else {
        return;
    };
    if let Some(request) = scope::around(scope).first() {
        extracted.usages.retain(|usage| {
            usage.request_id.is_some() || !request.has_recorded_before_handler(usage)
        });
    }
    record(scope, extracted, true);
}

/// Records that an annotated function did not return.
pub(super) fn failed(scope: &Arc<RequestScope>, outcome: Outcome) {
    let around = scope::around(scope);
    failure(scope, &around, RequestEnding::of(outcome));
}

/// Records the end of a request's stream, with the last usage of its items. `at` is the time of the
/// end; `None` is now.
pub(super) fn streamed(
    scope: &Arc<RequestScope>,
    usage: Option<Usage>,
    outcome: Outcome,
    at: Option<Instant>,
) {
    let around = scope::around(scope);
    let ending = RequestEnding {
        at,
        ..RequestEnding::of(outcome)
    };
    match usage {
        Some(usage) => answer(scope, &around, usage, ending),
        None if outcome == Outcome::Ok && scope.has_recorded_answer() => {}
        None if outcome == Outcome::Ok => answer(scope, &around, Usage::default(), ending),
        None => failure(scope, &around, ending),
    }
    scope.note_over();
}

fn record(scope: &Arc<RequestScope>, extracted: Extracted, by_handler: bool) {
    let around = scope::around(scope);
    let outcome = if extracted.failed {
        Outcome::Err
    } else {
        Outcome::Ok
    };
    if let Some(partial) = extracted.partial {
        // If the request continues after this call, the function around it learns the rest.
        let ends = extracted.failed || !extracted.usages.is_empty();
        match around.first() {
            Some(request) if !ends => request.add_note(partial),
            _ => scope.add_note(partial),
        }
    }
    let ending = RequestEnding {
        is_part: extracted.is_part || by_handler,
        by_handler,
        ..RequestEnding::of(outcome)
    };
    if extracted.usages.is_empty() && extracted.failed {
        failure(scope, &around, ending);
    }
    for usage in extracted.usages {
        answer(scope, &around, usage, ending);
    }
}

fn answer(
    scope: &Arc<RequestScope>,
    around: &[Arc<RequestScope>],
    usage: Usage,
    ending: RequestEnding,
) {
    let is_recorded = match usage.request_id {
        // The usage is the sum or the copy of usages that were recorded inside.
        None => scope.has_recorded_answer(),
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
    write(scope, around, usage, ending);
}

fn failure(scope: &Arc<RequestScope>, around: &[Arc<RequestScope>], ending: RequestEnding) {
    // The error, or an answer before it, was recorded inside.
    if scope.has_recorded() {
        return;
    }
    for scope in std::iter::once(scope).chain(around) {
        scope.note_recorded(false);
    }
    write(scope, around, Usage::default(), ending);
}
