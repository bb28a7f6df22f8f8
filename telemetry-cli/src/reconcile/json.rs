//! The comparison as JSON. `docs/reader.md` documents the keys.

use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Timestamp};

use super::compare::Difference;
use super::file::SpendFile;
use super::logged::LoggedRequest;
use super::matching::MatchedBy;
use super::outcome::{BillSums, ComparedRequest, Explanation, Reconciliation};
use super::spend::SpendRecord;
use super::tokens::TokenCounts;
use crate::terminal;

/// The version of the document. It increases when a key changes its meaning or is removed.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct ReconciliationJson<'a> {
    v: u32,
    equal: bool,
    tolerance_usd: NanoUsd,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    files: &'a [SpendFile],
    requests: Vec<PairJson<'a>>,
    only_session: Vec<UnmatchedJson<LoggedJson<'a>>>,
    only_proxy: Vec<UnmatchedJson<SpendJson<'a>>>,
    totals: BillsJson,
    #[serde(skip_serializing_if = "is_zero")]
    records_of_other_sessions: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pruned_requests: u64,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct PairJson<'a> {
    equal: bool,
    matched_by: MatchedBy,
    differences: &'a [Difference],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    explanations: &'a [Explanation],
    session: LoggedJson<'a>,
    proxy: SpendJson<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_attempts: Vec<SpendJson<'a>>,
}

#[derive(Serialize)]
struct UnmatchedJson<T> {
    equal: bool,
    explanation: Explanation,
    #[serde(flatten)]
    record: T,
}

#[derive(Serialize)]
struct LoggedJson<'a> {
    ts: Timestamp,
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_model: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<&'a str>,
    #[serde(flatten)]
    tokens: TokenCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<NanoUsd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_usd: Option<NanoUsd>,
}

#[derive(Serialize)]
struct SpendJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<&'a str>,
    #[serde(flatten)]
    tokens: TokenCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<NanoUsd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_usd: Option<NanoUsd>,
    cache_hit: bool,
}

#[derive(Serialize)]
struct BillsJson {
    session: BillJson,
    proxy: BillJson,
    difference_usd: NanoUsd,
}

#[derive(Serialize)]
struct BillJson {
    requests: u64,
    #[serde(flatten)]
    tokens: TokenCounts,
    cost_usd: NanoUsd,
}

impl<'a> LoggedJson<'a> {
    fn of(it: &'a LoggedRequest) -> Self {
        Self {
            ts: it.ts,
            session_id: &it.session_id,
            call_id: it.call_id.as_deref(),
            request_id: it.request_id.as_deref(),
            model: it.model.as_deref(),
            deployment_model: it.deployment_model.as_deref(),
            outcome: it.outcome.as_str(),
            error_class: it.error_class.as_deref(),
            tokens: it.tokens,
            cost_usd: it.cost,
            saved_usd: it.saved,
        }
    }
}

impl<'a> SpendJson<'a> {
    fn of(it: &'a SpendRecord) -> Self {
        Self {
            ts: it.start,
            call_id: it.call_id.as_deref(),
            request_id: it.request_id.as_deref(),
            model: it.model.as_deref(),
            group: it.group.as_deref(),
            outcome: if it.failed { "failure" } else { "success" },
            error_class: it.error_class.as_deref(),
            tokens: it.tokens,
            cost_usd: it.cost,
            saved_usd: it.saved.filter(|saved| saved.0 != 0),
            cache_hit: it.cache_hit,
        }
    }
}

impl<'a> PairJson<'a> {
    fn of(pair: &'a ComparedRequest) -> Self {
        let matched = &pair.matched;
        Self {
            equal: pair.differences.is_empty(),
            matched_by: matched.by,
            differences: &pair.differences,
            explanations: &pair.explanations,
            session: LoggedJson::of(&matched.request),
            proxy: SpendJson::of(&matched.spend),
            failed_attempts: matched.attempts.iter().map(SpendJson::of).collect(),
        }
    }
}

impl<T> UnmatchedJson<T> {
    fn of(record: T, explanation: Explanation) -> Self {
        Self {
            equal: explanation.is_harmless(),
            explanation,
            record,
        }
    }
}

impl BillJson {
    fn of(sums: &BillSums) -> Self {
        Self {
            requests: sums.requests,
            tokens: sums.tokens,
            cost_usd: sums.cost,
        }
    }
}

/// Writes the comparison as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(found: &Reconciliation, out: &mut impl Write) -> io::Result<()> {
    let (session, proxy) = found.sums();
    let only_session = found.only_session.iter();
    let only_proxy = found.only_proxy.iter();
    let document = ReconciliationJson {
        v: VERSION,
        equal: found.is_equal(),
        tolerance_usd: found.tolerance,
        since: found.period.since,
        until: found.period.until,
        files: &found.files,
        requests: found.pairs.iter().map(PairJson::of).collect(),
        only_session: only_session
            .map(|(it, why)| UnmatchedJson::of(LoggedJson::of(it), *why))
            .collect(),
        only_proxy: only_proxy
            .map(|(it, why)| UnmatchedJson::of(SpendJson::of(it), *why))
            .collect(),
        totals: BillsJson {
            session: BillJson::of(&session),
            proxy: BillJson::of(&proxy),
            difference_usd: NanoUsd(proxy.cost.0.saturating_sub(session.cost.0)),
        },
        records_of_other_sessions: found.of_other_sessions,
        pruned_requests: found.pruned,
        skipped_lines: found.skips.lines.total(),
    };
    terminal::write_json(out, &document)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
