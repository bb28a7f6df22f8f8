//! Compares two sides.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Totals, known_cost};
use telemetry_schema::sort::sort_by_key;

use super::side::{RequestTotals, Side};
use crate::spans::totals::SpanTotals;
use crate::terminal::write_json;

/// The version of the JSON document.
const VERSION: u32 = 1;

/// A quantity of both sides, `None` on a side that lacks it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Pair<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) a: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) b: Option<T>,
}

impl Pair<u64> {
    fn change(self) -> u64 {
        self.a.unwrap_or(0).abs_diff(self.b.unwrap_or(0))
    }
}

/// The compared quantities of requests.
#[derive(Debug, Serialize)]
pub(crate) struct RequestsDiff<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<&'a str>,
    pub(crate) requests: Pair<u64>,
    pub(crate) failures: Pair<u64>,
    pub(crate) retries: Pair<u64>,
    pub(crate) prompt_tokens: Pair<u64>,
    pub(crate) cached_tokens: Pair<u64>,
    pub(crate) completion_tokens: Pair<u64>,
    pub(crate) reasoning_tokens: Pair<u64>,
    pub(crate) total_tokens: Pair<u64>,
    pub(crate) cost_usd: Pair<NanoUsd>,
    pub(crate) unpriced_requests: Pair<u64>,
    pub(crate) latency_p50_ms: Pair<u64>,
    pub(crate) latency_p95_ms: Pair<u64>,
}

/// The compared quantities of spans with one name.
#[derive(Debug, Serialize)]
pub(crate) struct SpanDiff<'a> {
    pub(crate) name: &'a str,
    pub(crate) count: Pair<u64>,
    pub(crate) errors: Pair<u64>,
    pub(crate) total_ns: Pair<u64>,
    pub(crate) self_ns: Pair<u64>,
    pub(crate) p50_ns: Pair<u64>,
    pub(crate) p95_ns: Pair<u64>,
}

/// Both sides of a comparison.
#[derive(Debug, Serialize)]
pub struct Comparison<'a> {
    v: u32,
    skipped_lines: u64,
    pub(crate) total: RequestsDiff<'a>,
    pub(crate) models: Vec<RequestsDiff<'a>>,
    pub(crate) spans: Vec<SpanDiff<'a>>,
}

impl<T> Pair<T> {
    /// Applies `of` to each side that is present.
    fn and_then<U>(self, of: impl Fn(T) -> Option<U>) -> Pair<U> {
        Pair {
            a: self.a.and_then(&of),
            b: self.b.and_then(&of),
        }
    }
}

impl<'a> RequestsDiff<'a> {
    fn of(model: Option<&'a str>, a: Option<&RequestTotals>, b: Option<&RequestTotals>) -> Self {
        let sides = Pair { a, b };
        let sum = |of: fn(&Totals) -> u64| sides.and_then(|it| Some(of(&it.sums)));
        let latency = |percent| sides.and_then(|it| it.latency_ms(percent));
        Self {
            model,
            requests: sum(|it| it.requests),
            failures: sum(|it| it.failures),
            retries: sum(|it| it.retries),
            prompt_tokens: sum(|it| it.prompt_tokens),
            cached_tokens: sum(|it| it.cached_tokens),
            completion_tokens: sum(|it| it.completion_tokens),
            reasoning_tokens: sum(|it| it.reasoning_tokens),
            total_tokens: sum(|it| it.total_tokens),
            cost_usd: sides.and_then(|it| known_cost(&it.sums)),
            unpriced_requests: sum(Totals::unpriced),
            latency_p50_ms: latency(50),
            latency_p95_ms: latency(95),
        }
    }

    /// Returns the costs in nano-dollars. Costs are never negative.
    pub(crate) fn cost_nanos(&self) -> Pair<u64> {
        self.cost_usd
            .and_then(|cost| Some(u64::try_from(cost.0).unwrap_or(0)))
    }

    /// Returns the sort key: the change of the cost, then of the tokens. Models that did not change are in the order of all outputs,
    /// by cost and tokens.
    fn change(&self) -> [u64; 4] {
        let (cost, tokens) = (self.cost_nanos(), self.total_tokens);
        let size = |pair: Pair<u64>| pair.a.max(pair.b).unwrap_or(0);
        [cost.change(), tokens.change(), size(cost), size(tokens)]
    }
}

impl<'a> SpanDiff<'a> {
    fn of(name: &'a str, a: Option<&SpanTotals>, b: Option<&SpanTotals>) -> Self {
        let pair = |of: fn(&SpanTotals) -> u64| Pair { a, b }.and_then(|row| Some(of(row)));
        Self {
            name,
            count: pair(|row| row.count),
            errors: pair(|row| row.errors),
            total_ns: pair(|row| row.total_ns),
            self_ns: pair(|row| row.self_ns),
            p50_ns: pair(|row| row.percentile(50)),
            p95_ns: pair(|row| row.percentile(95)),
        }
    }
}

impl<'a> Comparison<'a> {
    /// Compares two sides. `skipped_lines` is the number of damaged lines of the logs.
    pub fn of(a: &'a Side, b: &'a Side, skipped_lines: u64) -> Self {
        let names: BTreeSet<&String> = a.models.keys().chain(b.models.keys()).collect();
        let models = names.into_iter();
        let mut models: Vec<_> = models
            .map(|name| RequestsDiff::of(Some(name), a.models.get(name), b.models.get(name)))
            .collect();
        sort_by_key(&mut models, |model| Reverse(model.change()));
        let rows = |side: &'a Side| side.spans.rows().into_iter().collect::<BTreeMap<_, _>>();
        let (before, now) = (rows(a), rows(b));
        let names: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
        let spans = names.into_iter();
        let mut spans: Vec<_> = spans
            .map(|name| SpanDiff::of(name, before.get(name).copied(), now.get(name).copied()))
            .collect();
        sort_by_key(&mut spans, |span| Reverse(span.self_ns.change()));
        let total = RequestsDiff::of(None, Some(&a.all), Some(&b.all));
        Self {
            v: VERSION,
            skipped_lines,
            total,
            models,
            spans,
        }
    }

    /// Writes the comparison as one JSON document.
    ///
    /// # Errors
    ///
    /// Fails if `out` cannot be written.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        write_json(out, self)
    }
}
