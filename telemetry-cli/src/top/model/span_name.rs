//! Durations by span name.

use std::collections::VecDeque;

use indexmap::IndexMap;
use telemetry_schema::record::Span;

use crate::quantiles::Quantiles;
use crate::records::has_failed;
use crate::spans::totals::{MAX_NAMES, OTHERS};

/// The number of latest durations that are kept for the sparkline.
pub const LATEST: usize = 32;

/// The durations of the spans with one name, in nanoseconds.
#[derive(Clone, Debug, Default)]
#[expect(
    missing_docs,
    reason = "the names are those of `telemetry spans --top`"
)]
pub struct SpanName {
    pub count: u64,
    pub errors: u64,
    pub total_ns: u64,
    pub max_ns: u64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    /// The latest durations, the oldest first.
    pub latest: VecDeque<u64>,
    durations: Quantiles<7>,
    has_changed: bool,
}

/// The span names. Spans with further names than [`MAX_NAMES`] share one row.
#[derive(Debug, Default)]
pub struct SpanNames(IndexMap<String, SpanName>);

impl SpanNames {
    /// Iterates over the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SpanName)> {
        self.0.iter().map(|(name, row)| (&**name, row))
    }

    /// Adds a span that has ended.
    pub fn add(&mut self, span: &Span<'_>) {
        let is_listed = self.0.len() < MAX_NAMES || self.0.contains_key(&*span.name);
        let name = if is_listed { &*span.name } else { OTHERS };
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), SpanName::default());
        }
        let Some(row) = self.0.get_mut(name) else {
            return;
        };
        row.count += 1;
        row.errors += u64::from(has_failed(span.outcome.as_deref()));
        row.total_ns = row.total_ns.saturating_add(span.dur_ns);
        row.max_ns = row.max_ns.max(span.dur_ns);
        row.durations.add(span.dur_ns);
        row.latest.push_back(span.dur_ns);
        if row.latest.len() > LATEST {
            row.latest.pop_front();
        }
        row.has_changed = true;
    }

    /// Calculates the percentiles of the names with new spans.
    pub fn update(&mut self) {
        for row in self.0.values_mut().filter(|row| row.has_changed) {
            let max = row.max_ns;
            let of = |percent| row.durations.percentile(percent).unwrap_or(0).min(max);
            (row.p50, row.p95, row.p99) = (of(50), of(95), of(99));
            row.has_changed = false;
        }
    }
}
