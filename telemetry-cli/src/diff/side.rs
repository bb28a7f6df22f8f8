//! Adds up the requests and spans of one side of a comparison.

use std::collections::BTreeMap;

use telemetry_schema::record::Totals;

use crate::quantiles::Quantiles;
use crate::spans::SpanReport;

/// The most models that are listed; the sums of further models are added up in one entry.
const MAX_MODELS: usize = 512;

/// Totals over requests, of one model or of all.
#[derive(Clone, Debug, Default)]
pub struct RequestTotals {
    /// The sums.
    pub sums: Totals,
    latencies: Quantiles<7>,
}

impl RequestTotals {
    fn add(&mut self, sums: &Totals, latency_ms: Option<u64>) {
        self.sums.add(sums);
        if let Some(latency) = latency_ms {
            self.latencies.add(latency);
        }
    }

    /// Returns a percentile of the latency in milliseconds, over the successful requests whose records are
    /// still there.
    pub fn latency_ms(&self, percent: u64) -> Option<u64> {
        self.latencies.percentile(percent)
    }
}

/// One side of the comparison.
#[derive(Debug, Default)]
pub struct Side {
    /// Totals over all requests.
    pub all: RequestTotals,
    /// Totals by requested model.
    pub models: BTreeMap<String, RequestTotals>,
    /// Totals by span name.
    pub spans: SpanReport,
}

impl Side {
    /// Returns whether the side has neither a request nor a span.
    pub fn is_empty(&self) -> bool {
        self.all.sums == Totals::default() && self.spans.rows().is_empty()
    }

    /// Adds requests of one model.
    pub(super) fn add(&mut self, model: Option<&str>, sums: &Totals, latency_ms: Option<u64>) {
        self.all.add(sums, latency_ms);
        let model = model.unwrap_or("unknown");
        let is_listed = self.models.len() < MAX_MODELS || self.models.contains_key(model);
        let model = if is_listed { model } else { "other models" };
        let totals = self.models.entry(model.to_owned()).or_default();
        totals.add(sums, latency_ms);
    }
}
