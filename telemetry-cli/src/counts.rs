//! Sums as JSON, with the keys of the session record.

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Sums};

/// The JSON form of the sums over some requests.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Counts {
    turns: u64,
    requests: u64,
    failures: u64,
    retries: u64,
    prompt_tokens: u64,
    cached_tokens: u64,
    cache_reported_prompt_tokens: u64,
    cache_write_tokens: u64,
    completion_tokens: u64,
    reasoning_tokens: u64,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_hit_rate: Option<f64>,
    api_ms: u64,
    #[serde(flatten)]
    cost: Option<Cost>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Cost {
    #[serde(rename = "cost_usd")]
    all: NanoUsd,
    #[serde(rename = "calculated_cost_usd")]
    calculated: NanoUsd,
    unpriced_requests: u64,
}

impl Counts {
    pub(crate) fn of(sums: &Sums, with_cost: bool) -> Self {
        Self {
            turns: sums.turns,
            requests: sums.requests,
            failures: sums.failures,
            retries: sums.retries,
            prompt_tokens: sums.prompt_tokens,
            cached_tokens: sums.cached_tokens,
            cache_reported_prompt_tokens: sums.cache_reported_prompt_tokens,
            cache_write_tokens: sums.cache_write_tokens,
            completion_tokens: sums.completion_tokens,
            reasoning_tokens: sums.reasoning_tokens,
            total_tokens: sums.total_tokens,
            cache_hit_rate: cache_hit_rate(sums),
            api_ms: sums.api_ms,
            cost: with_cost.then_some(Cost {
                all: sums.cost_usd,
                calculated: sums.calculated_cost_usd,
                unpriced_requests: sums.unpriced_requests,
            }),
        }
    }
}
/// Returns the part of the input tokens that came from the provider's cache, from 0 to 1, over the
/// requests that reported cached tokens; `None` if no request did.
#[expect(
    clippy::cast_precision_loss,
    reason = "the rate is shown with one decimal"
)]
#[allow(clippy::cast_precision_loss)] // a rate to be shown
pub(crate) fn cache_hit_rate(sums: &Sums) -> Option<f64> {
    let reported = sums.cache_reported_prompt_tokens;
    (reported > 0).then(|| sums.cached_tokens as f64 / reported as f64)
}
