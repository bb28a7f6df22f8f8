//! The items that the macros call, without any effect.
//!
//! They are used only if Cargo enables the feature `enabled` of the macros and not of the runtime. Cargo may do
//! that because it resolves the features of proc macros separately.
#![expect(
    missing_docs,
    missing_debug_implementations,
    reason = "hidden items, which have the signatures of the enabled build"
)]

use std::marker::PhantomData;

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

/// The argument of a body that records fields, by which the body enters its span.
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

/// The guard of a span.
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

/// The end of a span, before its record is written.
pub struct SpanEnd<'a>(PhantomData<&'a mut ()>);

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

/// The span of a future.
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

#[inline]
pub fn instrument_span<F: Future>(
    future: F,
    _span: SpanFuture,
    _observe: impl Fn(&mut SpanEnd<'_>, &F::Output),
) -> F {
    future
}

#[inline]
pub const fn usage_enabled() -> bool {
    false
}

/// The attributes of a request.
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

/// The guard of a request.
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

/// The request of a stream.
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
pub fn watch_stream<S>(_request: UsageStream, stream: S) -> S {
    stream
}

/// The request of a future.
pub struct RequestFuture(());

impl RequestFuture {
    #[inline]
    pub fn of(_guard: UsageGuard) -> Self {
        Self(())
    }
    #[inline]
    pub fn in_body() -> Self {
        Self(())
    }
}

#[inline]
pub fn instrument_usage<F: Future>(future: F, _request: RequestFuture) -> F {
    future
}

#[inline]
pub async fn instrument_stream<F: Future, U>(
    future: F,
    _request: RequestFuture,
    watch: impl Fn(UsageStream, F::Output) -> U,
) -> U {
    watch(UsageStream(()), future.await)
}

#[inline]
pub fn instrument_span_in_usage<F: Future>(
    future: F,
    _span: SpanFuture,
    _request: RequestFuture,
    _observe: impl Fn(&mut SpanEnd<'_>, &F::Output),
) -> F {
    future
}

#[inline]
pub fn instrument_usage_in_span<F: Future>(
    future: F,
    _request: RequestFuture,
    _span: SpanFuture,
    _observe: impl Fn(&mut SpanEnd<'_>, &F::Output),
) -> F {
    future
}

#[inline]
pub fn instrument_span_in_stream<F: Future, U>(
    future: F,
    _span: SpanFuture,
    request: RequestFuture,
    _observe: impl Fn(&mut SpanEnd<'_>, &F::Output),
    watch: impl Fn(UsageStream, F::Output) -> U,
) -> impl Future<Output = U> {
    instrument_stream(future, request, watch)
}

#[inline]
pub fn instrument_stream_in_span<F: Future, U>(
    future: F,
    request: RequestFuture,
    _span: SpanFuture,
    watch: impl Fn(UsageStream, F::Output) -> U,
    _observe: impl Fn(&mut SpanEnd<'_>, &U),
) -> impl Future<Output = U> {
    instrument_stream(future, request, watch)
}

#[inline]
pub fn record_usage_of<S: ?Sized>(_request: UsageRequest, _source: &S) {}
