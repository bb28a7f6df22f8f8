//! The items that the macros call.

pub use super::call::{
    SpanEntry, in_observed_span, in_span, in_span_with_fields, in_span_with_outcome,
};
pub use super::callsite::Callsite;
pub use super::fields::{Fields, late_fields};
pub use super::future::{SpanFuture, item_observer, observe_stream};
pub use super::instrument::{
    instrument_span, instrument_span_in_stream, instrument_span_in_usage,
    instrument_span_of_stream, instrument_stream, instrument_stream_in_span, instrument_usage,
    instrument_usage_in_span,
};
pub use super::span::{SpanEnd, SpanGuard};
pub use super::turn::{TurnFuture, TurnGuard, instrument_turn, instrument_turn_of_stream};
pub use super::usage::{
    RequestFuture, UsageGuard, UsageRequest, UsageStream, record_usage_of, usage_enabled,
    watch_stream,
};

pub use super::panics::contained;

/// Returns no value of a type, for a `return` that gives a future its type and never runs. The box hides from rustc
/// whether the type has values: code behind an expression of a type without values would be unreachable.
#[inline]
pub const fn no_value<T>() -> Option<Box<T>> {
    None
}

/// Returns the future. The signature determines the type of its value for rustc's inference.
#[inline]
pub const fn future_of<T, F: Future<Output = T>>(future: F) -> F {
    future
}

/// Runs a function's body as a closure that is called once, so that it may return borrowed values.
#[inline]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}
