//! Mirror of `telemetry_schema::record::Totals`, which this build does not depend on.

use std::time::Duration;

macro_rules! totals {
    ($($(#[doc = $doc:literal])* $field:ident: $type:ty,)*) => {
        /// Totals over requests. A kind of tokens that no provider reported counts as 0. Sums saturate:
        /// they never wrap.
        ///
        /// Fields may be added; construct a value with `..Totals::default()`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct Totals {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        impl Totals {
    /// Returns whether a sum has reached the limit of its type, so that it may be too small.
    pub fn is_saturated(&self) -> bool {
        false
    }

            /// Adds other totals to these.
            pub fn add(&mut self, other: &Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)*
            }
        }
    };
}

totals! {
    /// Requests with the outcome `ok`.
    answered: u64,
    /// All requests, failed and cancelled ones included.
    requests: u64,
    /// Requests that failed or were cancelled.
    failures: u64,
    /// Requests that were a second or later attempt.
    retries: u64,
    /// Input tokens, cached ones included.
    prompt_tokens: u64,
    /// Input tokens read from the provider's cache.
    cached_tokens: u64,
    /// Input tokens of the consistent requests that reported their cached tokens: the divisor of the cache hit rate.
    cache_reported_prompt_tokens: u64,
    /// Input tokens written to the provider's cache.
    cache_write_tokens: u64,
    /// Output tokens, reasoning included.
    completion_tokens: u64,
    /// Output tokens spent on reasoning.
    reasoning_tokens: u64,
    /// All tokens, as the providers count them.
    total_tokens: u64,
    /// The cost of the priced requests, in nano-dollars.
    cost_nanos: i64,
    /// The part of the cost that was calculated from a table of prices, in nano-dollars. The proxy reported
    /// the rest.
    calculated_cost_nanos: i64,
    /// The cost that answers from the proxy's cache saved, in nano-dollars. It was not charged.
    saved_nanos: i64,
    /// Requests whose cost was unknown when they were recorded: they used tokens, or were answered without any
    /// count of tokens. See [`unpriced`](Self::unpriced).
    unpriced_requests: u64,
    /// Requests that were recorded without a cost, and whose cost a later record brought.
    priced_later_requests: u64,
    /// Requests whose counts contradict each other; they are excluded from rates.
    inconsistent_requests: u64,
    /// The cached tokens that are excluded from rates: those of inconsistent requests and of amendments.
    inconsistent_cached_tokens: u64,
    /// The time spent in requests. Rollup records hold milliseconds.
    api_time: Duration,
}

impl Totals {
    /// Returns the number of requests whose cost is unknown.
    pub fn unpriced(&self) -> u64 {
        self.unpriced_requests
            .saturating_sub(self.priced_later_requests)
    }

    /// Returns the part of the input that was read from the provider's cache, from 0 to 1, over the
    /// consistent requests that reported cached tokens; `None` where no request did.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn cache_hit_rate(&self) -> Option<f64> {
        let reported = self.cache_reported_prompt_tokens;
        let cached = self
            .cached_tokens
            .saturating_sub(self.inconsistent_cached_tokens);
        (reported > 0).then(|| cached as f64 / reported as f64)
    }
}
