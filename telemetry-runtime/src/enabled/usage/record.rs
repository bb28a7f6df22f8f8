//! Whether what was seen is a record of its own: each request is recorded once, by the innermost
//! function that saw its usage.

use std::sync::Arc;
use std::time::Instant;

use super::scope::{self, Scope};
use super::write::{Ending, write};
use crate::Outcome;
use crate::enabled::panics::catch_user_panic;
use crate::enabled::stats::{self, Cause};
use crate::usage::{Usage, UsageSource};

/// What a value says.
pub(super) struct Seen {
    pub(super) usages: Vec<Usage>,
    /// What it says of the request beside.
    pub(super) partial: Option<Usage>,
    pub(super) failed: bool,
    /// The call saw a part of the request only: its own duration says nothing.
    part: bool,
    /// A handler was told it.
    told: bool,
}

/// Asks a host's own code.
pub(super) fn look(source: &(impl UsageSource + ?Sized)) -> Option<Seen> {
    let seen = catch_user_panic(|| {
        let mut usages = Vec::new();
        source.each_usage(&mut |usage| usages.push(usage));
        Seen {
            usages,
            partial: source.partial(),
            failed: source.failed(),
            part: source.is_part(),
            told: false,
        }
    });
    if seen.is_none() {
        stats::lost(1, Cause::HostPanic);
    }
    seen
}

/// The annotated function returned this value.
pub(super) fn returned(scope: &Arc<Scope>, value: &(impl UsageSource + ?Sized)) {
    if let Some(seen) = look(value) {
        record(scope, seen);
    }
    scope.note_over();
}

/// A handler was told this value.
pub(super) fn told(scope: &Arc<Scope>, value: &(impl UsageSource + ?Sized)) {
    let Some(mut seen) = look(value) else { return };
    if let Some(request) = scope::around(scope).first() {
        seen.usages.retain(|usage| {
            usage.request_id.is_some() || !request.has_recorded_what_is_told(usage)
        });
    }
    let told = true;
    record(
        scope,
        Seen {
            part: true,
            told,
            ..seen
        },
    );
}

/// The annotated function did not return.
pub(super) fn failed(scope: &Arc<Scope>, outcome: Outcome) {
    let around = scope::around(scope);
    failure(scope, &around, Ending::of(outcome));
}

/// The stream of a request ended, with the last usage that it said; `at` is when, where that is not
/// now.
pub(super) fn streamed(
    scope: &Arc<Scope>,
    usage: Option<Usage>,
    outcome: Outcome,
    at: Option<Instant>,
) {
    let around = scope::around(scope);
    let ending = Ending {
        at,
        ..Ending::of(outcome)
    };
    match usage {
        Some(usage) => answer(scope, &around, usage, ending),
        None if outcome == Outcome::Ok && scope.has_recorded_answer() => {}
        None if outcome == Outcome::Ok => answer(scope, &around, Usage::default(), ending),
        None => failure(scope, &around, ending),
    }
    scope.note_over();
}

fn record(scope: &Arc<Scope>, seen: Seen) {
    let around = scope::around(scope);
    let outcome = if seen.failed {
        Outcome::Err
    } else {
        Outcome::Ok
    };
    if let Some(partial) = seen.partial {
        // Of a request that goes on after this call, the function around knows the rest.
        let ends = seen.failed || !seen.usages.is_empty();
        match around.first() {
            Some(request) if !ends => request.add_note(partial),
            _ => scope.add_note(partial),
        }
    }
    let ending = Ending {
        part: seen.part,
        told: seen.told,
        ..Ending::of(outcome)
    };
    if seen.usages.is_empty() && seen.failed {
        failure(scope, &around, ending);
    }
    for usage in seen.usages {
        answer(scope, &around, usage, ending);
    }
}

fn answer(scope: &Arc<Scope>, around: &[Arc<Scope>], usage: Usage, ending: Ending) {
    let is_recorded = match usage.request_id {
        // It is the sum, or the copy, of what was recorded inside.
        None => scope.has_recorded_answer(),
        // A handler inside was told the counts, and not the id.
        Some(_) => scope.has_recorded_unnamed(&usage),
    };
    if is_recorded {
        return;
    }
    for scope in std::iter::once(scope).chain(around) {
        scope.note_usage(&usage, ending.told);
        scope.note_recorded(true);
    }
    write(scope, around, usage, ending);
}

fn failure(scope: &Arc<Scope>, around: &[Arc<Scope>], ending: Ending) {
    // Inside, the error was recorded already, or a request that was answered before it.
    if scope.has_recorded() {
        return;
    }
    for scope in std::iter::once(scope).chain(around) {
        scope.note_recorded(false);
    }
    write(scope, around, Usage::default(), ending);
}
