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

without_effect! { Fields:
    fn begin(_callsite: &'static Callsite) -> Self = Self(());
    fn root(&mut self);
    fn turn(&mut self);
    fn operation(&mut self, _operation: &'static str);
    fn operation_text<T: ?Sized>(&mut self, _key: &'static str, _text: &T);
    fn operation_display<T: ?Sized>(&mut self, _key: &'static str, _text: &T);
    fn operation_debug<T: ?Sized>(&mut self, _key: &'static str, _text: &T);
    fn value<V: ?Sized>(&mut self, _key: &'static str, _value: &V);
    fn display<V: ?Sized>(&mut self, _key: &'static str, _value: &V);
    fn debug<V: ?Sized>(&mut self, _key: &'static str, _value: &V);
    fn content<V: ?Sized>(&mut self, _key: &'static str, _value: &V);
    fn content_display<V: ?Sized>(&mut self, _key: &'static str, _value: &V);
    fn content_debug<V: ?Sized>(&mut self, _key: &'static str, _value: &V);
    fn redacted(&mut self, _key: &'static str);
    fn enter(self) -> SpanGuard = SpanGuard(());
    fn enter_in_poll(self);
    fn write(self);
}

/// The argument of a body that records fields, by which the body enters its span.
pub struct SpanEntry(());

without_effect! { SpanEntry:
    fn begin(&self) -> Option<Fields> = None;
    fn enter(self, _fields: Fields);
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

without_effect! { SpanGuard:
    fn enter(_callsite: &'static Callsite) -> Self = Self(());
    fn none() -> Self = Self(());
    fn close(&mut self, _outcome: Outcome);
    fn presume(&mut self, _outcome: Outcome);
    fn observe(&mut self, _observe: &mut dyn FnMut(&mut SpanEnd<'_>));
}

/// The end of a span, before its record is written.
pub struct SpanEnd<'a>(PhantomData<&'a mut ()>);

without_effect! { SpanEnd<'_>:
    fn outcome(&mut self, _outcome: Outcome);
    fn error_display<E: ?Sized>(&mut self, _error: &E);
    fn error_debug<E: ?Sized>(&mut self, _error: &E);
    fn returned_display<V: ?Sized>(&mut self, _value: &V);
    fn returned_debug<V: ?Sized>(&mut self, _value: &V);
}

/// The span of a future.
pub struct SpanFuture(());

without_effect! { SpanFuture:
    fn at_first_poll(_callsite: &'static Callsite) -> Self = Self(());
    fn in_body(_callsite: &'static Callsite) -> Self = Self(());
    fn new(_callsite: &'static Callsite) -> Self = Self(());
    fn with_fields(_fields: Fields) -> Self = Self(());
    fn none() -> Self = Self(());
    fn is_none(&self) -> bool = true;
    fn enter(&mut self) -> EnteredSpan = EnteredSpan(());
    fn fail(self, _observe: impl FnOnce(&mut SpanEnd<'_>));
}

#[inline]
pub const fn no_value<T>() -> Option<Box<T>> {
    None
}

#[inline]
pub const fn future_of<T, F: Future<Output = T>>(future: F) -> F {
    future
}

#[inline]
pub fn contained(_evaluate: impl FnOnce()) {}

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

/// A span that is entered.
#[must_use]
pub struct EnteredSpan(());

#[inline]
pub fn observe_stream<S>(_span: SpanFuture, stream: S, _observe: ()) -> S {
    stream
}

/// The closure that reads the items of a stream. Without the trait of streams, the type of the items is unknown.
#[doc(hidden)]
#[macro_export]
macro_rules! __item_observer {
    ($observe:expr) => {
        ()
    };
}
pub use crate::__item_observer as item_observer;

#[inline]
pub async fn instrument_span_of_stream<F: Future, U>(
    future: F,
    span: SpanFuture,
    watch: impl Fn(SpanFuture, F::Output) -> U,
) -> U {
    watch(span, future.await)
}

#[inline]
pub const fn usage_enabled() -> bool {
    false
}

/// The guard of a turn.
#[must_use]
pub struct TurnGuard(());

without_effect! { TurnGuard:
    fn enter() -> Self = Self(());
}

/// The turn of a future.
pub struct TurnFuture(());

without_effect! { TurnFuture:
    fn at_first_poll() -> Self = Self(());
    fn of(_guard: TurnGuard) -> Self = Self(());
    fn is_none(&self) -> bool = true;
}

#[inline]
pub async fn instrument_turn_of_stream<F: Future, U>(
    future: F,
    turn: TurnFuture,
    watch: impl Fn(TurnFuture, F::Output) -> U,
) -> U {
    watch(turn, future.await)
}

#[inline]
pub fn instrument_turn<F>(inner: F, _turn: TurnFuture) -> F {
    inner
}

/// The attributes of a request.
pub struct UsageRequest(());

without_effect! { UsageRequest:
    fn begin() -> Self = Self(());
    fn beside_span(&mut self, _src: &'static str, _root: bool);
    fn within<S: ?Sized>(&mut self, _span: &mut S);
    fn text<T: ?Sized>(&mut self, _key: &'static str, _text: &T);
    fn display<T: ?Sized>(&mut self, _key: &'static str, _text: &T);
    fn debug<T: ?Sized>(&mut self, _key: &'static str, _text: &T);
    fn attempt<T: ?Sized>(&mut self, _attempt: &T);
    fn session<T: ?Sized>(&mut self, _session: &T);
    fn enter(self) -> UsageGuard = UsageGuard(());
    fn enter_in_poll(self);
}

/// The guard of a request.
#[must_use]
pub struct UsageGuard(());

without_effect! { UsageGuard:
    fn none() -> Self = Self(());
    fn finish<R: ?Sized>(self, _returned: &R);
    fn into_stream(self) -> UsageStream = UsageStream(());
}

/// The request of a stream.
pub struct UsageStream(());

without_effect! { UsageStream:
    fn is_none(&self) -> bool = true;
    fn fail(self);
}

#[inline]
pub fn watch_stream<S>(_request: UsageStream, stream: S) -> S {
    stream
}

/// The request of a future.
pub struct RequestFuture(());

without_effect! { RequestFuture:
    fn of(_guard: UsageGuard) -> Self = Self(());
    fn in_body() -> Self = Self(());
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
