//! The arguments of `#[session_usage]`, evaluated at the entry of the function.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::guard::UsageGuard;
use super::scope::{RequestAttributes, RequestScope};
use super::session_argument::UsageSession;
use super::span::RequestSpan;
use super::text;
use crate::enabled::field::inside_some;
use crate::enabled::future::SpanFuture;
use crate::enabled::panics::catch_user_panic;
use crate::enabled::stats;
use crate::enabled::trace::SpanPlace;
use crate::recorded_text::{AttemptNumber, OptionText};

/// The attributes of a request, from the arguments of `#[session_usage]`.
pub struct UsageRequest {
    attributes: RequestAttributes,
    start: SystemTime,
    began: Instant,
    /// The source of the function, if the function has a span as well, and whether that span is a root.
    span: Option<(&'static str, bool)>,
    /// The place of that span and the number of its parent, if the span is open and not entered.
    within: Option<(SpanPlace, u64)>,
}

impl Debug for UsageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageRequest").finish_non_exhaustive()
    }
}

impl UsageRequest {
    /// Begins a request now.
    pub fn begin() -> Self {
        Self {
            attributes: RequestAttributes::default(),
            start: SystemTime::now(),
            began: Instant::now(),
            span: None,
            within: None,
        }
    }

    /// Makes the span of the same function that of the request. `src` is `FILE:LINE` as in the call site of the span;
    /// `root` is whether the span begins a new tree.
    pub fn beside_span(&mut self, src: &'static str, root: bool) {
        self.span = Some((src, root));
    }

    /// Makes the span of a returned future that of the request, like [`Self::beside_span`]. The span is open and is entered in
    /// the polls, after the request has begun.
    pub fn within<'a>(&mut self, span: impl Into<Option<&'a mut SpanFuture>>) {
        self.within = span.into().and_then(SpanFuture::take_request);
    }

    /// Sets `model = expr`, `effort`, `request_id` or `retry_cause`.
    pub fn text<T: OptionText + ?Sized>(&mut self, key: &'static str, value: &T) {
        self.put(
            key,
            catch_user_panic(|| value.usage_text().map(str::to_owned)).flatten(),
        );
    }

    /// Sets `model = %expr`, like [`Self::text`].
    pub fn display<T: Display + ?Sized>(&mut self, key: &'static str, value: &T) {
        self.put(key, catch_user_panic(|| value.to_string()));
    }

    /// Sets `model = ?expr`, like [`Self::text`]. The value of an `Option` is its content; `None` sets nothing.
    pub fn debug<T: Debug + ?Sized>(&mut self, key: &'static str, value: &T) {
        let written = catch_user_panic(|| format!("{value:?}"));
        self.put(key, written.and_then(|written| inside_some(&written)));
    }

    fn put(&mut self, key: &str, value: Option<String>) {
        let slot = match key {
            "model" => &mut self.attributes.model,
            "effort" => &mut self.attributes.effort,
            "request_id" => &mut self.attributes.request_id,
            "retry_cause" => &mut self.attributes.retry_cause,
            _ => return,
        };
        *slot = value
            .filter(|value| !value.is_empty())
            .map(|value| match key {
                "effort" => text::storable_effort(&value),
                "request_id" => text::storable_id(&value),
                "model" => text::storable_model(&value),
                _ => text::storable(&value),
            });
    }

    /// Sets `attempt = expr`, which counts from 1.
    pub fn attempt<T: AttemptNumber + ?Sized>(&mut self, attempt: &T) {
        let attempt = match catch_user_panic(|| attempt.token_count()) {
            Some(Ok(None)) | None => return,
            Some(Ok(Some(attempt))) => u32::try_from(attempt).ok(),
            Some(Err(_)) => None,
        };
        self.attributes.attempt = attempt.filter(|attempt| *attempt > 0);
        stats::Counter::RefusedCounts.add(u64::from(self.attributes.attempt.is_none()));
    }

    /// Sets `session = expr`.
    pub fn session<T: UsageSession + ?Sized>(&mut self, session: &T) {
        self.attributes.session = session.usage_session();
    }

    /// Enters the request's scope on this thread.
    pub fn enter(self) -> UsageGuard {
        UsageGuard::new(self.into_scope())
    }

    pub(super) fn into_scope(self) -> Arc<RequestScope> {
        let span = RequestSpan::new(self.span, self.within);
        Arc::new(RequestScope::new(
            self.attributes,
            self.start,
            self.began,
            span,
        ))
    }
}
