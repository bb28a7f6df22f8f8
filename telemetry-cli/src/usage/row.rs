//! Totals over the requests of a row.

use std::collections::BTreeMap;

use telemetry_schema::record::{NanoUsd, Rollup, Timestamp, Totals};

use crate::quantiles::Quantiles;

/// Quantiles of milliseconds, with an error of at most 1/64, or 1.6 %. Reports have many rows, and more precise
/// quantiles would take more memory for each.
pub type Times = Quantiles<6>;

/// The name of a missing model.
pub(super) const NO_MODEL: &str = "unknown";
/// The rows of requests whose session has no project, or no user.
pub(super) const NO_PROJECT: &str = "(no project)";
pub(super) const NO_USER: &str = "(no user)";
/// The name under which further models are added up once a row has [`MAX_MODELS`] models.
const OTHER_MODELS: &str = "other models";
/// The name under which further cost sources, error classes and reasons are added up.
const OTHER_KEYS: &str = "other";
/// The most models of a row, as in the runtime. It bounds memory and time if names never repeat.
const MAX_MODELS: usize = 256;
/// The cost source of pruned requests. The rollup does not keep the sources of the records.
const PRUNED: &str = "pruned";

/// Totals and durations of requests.
#[derive(Clone, Debug, Default)]
pub struct UsageTotals {
    /// The sums.
    pub sums: Totals,
    /// The latency of successful requests, in milliseconds. Unknown for pruned requests.
    pub latency: Times,
    /// The time to the first token, in milliseconds.
    pub first_token: Times,
    /// Costs by source: the sources of the records, and `pruned`.
    pub cost_sources: BTreeMap<String, NanoUsd>,
    /// Numbers of failures by error class. Unknown for pruned requests.
    pub error_classes: BTreeMap<String, u64>,
    /// Numbers of unpriced requests by reason. Unknown for pruned requests.
    pub unpriced_reasons: BTreeMap<String, u64>,
}

impl UsageTotals {
    pub(super) fn add_cost(&mut self, source: &str, cost: NanoUsd) {
        let sum = bounded_entry(&mut self.cost_sources, source);
        *sum = sum.plus(cost);
    }

    pub(super) fn add_failures(&mut self, class: &str, more: u64) {
        let count = bounded_entry(&mut self.error_classes, class);
        *count = count.saturating_add(more);
    }

    pub(super) fn add_unpriced(&mut self, reason: &str, more: u64) {
        let count = bounded_entry(&mut self.unpriced_reasons, reason);
        *count = count.saturating_add(more);
    }

    /// Removes one request of a reason.
    pub(super) fn remove_unpriced(&mut self, reason: &str) {
        let is_listed = self.unpriced_reasons.contains_key(reason);
        let reason = if is_listed { reason } else { OTHER_KEYS };
        if let Some(count) = self.unpriced_reasons.get_mut(reason) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.unpriced_reasons.remove(reason);
            }
        }
    }

    /// Adds the sums of other requests.
    pub fn merge(&mut self, other: &Self) {
        self.sums.add(&other.sums);
        self.latency.merge(&other.latency);
        self.first_token.merge(&other.first_token);
        for (source, cost) in &other.cost_sources {
            self.add_cost(source, *cost);
        }
        for (class, more) in &other.error_classes {
            self.add_failures(class, *more);
        }
        for (reason, more) in &other.unpriced_reasons {
            self.add_unpriced(reason, *more);
        }
    }

    /// Returns the input tokens that were neither read from a cache nor written to one. Cached tokens of inconsistent
    /// requests may exceed their input, so that they do not count here.
    pub fn plain_input_tokens(&self) -> u64 {
        let consistent = self
            .sums
            .cached_tokens
            .saturating_sub(self.sums.inconsistent_cached_tokens);
        let cached = consistent.saturating_add(self.sums.cache_write_tokens);
        self.sums.prompt_tokens.saturating_sub(cached)
    }
}

/// Returns the entry of a key, or the entry of further keys if the map is full.
fn bounded_entry<'a, T: Default>(map: &'a mut BTreeMap<String, T>, key: &str) -> &'a mut T {
    let is_full = map.len() >= MAX_MODELS && !map.contains_key(key);
    let key = if is_full { OTHER_KEYS } else { key };
    map.entry(key.to_owned()).or_default()
}

/// The sums of a row, by model.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// The day, the first day of the week, the month, the session's id or the model.
    pub key: String,
    /// The start of the first request.
    pub first: Timestamp,
    /// The start of the last request.
    pub last: Timestamp,
    /// Totals by requested model; in a finished report, the highest cost first.
    pub models: Vec<(String, UsageTotals)>,
}

impl ReportRow {
    pub(super) fn new(key: String, time: Timestamp) -> Self {
        Self {
            key,
            first: time,
            last: time,
            models: Vec::new(),
        }
    }

    /// Extends the times of the row.
    pub(super) fn reach(&mut self, first: Timestamp, last: Timestamp) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }

    pub(super) fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        self.reach(rollup.ts, rollup.last);
        let model = self.model(rollup.model.as_deref().unwrap_or(NO_MODEL));
        let usage = &mut self.models[model].1;
        usage.sums.add(&rollup.sums);
        if rollup.sums.cost_nanos != 0 {
            usage.add_cost(PRUNED, NanoUsd(rollup.sums.cost_nanos));
        }
    }

    /// Returns the index of a model, and adds the model if needed.
    pub(super) fn model(&mut self, model: &str) -> usize {
        let known = |model| self.models.iter().position(|(name, _)| name == model);
        let model = match known(model) {
            None if self.models.len() >= MAX_MODELS => OTHER_MODELS,
            _ => model,
        };
        known(model).unwrap_or_else(|| {
            self.models.push((model.to_owned(), UsageTotals::default()));
            self.models.len() - 1
        })
    }

    /// Returns the sums over all models.
    pub fn total(&self) -> UsageTotals {
        let mut total = UsageTotals::default();
        for (_, usage) in &self.models {
            total.merge(usage);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_error_classes_and_cost_sources_are_bounded() {
        let mut usage = UsageTotals::default();
        for at in 0..10_000 {
            usage.add_failures(&format!("class{at}"), 1);
            usage.add_cost(&format!("source{at}"), NanoUsd(1));
        }
        assert_eq!(usage.error_classes.len(), MAX_MODELS + 1);
        assert_eq!(usage.error_classes.values().sum::<u64>(), 10_000);
        assert_eq!(usage.cost_sources.len(), MAX_MODELS + 1);
        assert_eq!(
            usage.cost_sources.values().map(|it| it.0).sum::<i64>(),
            10_000
        );
    }
}
