//! Totals as JSON, with the keys of the session record.

use serde::ser::{Serialize, SerializeMap, Serializer};
use telemetry_schema::record::{NanoUsd, Totals, known_cost};

use crate::terminal::complain;

/// The JSON form of totals, a map that other documents flatten into theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TotalsJson<'a> {
    pub(crate) totals: &'a Totals,
    /// Whether the map contains the cost.
    pub(crate) with_cost: bool,
}

impl<'a> TotalsJson<'a> {
    pub(crate) fn new(totals: &'a Totals, with_cost: bool) -> Self {
        Self { totals, with_cost }
    }
}

/// Reports on stderr if a sum has reached its limit, which tables show like any other number.
pub(crate) fn report_saturated<'a>(totals: impl IntoIterator<Item = &'a Totals>) {
    if totals.into_iter().any(Totals::is_saturated) {
        complain("a sum exceeds the largest number that can be shown and is shown as that number");
    }
}

impl Serialize for TotalsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.totals;
        let mut map = serializer.serialize_map(None)?;
        for (key, count) in [
            ("answered", it.answered),
            ("requests", it.requests),
            ("failures", it.failures),
            ("retries", it.retries),
            ("prompt_tokens", it.prompt_tokens),
            ("cached_tokens", it.cached_tokens),
            (
                "cache_reported_prompt_tokens",
                it.cache_reported_prompt_tokens,
            ),
            ("cache_write_tokens", it.cache_write_tokens),
            ("completion_tokens", it.completion_tokens),
            ("reasoning_tokens", it.reasoning_tokens),
            ("total_tokens", it.total_tokens),
            ("inconsistent_requests", it.inconsistent_requests),
        ] {
            map.serialize_entry(key, &count)?;
        }
        if let Some(rate) = it.cache_hit_rate() {
            map.serialize_entry("cache_hit_rate", &rate)?;
        }
        let api_ms = u64::try_from(it.api_time.as_millis()).unwrap_or(u64::MAX);
        map.serialize_entry("api_ms", &api_ms)?;
        if self.with_cost {
            if let Some(cost) = known_cost(it) {
                map.serialize_entry("cost_usd", &cost)?;
            }
            let calculated = NanoUsd(it.calculated_cost_nanos);
            map.serialize_entry("calculated_cost_usd", &calculated)?;
            map.serialize_entry("saved_usd", &NanoUsd(it.saved_nanos))?;
            map.serialize_entry("unpriced_requests", &it.unpriced())?;
        }
        if it.is_saturated() {
            map.serialize_entry("saturated", &true)?;
        }
        map.end()
    }
}
