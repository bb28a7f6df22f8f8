//! A function whose body is handed over as a closure: switched off it is called where it stands, and
//! all that a span needs is somewhere else.
//!
//! Were the span's guard in the function itself, its arguments would have to survive the calls that
//! enter the span, and every call of the function would make room for that, the span on or off. So
//! the body is compiled twice where it is small, and called from two places where it is not.
#![allow(clippy::inline_always)] // What is called here is the look at the switch, and nothing else.

use super::callsite::Callsite;
use super::span::{SpanEnd, SpanFields, SpanGuard};

/// The body of a function that is a span.
#[inline(always)]
pub fn in_span<R>(callsite: &'static Callsite, body: impl FnOnce() -> R) -> R {
    if callsite.is_off() {
        body()
    } else {
        guarded(callsite, Kept(body))
    }
}

/// The same where the returned value is looked at.
#[inline(always)]
pub fn in_observed_span<R>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    if callsite.is_off() {
        body()
    } else {
        observed(callsite, Kept(body), observe)
    }
}

/// The same where the body records fields before anything else.
#[inline(always)]
pub fn in_span_with_fields<R>(
    callsite: &'static Callsite,
    body: impl FnOnce(SpanEntry<'_>) -> R,
    observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    if callsite.is_off() {
        body(SpanEntry(None))
    } else {
        entered(callsite, Kept(body), observe)
    }
}

/// A closure on its way into a call: moved out of what the function keeps in registers while its span
/// is off.
struct Kept<F>(F);

#[cold]
#[inline(never)]
fn guarded<R>(callsite: &'static Callsite, body: Kept<impl FnOnce() -> R>) -> R {
    let _guard = SpanGuard::enter(callsite);
    (body.0)()
}

#[cold]
#[inline(never)]
fn observed<R>(
    callsite: &'static Callsite,
    body: Kept<impl FnOnce() -> R>,
    observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    let mut guard = SpanGuard::enter(callsite);
    let returned = (body.0)();
    if let Some(mut end) = guard.end() {
        observe(&mut end, &returned);
    }
    returned
}

#[cold]
#[inline(never)]
fn entered<R>(
    callsite: &'static Callsite,
    body: Kept<impl FnOnce(SpanEntry<'_>) -> R>,
    observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    let mut opening = Opening {
        callsite,
        guard: SpanGuard::none(),
    };
    let entry = callsite.admits().then_some(&mut opening);
    let returned = (body.0)(SpanEntry(entry));
    if let Some(mut end) = opening.guard.end() {
        observe(&mut end, &returned);
    }
    returned
}

/// What a body that records fields enters its span by.
#[derive(Debug)]
pub struct SpanEntry<'a>(Option<&'a mut Opening>);

#[derive(Debug)]
struct Opening {
    callsite: &'static Callsite,
    guard: SpanGuard,
}

impl SpanEntry<'_> {
    /// Starts to collect fields, if the span is on.
    #[inline]
    pub fn begin(&self) -> Option<SpanFields> {
        self.0.as_ref().map(|opening| opening.callsite.begin_span())
    }

    /// Enters the span.
    pub fn enter(self, fields: SpanFields) {
        if let Some(opening) = self.0 {
            opening.guard = fields.enter();
        }
    }
}
