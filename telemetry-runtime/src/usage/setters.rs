//! Setters of a [`Usage`], for hosts that state the properties of a request themselves.

use std::time::Duration;

use super::{CostSource, ErrorClass, TokenCount, Usage, UsageCost, stated};

macro_rules! setters {
    ($($(#[doc = $doc:literal])* $setter:ident: $field:ident = $type:ty;)*) => {
        impl Usage {$(
            $(#[doc = $doc])*
            #[must_use]
            pub fn $setter(mut self, $field: impl Into<$type>) -> Self {
                self.$field = Some($field.into());
                self
            }
        )*}
    };
}

setters! {
    /// Sets the provider's id of the request.
    ///
    /// ```
    /// use telemetry_runtime::{Usage, record_usage};
    ///
    /// let usage = Usage::default()
    ///     .with_request_id("chatcmpl-1")
    ///     .with_model("gpt-4o-mini")
    ///     .with_prompt_tokens(1_200)
    ///     .with_completion_tokens(350);
    /// record_usage(&usage);
    /// ```
    with_request_id: request_id = String;
    /// Sets the name of the model in the answer.
    with_model: model = String;
    /// Sets the cost of the request, in nano-dollars; [`with_cost`](Self::with_cost) takes dollars.
    with_cost_nanos: cost_nanos = i64;
    /// Sets the source of the cost.
    with_cost_source: cost_source = CostSource;
    /// Sets the reason why the attempt before this one failed: a status such as `429`, or a word.
    with_retry_cause: retry_cause = String;
    /// Sets whether the answer was streamed.
    with_stream: stream = bool;
    /// Sets the time from the request to the first token.
    with_time_to_first_token: time_to_first_token = Duration;
    /// Sets the time from the request to the first chunk.
    with_time_to_first_chunk: time_to_first_chunk = Duration;
    /// Sets the reason why the answer ended, as the provider states it.
    with_finish_reason: finish_reason = String;
    /// Sets the tier of service that answered.
    with_service_tier: service_tier = String;
    /// Sets the class of the error.
    with_error_class: error_class = ErrorClass;
}

/// Setters of counts, which take what a field of a derived source may be.
macro_rules! count_setters {
    ($($(#[doc = $doc:literal])* $setter:ident: $field:ident;)*) => {
        impl Usage {$(
            $(#[doc = $doc])*
            ///
            /// The number may be of any integer type. One that cannot be a count is refused and counted in
            /// [`refused_counts`](Self::refused_counts), and the count stays as it was; see [`TokenCount`].
            #[must_use]
            pub fn $setter(mut self, $field: impl TokenCount) -> Self {
                stated::$field(&mut self, &$field);
                self
            }
        )*}
    };
}

count_setters! {
    /// Sets the number of all input tokens, cached ones included.
    with_prompt_tokens: prompt_tokens;
    /// Sets the number of input tokens that were read from the provider's cache.
    with_cached_tokens: cached_tokens;
    /// Sets the number of input tokens that were written to the provider's cache.
    with_cache_write_tokens: cache_write_tokens;
    /// Sets the number of all output tokens, reasoning included.
    with_completion_tokens: completion_tokens;
    /// Sets the number of output tokens that were spent on reasoning.
    with_reasoning_tokens: reasoning_tokens;
    /// Sets the provider's own sum of the tokens.
    with_total_tokens: total_tokens;
}

impl Usage {
    /// Sets the cost of the request, in dollars, as `#[usage(cost)]` does: an `f64`, or a number as text.
    ///
    /// A cost that is negative, not finite or not a number is refused and counted in
    /// [`refused_counts`](Self::refused_counts), and the cost stays as it was; see [`UsageCost`]. The source of the cost
    /// stays as it was; a cost without one is that of the answer's body.
    ///
    /// ```
    /// use telemetry_runtime::Usage;
    ///
    /// let usage = Usage::default().with_cost(0.0025);
    /// assert_eq!(usage.cost_nanos, Some(2_500_000));
    /// assert_eq!(usage.with_cost(-1.0).cost_nanos, Some(2_500_000));
    /// ```
    #[must_use]
    pub fn with_cost(mut self, cost: impl UsageCost) -> Self {
        if let Some(nanos) = stated::accepted_cost(&mut self, &cost) {
            self.cost_nanos = Some(nanos);
        }
        self
    }

    /// Sets the number of the attempt, from 1. The number may be of any integer type. One that cannot be that of an attempt,
    /// such as 0, is refused and counted in [`refused_counts`](Self::refused_counts), and the attempt stays as it was.
    #[must_use]
    pub fn with_attempt(mut self, attempt: impl TokenCount) -> Self {
        if let Some(number) = stated::accepted_count(&mut self, &attempt) {
            match u32::try_from(number) {
                Ok(number @ 1..) => self.attempt = Some(number),
                _ => stated::refuse(&mut self),
            }
        }
        self
    }
}

impl Usage {
    /// Sets the class of an error that the host received in place of an answer. If [`ErrorClass::of_error`] finds no class,
    /// the class stays as it was.
    ///
    /// ```
    /// use std::io;
    /// use telemetry_runtime::{ErrorClass, Usage};
    ///
    /// let error = io::Error::from(io::ErrorKind::TimedOut);
    /// assert_eq!(Usage::default().with_error(&error).error_class, Some(ErrorClass::Timeout));
    /// ```
    #[must_use]
    pub fn with_error(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        self.error_class = ErrorClass::of_error(error).or(self.error_class);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_may_be_of_any_integer_type() {
        let usage = Usage::default()
            .with_prompt_tokens(3)
            .with_cached_tokens("text".len())
            .with_cache_write_tokens(5_u8)
            .with_completion_tokens(6_i64)
            .with_reasoning_tokens(Some(7_u32))
            .with_total_tokens(u64::MAX)
            .with_attempt(2);
        let counts = [
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.cache_write_tokens,
            usage.completion_tokens,
            usage.reasoning_tokens,
            usage.total_tokens,
        ];
        assert_eq!(counts, [3, 4, 5, 6, 7, u64::MAX].map(Some));
        assert_eq!((usage.attempt, usage.refused_counts), (Some(2), 0));
    }

    #[test]
    fn a_number_that_cannot_be_a_count_is_refused_as_by_a_derived_source() {
        let usage = Usage::default()
            .with_prompt_tokens(1)
            .with_prompt_tokens(-1)
            .with_total_tokens(u128::MAX)
            .with_completion_tokens(None::<u64>)
            .with_attempt(1)
            .with_attempt(0)
            .with_attempt(-1)
            .with_attempt(u64::MAX);
        assert_eq!((usage.prompt_tokens, usage.attempt), (Some(1), Some(1)));
        assert_eq!((usage.total_tokens, usage.completion_tokens), (None, None));
        assert_eq!(usage.refused_counts, 5);
    }

    #[test]
    fn a_cost_in_dollars_is_refused_as_by_a_derived_source() {
        let usage = Usage::default().with_cost(3.0);
        assert_eq!(usage.cost_nanos, Some(3_000_000_000));
        assert_eq!(usage.cost_source, None);
        let cached = usage.with_cost_source(CostSource::CacheHit).with_cost("1");
        assert_eq!(cached.cost_source, Some(CostSource::CacheHit));
        assert_eq!(cached.cost_nanos, Some(1_000_000_000));
        for refused in [-1e-9, f64::NAN, f64::INFINITY, 1e10] {
            let usage = Usage::default().with_cost(refused);
            assert_eq!((usage.cost_nanos, usage.refused_counts), (None, 1));
        }
    }
}
