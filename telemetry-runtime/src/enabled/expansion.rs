//! What the macros call.

pub use super::callsite::Callsite;
pub use super::event::{EventFields, late_fields};
pub use super::future::instrument;
pub use super::span::{SpanEnd, SpanFields, SpanFuture, SpanGuard};
pub use super::usage::{
    UsageGuard, UsageRequest, UsageStream, instrument_stream, instrument_until_stream,
    instrument_usage, record_usage_of, usage_enabled,
};

/// Runs a function's body as a closure that is called once, so that it may return what it borrows.
#[inline]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}
