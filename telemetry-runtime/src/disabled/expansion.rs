//! What the macros call, doing nothing: reached only where Cargo gave the macros the feature
//! `enabled` and the runtime not, as it may in a build script's dependencies.
#![allow(clippy::unused_self, missing_docs, missing_debug_implementations)]

use crate::level::Level;
use crate::outcome::Outcome;

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
    #[inline]
    pub const fn is_enabled(&'static self) -> bool {
        false
    }
}

/// The fields of a span that is about to be entered, of an event, or for the current span.
pub struct Fields(());

impl Fields {
    #[inline]
    pub fn begin(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline]
    pub fn root(&mut self) {}
    #[inline]
    pub fn value<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
    #[inline]
    pub fn display<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
    #[inline]
    pub fn debug<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
    #[inline]
    pub fn content<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
    #[inline]
    pub fn content_display<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
    #[inline]
    pub fn content_debug<V: ?Sized>(&mut self, _key: &'static str, _value: &V) {}
    #[inline]
    pub fn redacted(&mut self, _key: &'static str) {}
    #[inline]
    pub fn enter(self) -> SpanGuard {
        SpanGuard(())
    }
    #[inline]
    pub fn enter_in_poll(self) {}
    #[inline]
    pub fn write(self) {}
}

/// What a body that records fields enters its span by.
pub struct SpanEntry(());

impl SpanEntry {
    #[inline]
    pub fn begin(&self) -> Option<Fields> {
        None
    }
    #[inline]
    pub fn enter(self, _fields: Fields) {}
}

#[inline]
pub fn in_span<R>(_callsite: &'static Callsite, body: impl FnOnce() -> R) -> R {
    body()
}

#[inline]
pub fn in_span_with_outcome<R>(
    _callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    _outcome: impl FnOnce(&R) -> Outcome,
) -> R {
    body()
}

#[inline]
pub fn in_observed_span<R>(
    _callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    _observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    body()
}

#[inline]
pub fn in_span_with_fields<R>(
    _callsite: &'static Callsite,
    body: impl FnOnce(SpanEntry) -> R,
    _observe: impl FnOnce(&mut SpanEnd<'_>, &R),
) -> R {
    body(SpanEntry(()))
}

#[inline]
pub fn late_fields() -> Option<Fields> {
    None
}

/// A span that a function's block holds.
#[must_use]
pub struct SpanGuard(());

impl SpanGuard {
    #[inline]
    pub fn enter(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline]
    pub fn none() -> Self {
        Self(())
    }
    #[inline]
    pub fn close(&mut self, _outcome: Outcome) {}
    #[inline]
    pub fn observe(&mut self, _observe: &mut dyn FnMut(&mut SpanEnd<'_>)) {}
}

/// How a span ended, to be told before its record is written.
pub struct SpanEnd<'a>(#[allow(dead_code)] &'a mut ());

impl SpanEnd<'_> {
    #[inline]
    pub fn outcome(&mut self, _outcome: Outcome) {}
    #[inline]
    pub fn error_display<E: ?Sized>(&mut self, _error: &E) {}
    #[inline]
    pub fn error_debug<E: ?Sized>(&mut self, _error: &E) {}
    #[inline]
    pub fn returned_display<V: ?Sized>(&mut self, _value: &V) {}
    #[inline]
    pub fn returned_debug<V: ?Sized>(&mut self, _value: &V) {}
}

/// A span that a future carries.
pub struct SpanFuture(());

impl SpanFuture {
    #[inline]
    pub fn at_first_poll(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline]
    pub fn in_body(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline]
    pub fn new(_callsite: &'static Callsite) -> Self {
        Self(())
    }
    #[inline]
    pub fn with_fields(_fields: Fields) -> Self {
        Self(())
    }
    #[inline]
    pub fn none() -> Self {
        Self(())
    }
}

#[inline]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

pub use instrument as instrument_async;
pub use instrument as instrument_span_in_usage;
pub use instrument as instrument_usage_in_span;

#[inline]
pub fn instrument<F: Future>(
    _span: SpanFuture,
    future: F,
    _observe: impl Fn(&mut SpanEnd<'_>, &F::Output),
) -> F {
    future
}

#[inline]
pub const fn usage_enabled() -> bool {
    false
}

/// What a `#[session_usage]` says of its request.
pub struct UsageRequest(());

impl UsageRequest {
    #[inline]
    pub fn begin() -> Self {
        Self(())
    }
    #[inline]
    pub fn text<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline]
    pub fn display<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline]
    pub fn debug<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline]
    pub fn attempt<T: ?Sized>(&mut self, _attempt: &T) {}
    #[inline]
    pub fn session<T: ?Sized>(&mut self, _session: &T) {}
    #[inline]
    pub fn enter(self) -> UsageGuard {
        UsageGuard(())
    }
    #[inline]
    pub fn enter_in_poll(self) {}
}

/// A request in flight.
#[must_use]
pub struct UsageGuard(());

impl UsageGuard {
    #[inline]
    pub fn none() -> Self {
        Self(())
    }
    #[inline]
    pub fn finish<R: ?Sized>(self, _returned: &R) {}
}

/// A request whose answer is streamed.
pub struct UsageStream(());

impl UsageGuard {
    #[inline]
    pub fn into_stream(self) -> UsageStream {
        UsageStream(())
    }
}

impl UsageStream {
    #[inline]
    pub fn is_none(&self) -> bool {
        true
    }
    #[inline]
    pub fn fail(self) {}
}

#[inline]
pub fn instrument_stream<S>(_request: UsageStream, stream: S) -> S {
    stream
}

#[inline]
pub async fn instrument_until_stream<F: Future>(
    _guard: UsageGuard,
    future: F,
) -> (UsageStream, F::Output) {
    (UsageStream(()), future.await)
}

#[inline]
pub async fn instrument_until_stream_async<F: Future>(future: F) -> (UsageStream, F::Output) {
    (UsageStream(()), future.await)
}

#[inline]
pub fn instrument_usage<F: Future>(_guard: UsageGuard, future: F) -> F {
    future
}

#[inline]
pub fn instrument_usage_async<F: Future>(future: F) -> F {
    future
}

#[inline]
pub fn record_usage_of<S: ?Sized>(_request: UsageRequest, _source: &S) {}

/// The future of an `async fn` that gives a watched stream, by a name that the next attribute knows it by.
#[inline]
pub fn streamed_async<F: Future>(future: F) -> F {
    future
}
