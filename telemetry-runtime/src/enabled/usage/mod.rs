//! What `#[session_usage]` expands to, and where usage becomes a record.
//!
//! A request is a [`RequestScope`](scope::RequestScope): it knows what the attribute said, when it began, and
//! whether something inside it was recorded already. Scopes nest, on a thread and through the polls
//! of futures; the innermost one that sees the usage records it, and asks the ones around it for
//! what it does not know. [`record`] is the only place that makes a record.

mod extract;
mod future;
mod guard;
mod litellm;
mod price_map;
pub(super) mod pricing;
mod record;
mod request;
pub(super) mod scope;
mod session_argument;
mod stream;
mod text;
mod write;

pub use future::{
    instrument_span_in_usage, instrument_usage, instrument_usage_async, instrument_usage_in_span,
};
pub use guard::UsageGuard;
pub(super) use price_map::MAX_MAP_LEN;
pub use request::UsageRequest;
pub(super) use scope::RequestScope;
pub use stream::{
    UsageStream, instrument_stream, instrument_until_stream, instrument_until_stream_async,
};

use super::session;
use crate::usage::{Usage, UsageSource};

/// Whether usage is recorded; the macros ask before they evaluate anything.
#[inline]
pub fn usage_enabled() -> bool {
    session::is_recording()
}

/// Records what `source` says, now: for handlers that are told a request's usage.
pub fn record_usage_of(request: UsageRequest, source: &(impl UsageSource + ?Sized)) {
    let scope = request.into_scope();
    record::reported(&scope, source);
}

/// Records what a value says of its request, for code that cannot be annotated.
///
/// Does what `#[session_usage(usage = …)]` does: nothing where the value carries no usage or
/// telemetry is off; what the value does not know is taken from the annotated functions around this
/// call, and a request that is recorded already is not recorded again.
pub fn record_usage(source: &(impl UsageSource + ?Sized)) {
    if usage_enabled() {
        record_usage_of(UsageRequest::begin(), source);
    }
}

/// Notes what became known of the request in flight on this thread, for its record: the innermost
/// annotated function around this call is it. What the answer itself says later knows better.
///
/// For what no returned value holds: the response headers, before the body of a stream is read, and
/// the class of an error, whose value is none of a usage.
///
/// ```
/// use telemetry_runtime::{ErrorClass, Usage, note_usage, session_usage};
///
/// # #[derive(telemetry_runtime::UsageSource)]
/// # struct Answer { #[usage] usage: Option<Usage> }
/// #[session_usage(model = "gpt-4o-mini")]
/// fn send(status: u16, headers: &[(&str, &str)]) -> Result<Answer, String> {
///     let mut known = Usage::default().with_headers(headers.iter().copied());
///     if status != 200 {
///         known.error_class = ErrorClass::of(status, None, None, "");
///     }
///     note_usage(known);
///     // …
/// #   Err(status.to_string())
/// }
/// # assert!(send(429, &[]).is_err());
/// ```
///
/// Does nothing outside of an annotated function, or while telemetry is off.
pub fn note_usage(usage: Usage) {
    if usage_enabled()
        && let Some(request) = scope::innermost()
    {
        request.add_note(usage);
    }
}

#[cfg(test)]
mod tests;
