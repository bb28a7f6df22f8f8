//! A function whose body is handed over as a closure: switched off it is called where it stands, and
//! all that a span needs is somewhere else.
//!
//! Were the span's guard in the function itself, its arguments would have to survive the calls that
//! enter the span, and every call of the function would make room for that, the span on or off. So
//! the body is compiled twice where it is small, and called from two places where it is not.
#![allow(clippy::inline_always)] // What is called here is the look at the switch, and nothing else.

use super::callsite::Callsite;
use super::fields::Fields;
use super::span::{SpanEnd, SpanGuard};
use crate::Outcome;

/// The body of a function that is a span.
#[inline(always)]
pub fn in_span<R>(callsite: &'static Callsite, body: impl FnOnce() -> R) -> R {
    if callsite.is_off() {
        body()
    } else {
        Body::guarded(callsite, Kept(body))
    }
}

/// The same where the outcome is in the returned value.
#[inline(always)]
pub fn in_span_with_outcome<R>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    outcome: impl FnOnce(&R) -> Outcome,
) -> R {
    if callsite.is_off() {
        body()
    } else {
        Body::closed(callsite, Kept(body), outcome)
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
        Body::observed(callsite, Kept(body), observe)
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
        EnteringBody::entered(callsite, Kept(body), observe)
    }
}

/// A closure on its way into a call: moved out of what the function keeps in registers while its span
/// is off.
struct Kept<F>(F);

/// A body while its span is on. A trait of the closure, because rustc then compiles it beside the
/// function that the closure is from. A function of this module would be compiled in a unit of its
/// own, for which all that the body calls has to be kept.
trait Body<R>: FnOnce() -> R + Sized {
    #[cold]
    #[inline(never)]
    fn guarded(callsite: &'static Callsite, body: Kept<Self>) -> R {
        let _guard = SpanGuard::enter_surely(callsite);
        (body.0)()
    }

    #[cold]
    #[inline(never)]
    fn closed(
        callsite: &'static Callsite,
        body: Kept<Self>,
        outcome: impl FnOnce(&R) -> Outcome,
    ) -> R {
        let mut guard = SpanGuard::enter_surely(callsite);
        let returned = (body.0)();
        guard.close(outcome(&returned));
        returned
    }

    #[cold]
    #[inline(never)]
    fn observed(
        callsite: &'static Callsite,
        body: Kept<Self>,
        observe: impl FnOnce(&mut SpanEnd<'_>, &R),
    ) -> R {
        let mut guard = SpanGuard::enter_surely(callsite);
        let returned = (body.0)();
        observed(&mut guard, &returned, observe);
        returned
    }
}

impl<R, F: FnOnce() -> R> Body<R> for F {}

/// The same of a body that records fields before anything else.
trait EnteringBody<R>: FnOnce(SpanEntry<'_>) -> R + Sized {
    #[cold]
    #[inline(never)]
    fn entered(
        callsite: &'static Callsite,
        body: Kept<Self>,
        observe: impl FnOnce(&mut SpanEnd<'_>, &R),
    ) -> R {
        let mut opening = Opening {
            callsite,
            guard: SpanGuard::none(),
        };
        let entry = callsite.admits().then_some(&mut opening);
        let returned = (body.0)(SpanEntry(entry));
        observed(&mut opening.guard, &returned, observe);
        returned
    }
}

impl<R, F: FnOnce(SpanEntry<'_>) -> R> EnteringBody<R> for F {}

#[inline]
fn observed<R>(guard: &mut SpanGuard, returned: &R, observe: impl FnOnce(&mut SpanEnd<'_>, &R)) {
    let mut observe = Some(observe);
    guard.observe(&mut |end| {
        if let Some(observe) = observe.take() {
            observe(end, returned);
        }
    });
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
    pub fn begin(&self) -> Option<Fields> {
        self.0
            .as_ref()
            .map(|opening| Fields::begin(opening.callsite))
    }

    /// Enters the span.
    pub fn enter(self, fields: Fields) {
        if let Some(opening) = self.0 {
            opening.guard = fields.enter();
        }
    }
}
