//! What the macros call.

pub use super::call::{
    SpanEntry, in_observed_span, in_span, in_span_with_fields, in_span_with_outcome,
};
pub use super::callsite::Callsite;
pub use super::fields::{Fields, late_fields};
/// The same for the body of an `async fn`, by a name that the next attribute knows it by.
pub use super::future::instrument as instrument_async;
pub use super::future::{SpanFuture, instrument};
pub use super::span::{SpanEnd, SpanGuard};
pub use super::usage::{
    UsageGuard, UsageRequest, UsageStream, instrument_span_in_usage, instrument_stream,
    instrument_until_stream, instrument_until_stream_async, instrument_usage,
    instrument_usage_async, instrument_usage_in_span, record_usage_of, usage_enabled,
};

/// Runs a function's body as a closure that is called once, so that it may return what it borrows.
#[inline]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// The future of an `async fn` that gives a watched stream, by a name that the next attribute knows it by.
#[inline]
pub fn streamed_async<F: Future>(future: F) -> F {
    future
}
