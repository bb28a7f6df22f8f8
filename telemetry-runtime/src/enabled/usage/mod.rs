//! Usage of models: the run-time half of `#[session_usage]`.
//!
//! A request is a [`RequestScope`](scope::RequestScope): it holds the arguments of the attribute, the start
//! time, and whether a usage inside it was recorded already. Scopes nest, on a thread and through the polls
//! of futures. The innermost scope that receives the usage records it; values that it lacks are taken from the
//! scopes around it. [`record`] decides which usages become records, and [`mod@write`] makes them.

mod content;
mod counts;
mod extract;
mod factors;
mod future;
mod guard;
mod known;
mod litellm;
mod price_map;
pub(super) mod pricing;
mod record;
mod request;
pub(super) mod scope;
mod session_argument;
mod span;
mod stream;
mod text;
mod write;

pub(super) use future::RecordReturned;
pub use future::RequestFuture;
pub use guard::UsageGuard;
pub(super) use price_map::{MAX_MAP_LEN, PriceMapFile, read_price_map};
pub use request::UsageRequest;
pub(super) use scope::RequestScope;
pub use session_argument::UsageSession;
pub(super) use stream::RequestUntilStream;
pub use stream::{UsageStream, watch_stream};

use super::capture;
use super::session;
use crate::usage::{Usage, UsageSource};

/// Returns whether usage is recorded. Expanded code calls this before it evaluates an argument.
#[inline]
pub fn usage_enabled() -> bool {
    session::is_recording() || capture::is_capturing()
}

/// Records the usage of `source`, for a handler that receives the usage of a request.
pub fn record_usage_of(request: UsageRequest, source: &(impl UsageSource + ?Sized)) {
    let scope = request.into_scope();
    record::reported(&scope, source);
}

/// Records the usage that a value states, for code that cannot be annotated.
///
/// The function works like `#[session_usage(usage = …)]`. It has no effect if the value contains no usage or if
/// telemetry is disabled. Values that are missing are taken from the annotated functions around this call. A
/// request that is recorded already is not recorded again.
pub fn record_usage(source: &(impl UsageSource + ?Sized)) {
    if usage_enabled() {
        record_usage_of(UsageRequest::begin(), source);
    }
}

/// Notes properties of the request in flight on this thread, for its record. The request is that of the
/// innermost annotated function around this call. Values in the answer itself take precedence.
///
/// The function is for values that no return value contains: those of the response headers, before the body of a stream is
/// read, and the class of an error.
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
/// The call has no effect outside of an annotated function, or while telemetry is disabled.
pub fn note_usage(usage: Usage) {
    if usage_enabled()
        && let Some(request) = scope::innermost()
    {
        request.add_note(usage);
    }
}

#[cfg(test)]
mod tests;
