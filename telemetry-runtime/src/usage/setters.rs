//! Setters of a [`Usage`], for hosts that state what they know of a request.

use std::time::Duration;

use super::{CostSource, ErrorClass, Usage};

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
    ///     .with_prompt_tokens(1_200_u64)
    ///     .with_completion_tokens(350_u64);
    /// record_usage(&usage);
    /// ```
    with_request_id: request_id = String;
    /// Sets the name of the model in the answer.
    with_model: model = String;
    /// Sets the number of all input tokens, cached ones included.
    with_prompt_tokens: prompt_tokens = u64;
    /// Sets the number of input tokens that were read from the provider's cache.
    with_cached_tokens: cached_tokens = u64;
    /// Sets the number of input tokens that were written to the provider's cache.
    with_cache_write_tokens: cache_write_tokens = u64;
    /// Sets the number of all output tokens, reasoning included.
    with_completion_tokens: completion_tokens = u64;
    /// Sets the number of output tokens that were spent on reasoning.
    with_reasoning_tokens: reasoning_tokens = u64;
    /// Sets the provider's own sum of the tokens.
    with_total_tokens: total_tokens = u64;
    /// Sets the cost of the request, in nano-dollars.
    with_cost_nanos: cost_nanos = i64;
    /// Sets the source of the cost.
    with_cost_source: cost_source = CostSource;
    /// Sets the number of the attempt, from 1.
    with_attempt: attempt = u32;
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

impl Usage {
    /// Sets the class of an error that the host got in place of an answer, if [`ErrorClass::of_error`] knows it.
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
