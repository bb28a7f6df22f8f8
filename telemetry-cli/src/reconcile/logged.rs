//! Requests of the session log.

use std::collections::HashMap;

use telemetry_schema::Outcome;
use telemetry_schema::record::{NanoUsd, SessionRecord, Timestamp};

use super::index::SpendIndex;
use super::tokens::TokenCounts;
use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::Period;
use crate::skipped_lines::SkippedLines;

/// One request of the session log, with the sums of its amendments.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LoggedRequest {
    pub(super) ts: Timestamp,
    pub(super) session_id: String,
    pub(super) number: Option<u64>,
    pub(super) call_id: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) response_model: Option<String>,
    pub(super) deployment_model: Option<String>,
    pub(super) deployment_group: Option<String>,
    pub(super) deployment_id: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) error_class: Option<String>,
    pub(super) cost: Option<NanoUsd>,
    /// Whether the cost is from the user's prices or a price map.
    pub(super) is_cost_calculated: bool,
    pub(super) saved: Option<NanoUsd>,
    pub(super) tokens: TokenCounts,
    pub(super) proxy_retries: u32,
    pub(super) proxy_fallbacks: u32,
    is_amendment: bool,
    /// Whether the record is an amendment after which the cost is unknown.
    makes_unpriced: bool,
}

impl LoggedRequest {
    fn of(record: &SessionRecord<'_>) -> Self {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Self {
            ts: record.ts,
            session_id: record.session_id.to_string(),
            number: record.request_number(),
            call_id: text(&record.call_id),
            request_id: text(&record.request_id),
            model: text(&record.model),
            response_model: text(&record.response_model),
            deployment_model: text(&record.deployment_model),
            deployment_group: text(&record.deployment_group),
            deployment_id: text(&record.deployment_id),
            outcome: record.outcome.unwrap_or_default(),
            error_class: text(&record.error_class),
            cost: record.cost_usd,
            is_cost_calculated: record.is_cost_calculated(),
            saved: record.saved_usd,
            tokens: TokenCounts {
                prompt: record.prompt_tokens,
                cached: record.cached_tokens,
                cache_write: record.cache_write_tokens,
                completion: record.completion_tokens,
                reasoning: record.reasoning_tokens,
                total: record.total_tokens,
            },
            proxy_retries: record.proxy_retries.unwrap_or(0),
            proxy_fallbacks: record.proxy_fallbacks.unwrap_or(0),
            is_amendment: record.is_amendment(),
            makes_unpriced: record.makes_unpriced(),
        }
    }

    /// Returns whether the request was answered.
    pub(super) fn is_ok(&self) -> bool {
        self.outcome == Outcome::Ok
    }

    /// Returns the cost in nano-dollars; 0 if it is unknown.
    pub(super) fn cost_nanos(&self) -> i64 {
        self.cost.unwrap_or_default().0
    }
}

/// The requests of the session logs that the comparison is about.
#[derive(Debug, Default)]
pub(super) struct LoggedRequests {
    /// The requests with the id of a spend record, and those in the period of the spend records, in the order of the
    /// logs.
    pub(super) requests: Vec<LoggedRequest>,
    /// The number of requests in the period whose records were pruned, so that only their sums are known.
    pub(super) pruned: u64,
}

/// Reads the requests of all sessions that have the id of a spend record, or that started in the period.
pub(super) fn read(
    homes: &Homes,
    spend: &SpendIndex,
    period: &Period,
) -> Result<(LoggedRequests, SkippedLines), Error> {
    let is_wanted = |record: &SessionRecord<'_>| {
        record.is_amendment()
            || period.contains(record.ts)
            || spend.has(record.call_id.as_deref(), record.request_id.as_deref())
    };
    let (mut found, skips) = history::read(
        homes,
        Only::All,
        |record| is_wanted(record).then(|| LoggedRequest::of(record)),
        LoggedRequests::default(),
        |found, entry| match entry {
            HistoryEntry::Request(request) => found.requests.push(request),
            HistoryEntry::Rollup(sums) => {
                if period.contains(sums.ts) {
                    found.pruned = found.pruned.saturating_add(sums.sums.requests);
                }
            }
        },
    )?;
    found.requests = amended(found.requests);
    Ok((found, skips))
}

/// Adds amendments to their requests, which are answered ones: a failed attempt may have the id of the answer. An amendment
/// without a request is ignored.
fn amended(records: Vec<LoggedRequest>) -> Vec<LoggedRequest> {
    let (amendments, mut requests): (Vec<_>, Vec<_>) =
        records.into_iter().partition(|record| record.is_amendment);
    if amendments.is_empty() {
        return requests;
    }
    let key = |it: &LoggedRequest| (it.session_id.clone(), it.request_id.clone());
    let places: HashMap<_, usize> = requests
        .iter()
        .enumerate()
        .filter(|(_, it)| it.is_ok())
        .map(|(at, it)| (key(it), at))
        .collect();
    for amendment in amendments {
        if let Some(at) = places.get(&key(&amendment)) {
            let request = &mut requests[*at];
            request.tokens.add(amendment.tokens);
            if let Some(more) = amendment.cost {
                let sum = request.cost_nanos().saturating_add(more.0);
                request.cost = Some(NanoUsd(sum));
                // A stated cost replaces a calculated one.
                request.is_cost_calculated &= amendment.is_cost_calculated;
            }
            if amendment.makes_unpriced {
                request.cost = request.cost.filter(|cost| *cost != NanoUsd(0));
            }
            for (known, more) in [
                (&mut request.call_id, amendment.call_id),
                (&mut request.deployment_id, amendment.deployment_id),
                (&mut request.deployment_model, amendment.deployment_model),
                (&mut request.deployment_group, amendment.deployment_group),
            ] {
                *known = known.take().or(more);
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amendment_belongs_to_the_answer_and_not_to_a_failed_attempt() {
        let request = |outcome, completion| LoggedRequest {
            request_id: Some("a".to_owned()),
            outcome,
            tokens: TokenCounts {
                completion: Some(completion),
                ..TokenCounts::default()
            },
            ..LoggedRequest::default()
        };
        let amendment = LoggedRequest {
            is_amendment: true,
            ..request(Outcome::Ok, 5)
        };
        // The logs of several processes are read in any order.
        let requests = amended(vec![
            request(Outcome::Ok, 2),
            request(Outcome::Err, 0),
            amendment,
        ]);
        let completion: Vec<_> = requests.iter().map(|it| it.tokens.completion).collect();
        assert_eq!(completion, [Some(7), Some(0)]);
    }
}
