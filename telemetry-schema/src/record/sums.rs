//! Sums over session records: the only place of the project that adds them up.

use serde::{Deserialize, Serialize};

use super::{NanoUsd, SessionRecord};

/// Sums over requests. A kind of tokens that no provider reported is 0. Sums stop at the end of
/// their range and never wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Requests that were answered.
    pub turns: u64,
    /// All requests.
    pub requests: u64,
    /// Requests that were not answered.
    pub failures: u64,
    /// Requests that were a second or later attempt.
    pub retries: u64,
    /// Input tokens, cached ones included.
    pub prompt_tokens: u64,
    /// Input tokens read from the provider's cache.
    pub cached_tokens: u64,
    /// Input tokens of the requests that reported their cached tokens.
    pub cache_reported_prompt_tokens: u64,
    /// Input tokens written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Output tokens, reasoning included.
    pub completion_tokens: u64,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: u64,
    /// All tokens.
    pub total_tokens: u64,
    /// What the priced requests cost.
    pub cost_usd: NanoUsd,
    /// The part of it that was calculated from a table of prices; the proxy said the rest.
    pub calculated_cost_usd: NanoUsd,
    /// Requests that used tokens and that nobody priced.
    pub unpriced_requests: u64,
    /// Time spent in requests, in milliseconds.
    pub api_ms: u64,
}

impl Sums {
    /// The sums of one request.
    pub fn of(record: &SessionRecord<'_>) -> Self {
        let of = |count: Option<u64>| count.unwrap_or(0);
        let ok = record.is_ok();
        let cost = record.cost_usd.unwrap_or_default();
        Self {
            turns: u64::from(ok),
            requests: 1,
            failures: u64::from(!ok),
            retries: u64::from(record.attempt.is_some_and(|attempt| attempt > 1)),
            prompt_tokens: of(record.prompt_tokens),
            cached_tokens: of(record.cached_tokens),
            cache_reported_prompt_tokens: of(record.cached_tokens.and(record.prompt_tokens)),
            cache_write_tokens: of(record.cache_write_tokens),
            completion_tokens: of(record.completion_tokens),
            reasoning_tokens: of(record.reasoning_tokens),
            total_tokens: record.total(),
            cost_usd: cost,
            calculated_cost_usd: if record.is_cost_calculated() {
                cost
            } else {
                NanoUsd::default()
            },
            unpriced_requests: u64::from(record.cost_usd.is_none() && record.has_tokens()),
            api_ms: of(record.latency_ms),
        }
    }

    /// Adds other sums to these.
    pub fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.turns, other.turns),
            (&mut self.requests, other.requests),
            (&mut self.failures, other.failures),
            (&mut self.retries, other.retries),
            (&mut self.prompt_tokens, other.prompt_tokens),
            (&mut self.cached_tokens, other.cached_tokens),
            (
                &mut self.cache_reported_prompt_tokens,
                other.cache_reported_prompt_tokens,
            ),
            (&mut self.cache_write_tokens, other.cache_write_tokens),
            (&mut self.completion_tokens, other.completion_tokens),
            (&mut self.reasoning_tokens, other.reasoning_tokens),
            (&mut self.total_tokens, other.total_tokens),
            (&mut self.unpriced_requests, other.unpriced_requests),
            (&mut self.api_ms, other.api_ms),
        ];
        for (sum, count) in counts {
            *sum = sum.saturating_add(count);
        }
        self.cost_usd = self.cost_usd.plus(other.cost_usd);
        self.calculated_cost_usd = self.calculated_cost_usd.plus(other.calculated_cost_usd);
    }
}
