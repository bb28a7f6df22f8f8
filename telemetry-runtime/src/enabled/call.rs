//! Entry points for functions whose body is a closure. Disabled, the body is inlined; enabled, an outlined
//! cold path enters the span.
//!
//! With the guard of the span in the function itself, the arguments would have to be kept across the calls that
//! enter the span, and each call of the function would reserve stack for them, enabled or disabled. Instead, a
//! small body is compiled twice, and a large one is called from two places.
#![expect(
    clippy::inline_always,
    reason = "an inlined entry point is one load and one branch"
)]

use super::callsite::Callsite;
use super::fields::Fields;
use super::span::{SpanEnd, SpanGuard};
use crate::Outcome;

/// Calls a body within a span, whose outcome is `ok` or `panic`.
#[inline(always)]
pub fn in_span<R>(callsite: &'static Callsite, body: impl FnOnce() -> R) -> R {
    if callsite.is_decided_off() {
        body()
    } else {
        CallInSpan::guarded(callsite, OutlinedBody(body))
    }
}

/// Like [`in_span`], but derives the outcome from the return value.
#[inline(always)]
pub fn in_span_with_outcome<R>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    outcome: impl FnOnce(&R) -> Outcome,
) -> R {
    if callsite.is_decided_off() {
        body()
    } else {
        CallInSpan::closed(callsite, OutlinedBody(body), outcome)
    }
}

/// Like [`in_span`], but `observe` reads the return value.
#[inline(always)]
pub fn in_observed_span<R>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    if callsite.is_decided_off() {
        body()
    } else {
        CallInSpan::observed(callsite, OutlinedBody(body), observe)
    }
}

/// Like [`in_observed_span`], for a body that begins by recording fields.
#[inline(always)]
pub fn in_span_with_fields<R>(
    callsite: &'static Callsite,
    body: impl FnOnce(SpanEntry<'_>) -> R,
    observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    if callsite.is_decided_off() {
        body(SpanEntry(None))
    } else {
        CallAndEnterSpan::entered(callsite, OutlinedBody(body), observe)
    }
}

/// A body that is passed to an outlined function. The wrapper moves its captures out of the registers of the
/// function whose span is disabled.
struct OutlinedBody<F>(F);

/// The outlined calls of a body whose span is enabled. They are methods of a trait of the closure, because
/// rustc then compiles them in the codegen unit of the closure. A function of this module would be in another
/// unit, for which every callee of the body would have to be exported.
trait CallInSpan<R>: FnOnce() -> R + Sized {
    #[cold]
    #[inline(never)]
    fn guarded(callsite: &'static Callsite, body: OutlinedBody<Self>) -> R {
        let _guard = SpanGuard::enter_enabled(callsite);
        (body.0)()
    }

    #[cold]
    #[inline(never)]
    fn closed(
        callsite: &'static Callsite,
        body: OutlinedBody<Self>,
        outcome: impl FnOnce(&R) -> Outcome,
    ) -> R {
        let mut guard = SpanGuard::enter_enabled(callsite);
        let returned = (body.0)();
        guard.close(outcome(&returned));
        returned
    }

    #[cold]
    #[inline(never)]
    fn observed(
        callsite: &'static Callsite,
        body: OutlinedBody<Self>,
        observe: impl FnOnce(&mut SpanEnd<'_>, &R),
    ) -> R {
        let mut guard = SpanGuard::enter_enabled(callsite);
        let returned = (body.0)();
        observed(&mut guard, &returned, observe);
        returned
    }
}

impl<R, F: FnOnce() -> R> CallInSpan<R> for F {}

/// Like [`CallInSpan`], for a body that begins by recording fields.
trait CallAndEnterSpan<R>: FnOnce(SpanEntry<'_>) -> R + Sized {
    #[cold]
    #[inline(never)]
    fn entered(
        callsite: &'static Callsite,
        body: OutlinedBody<Self>,
        observe: impl FnOnce(&mut SpanEnd<'_>, &R),
    ) -> R {
        let mut opening = OpeningSpan {
            callsite,
            guard: SpanGuard::none(),
        };
        let entry = callsite.admits().then_some(&mut opening);
        let returned = (body.0)(SpanEntry(entry));
        observed(&mut opening.guard, &returned, observe);
        returned
    }
}

impl<R, F: FnOnce(SpanEntry<'_>) -> R> CallAndEnterSpan<R> for F {}

#[inline]
fn observed<R>(guard: &mut SpanGuard, returned: &R, observe: impl FnOnce(&mut SpanEnd<'_>, &R)) {
    let mut observe = Some(observe);
    guard.observe(&mut |end| {
        if let Some(observe) = observe.take() {
            observe(end, returned);
        }
    });
}

/// The argument of a body that records fields, by which the body enters its span.
#[derive(Debug)]
pub struct SpanEntry<'a>(Option<&'a mut OpeningSpan>);

#[derive(Debug)]
struct OpeningSpan {
    callsite: &'static Callsite,
    guard: SpanGuard,
}

impl SpanEntry<'_> {
    /// Starts to collect fields if the span is enabled.
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
