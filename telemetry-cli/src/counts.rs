//! Totals as JSON has them, wherever they are written: under the names of the records.

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Totals};

/// The counts of some requests.
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
    pub(crate) fn of(sums: &Totals, with_cost: bool) -> Self {
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
            cache_hit_rate: sums.cache_hit_rate(),
            api_ms: u64::try_from(sums.api_time.as_millis()).unwrap_or(u64::MAX),
            cost: with_cost.then_some(Cost {
                all: NanoUsd(sums.cost_nanos),
                calculated: NanoUsd(sums.calculated_cost_nanos),
                unpriced_requests: sums.unpriced_requests,
            }),
        }
    }
}
