//! The requests of a report.

use std::collections::{HashMap, VecDeque};

use telemetry_schema::record::{NanoUsd, SessionRecord, Timestamp};

use crate::error::Error;
use crate::export::{ExportSource, requests};
use crate::home::Homes;
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;

/// The most requests that a report lists, the latest ones. A row has about 700 bytes of HTML.
pub(super) const MAX_REQUESTS: usize = 5_000;
/// The most failed requests that are listed, the latest ones.
pub(super) const MAX_FAILURES: usize = 1_000;

/// A request, with the amendments of its counts.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestRow {
    pub(super) ts: Timestamp,
    pub(super) session: String,
    pub(super) turn: Option<u64>,
    pub(super) number: Option<u64>,
    pub(super) model: String,
    pub(super) response_model: Option<String>,
    pub(super) effort: Option<String>,
    pub(super) attempt: u32,
    pub(super) cause: Option<String>,
    /// Why the request failed; `None` if it was answered.
    pub(super) failure: Option<String>,
    pub(super) latency_ms: Option<u64>,
    pub(super) ttft_ms: Option<u64>,
    pub(super) prompt_tokens: Option<u64>,
    pub(super) cached_tokens: Option<u64>,
    pub(super) completion_tokens: Option<u64>,
    pub(super) cost: Option<NanoUsd>,
    pub(super) source: Option<String>,
    pub(super) unpriced_reason: Option<String>,
}

/// The requests of a selection.
#[derive(Debug, Default)]
pub(super) struct RequestList {
    /// The latest requests in the order of the logs.
    pub(super) rows: VecDeque<RequestRow>,
    /// The number of requests that are not listed.
    pub(super) omitted: u64,
    /// The latest failed requests.
    pub(super) failed: VecDeque<RequestRow>,
    /// The number of failed requests that are not listed.
    pub(super) omitted_failures: u64,
    /// The listed requests by the key of their answer, as numbers that do not change when a request is removed.
    by_key: HashMap<u64, u64>,
}

impl RequestList {
    /// Reads the selected requests.
    pub(super) fn read(homes: &Homes, filter: &SpanFilter) -> Result<Self, Error> {
        let source = ExportSource {
            homes,
            filter: filter.clone(),
        };
        let mut list = Self::default();
        // The report of usage counts the damaged lines.
        requests(&source, &mut SkippedLines::default(), |record| {
            list.add(record);
            Ok(())
        })?;
        Ok(list)
    }

    fn add(&mut self, record: &SessionRecord<'_>) {
        let key = record.answered_key();
        if record.is_amendment() {
            let number = key.and_then(|key| self.by_key.get(&key).copied());
            let at =
                number.and_then(|number| usize::try_from(number.checked_sub(self.omitted)?).ok());
            if let Some(row) = at.and_then(|at| self.rows.get_mut(at)) {
                row.amend(record);
            }
            return;
        }
        let row = RequestRow::of(record);
        if row.failure.is_some() {
            self.failed.push_back(row.clone());
            if self.failed.len() > MAX_FAILURES {
                self.failed.pop_front();
                self.omitted_failures += 1;
            }
        }
        if let Some(key) = key {
            let number = self.omitted + self.rows.len() as u64;
            self.by_key.insert(key, number);
        }
        self.rows.push_back(row);
        if self.rows.len() > MAX_REQUESTS {
            self.rows.pop_front();
            self.omitted += 1;
            if self.by_key.len() > 2 * MAX_REQUESTS {
                let omitted = self.omitted;
                self.by_key.retain(|_, number| *number >= omitted);
            }
        }
    }
}

impl RequestRow {
    fn of(record: &SessionRecord<'_>) -> Self {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let outcome = record.outcome.unwrap_or_default().as_str();
        let failure = match &record.error_class {
            Some(class) if outcome == "err" => class.to_string(),
            Some(class) => format!("{outcome}: {class}"),
            None => outcome.to_owned(),
        };
        let model = text(&record.model).unwrap_or_else(|| "unknown".to_owned());
        Self {
            ts: record.ts,
            session: record.session_id.to_string(),
            turn: record.turn_number(),
            number: record.request_number(),
            response_model: text(&record.response_model).filter(|answered| *answered != model),
            model,
            effort: text(&record.reasoning_effort),
            attempt: record.attempt.unwrap_or(1),
            cause: text(&record.retry_cause),
            failure: (!record.is_ok()).then_some(failure),
            latency_ms: record.latency_ms,
            ttft_ms: record.ttft_ms,
            prompt_tokens: record.prompt_tokens,
            cached_tokens: record.cached_tokens,
            completion_tokens: record.completion_tokens,
            cost: record.cost_usd,
            source: text(&record.cost_source),
            unpriced_reason: text(&record.unpriced_reason),
        }
    }

    /// Adds the increase of an amendment.
    fn amend(&mut self, record: &SessionRecord<'_>) {
        let add = |count: &mut Option<u64>, more: Option<u64>| {
            if let Some(more) = more {
                *count = Some(count.unwrap_or(0).saturating_add(more));
            }
        };
        add(&mut self.prompt_tokens, record.prompt_tokens);
        add(&mut self.cached_tokens, record.cached_tokens);
        add(&mut self.completion_tokens, record.completion_tokens);
        if let Some(cost) = record.cost_usd {
            self.cost = Some(self.cost.unwrap_or_default().plus(cost));
            if record.first_cost == Some(true) {
                self.source = record.cost_source.as_deref().map(str::to_owned);
                self.unpriced_reason = None;
            }
        }
        if record.makes_unpriced() {
            self.unpriced_reason = record.unpriced_reason.as_deref().map(str::to_owned);
        }
    }
}
