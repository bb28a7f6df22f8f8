//! Mirror of `telemetry_schema::record::Totals`, which this build does not depend on.

use std::time::Duration;

/// Totals over requests. A kind of tokens that no provider reported counts as 0. Sums saturate:
/// they never wrap.
///
/// Fields may be added; construct a value with `..Totals::default()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Totals {
    /// Requests with the outcome `ok`.
    pub turns: u64,
    /// All requests, failed and cancelled ones included.
    pub requests: u64,
    /// Requests that failed or were cancelled.
    pub failures: u64,
    /// Requests that were a second or later attempt.
    pub retries: u64,
    /// Input tokens, cached ones included.
    pub prompt_tokens: u64,
    /// Input tokens read from the provider's cache.
    pub cached_tokens: u64,
    /// Input tokens of the consistent requests that reported their cached tokens: the divisor of the cache hit rate.
    pub cache_reported_prompt_tokens: u64,
    /// Input tokens written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Output tokens, reasoning included.
    pub completion_tokens: u64,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: u64,
    /// All tokens, as the providers count them.
    pub total_tokens: u64,
    /// The cost of the priced requests, in nano-dollars.
    pub cost_nanos: i64,
    /// The part of the cost that was calculated from a table of prices, in nano-dollars. The proxy reported
    /// the rest.
    pub calculated_cost_nanos: i64,
    /// What the answers from the proxy's cache would have cost, in nano-dollars. It was not charged.
    pub saved_nanos: i64,
    /// Requests that used tokens and have no known cost.
    pub unpriced_requests: u64,
    /// Requests whose counts contradict each other; rates leave them out.
    pub inconsistent_requests: u64,
    /// The part of the cached tokens that rates leave out: of inconsistent requests, and of amendments.
    pub inconsistent_cached_tokens: u64,
    /// The time spent in requests. Rollup records hold milliseconds.
    pub api_time: Duration,
}

impl Totals {
    /// Adds other totals to these.
    pub fn add(&mut self, other: &Self) {
        self.turns = self.turns.saturating_add(other.turns);
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.retries = self.retries.saturating_add(other.retries);
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.cache_reported_prompt_tokens = self
            .cache_reported_prompt_tokens
            .saturating_add(other.cache_reported_prompt_tokens);
        self.cache_write_tokens = self
            .cache_write_tokens
            .saturating_add(other.cache_write_tokens);
        self.completion_tokens = self
            .completion_tokens
            .saturating_add(other.completion_tokens);
        self.reasoning_tokens = self.reasoning_tokens.saturating_add(other.reasoning_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        self.cost_nanos = self.cost_nanos.saturating_add(other.cost_nanos);
        self.calculated_cost_nanos = self
            .calculated_cost_nanos
            .saturating_add(other.calculated_cost_nanos);
        self.saved_nanos = self.saved_nanos.saturating_add(other.saved_nanos);
        self.unpriced_requests = self
            .unpriced_requests
            .saturating_add(other.unpriced_requests);
        self.inconsistent_requests = self
            .inconsistent_requests
            .saturating_add(other.inconsistent_requests);
        self.inconsistent_cached_tokens = self
            .inconsistent_cached_tokens
            .saturating_add(other.inconsistent_cached_tokens);
        self.api_time = self.api_time.saturating_add(other.api_time);
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
