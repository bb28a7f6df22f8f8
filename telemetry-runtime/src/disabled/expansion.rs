//! What the macros call, doing nothing: reached only where Cargo gave the macros the feature
//! `enabled` and the runtime not, as it may in a build script's dependencies.
#![allow(clippy::unused_self, missing_docs, missing_debug_implementations)]

use crate::level::Level;
use crate::outcome::Outcome;
use crate::usage::UsageSource;

/// One annotated function, or one event.
pub struct Callsite(());

impl Callsite {
    pub const fn span(_name: &'static str, _level: Level, _src: &'static str) -> Self {
        Self(())
    }
    pub const fn event(
        _name: &'static str,
        _level: Level,
        _src: &'static str,
        _log: Option<&'static str>,
    ) -> Self {
        Self(())
    }
    #[inline(always)]
    pub const fn is_enabled(&'static self) -> bool {
        false
    }
    #[inline(always)]
    pub fn begin_span(&'static self) -> SpanFields {
        SpanFields(())
    }
    #[inline(always)]
    pub fn begin_event(&'static self) -> EventFields {
        EventFields(())
    }
}

macro_rules! takes_fields {
    ($($ty:ty)*) => {$(
        impl $ty {
            #[inline(always)]
            pub fn value<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
            #[inline(always)]
            pub fn display<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
            #[inline(always)]
            pub fn debug<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
            #[inline(always)]
            pub fn content<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
            #[inline(always)]
            pub fn content_display<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
            #[inline(always)]
            pub fn content_debug<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
            #[inline(always)]
            pub fn redacted(&mut self, _key: &'static str) {}
        }
    )*};
}
takes_fields!(SpanFields EventFields);

/// The fields of a span about to be entered.
pub struct SpanFields(());

impl SpanFields {
    #[inline(always)]
    pub fn root(&mut self) {}
    #[inline(always)]
    pub fn enter(self) -> SpanGuard {
        SpanGuard(())
    }
    #[inline(always)]
    pub fn future(self) -> SpanFuture {
        SpanFuture(())
    }
}

/// The fields of an event, or late fields of the current span.
pub struct EventFields(());

impl EventFields {
    #[inline(always)]
    pub fn write(self) {}
}

#[inline(always)]
pub fn late_fields() -> Option<EventFields> {
    None
}

/// A span that a function's block holds.
#[must_use]
pub struct SpanGuard(());

impl SpanGuard {
    #[inline(always)]
    pub fn enter(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn none() -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn end(&mut self) -> Option<SpanEnd<'_>> {
        None
    }
}

/// How a span ended, to be told before it is dropped.
pub struct SpanEnd<'a>(#[allow(dead_code)] &'a mut ());

impl SpanEnd<'_> {
    #[inline(always)]
    pub fn outcome(&mut self, _outcome: Outcome) {}
    #[inline(always)]
    pub fn error_display<E: ?Sized>(&mut self, _error: &E) {}
    #[inline(always)]
    pub fn error_debug<E: ?Sized>(&mut self, _error: &E) {}
    #[inline(always)]
    pub fn returned_display<V: ?Sized>(&mut self, _value: &V) {}
    #[inline(always)]
    pub fn returned_debug<V: ?Sized>(&mut self, _value: &V) {}
}

/// A span that a future carries.
pub struct SpanFuture(());

impl SpanFuture {
    #[inline(always)]
    pub fn new(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn none() -> Self {
        Self(())
    }
}

#[inline(always)]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

#[inline(always)]
pub fn instrument<F: Future>(
    _span: SpanFuture,
    future: F,
    _observe: impl Fn(&mut SpanEnd<'_>, &F::Output),
) -> F {
    future
}

#[inline(always)]
pub const fn usage_enabled() -> bool {
    false
}

/// What a `#[session_usage]` says of its request.
pub struct UsageRequest(());

impl UsageRequest {
    #[inline(always)]
    pub fn begin() -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn text<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline(always)]
    pub fn display<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline(always)]
    pub fn debug<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline(always)]
    pub fn attempt<T: ?Sized>(&mut self, _attempt: &T) {}
    #[inline(always)]
    pub fn session<T: ?Sized>(&mut self, _session: &T) {}
    #[inline(always)]
    pub fn enter(self) -> UsageGuard {
        UsageGuard(())
    }
}

/// A request in flight.
#[must_use]
pub struct UsageGuard(());

impl UsageGuard {
    #[inline(always)]
    pub fn none() -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn finish(self, _returned: &(impl UsageSource + ?Sized)) {}
}

#[inline(always)]
pub fn instrument_usage<F>(_guard: UsageGuard, future: F) -> F
where
    F: Future<Output: UsageSource>,
{
    future
}

#[inline(always)]
pub fn record_usage_of(_request: UsageRequest, _source: &(impl UsageSource + ?Sized)) {}
