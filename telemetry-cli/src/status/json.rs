//! The status as JSON. The keys are those of the session record and of `usage --json`.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use telemetry_runtime::{SessionSnapshot, Totals};
use telemetry_schema::record::{NanoUsd, Sums, Timestamp};

use crate::counts::Counts;
use crate::terminal::Json;

/// The version of the document. It increases when a key changes its meaning or is removed.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct StatusJson<'a> {
    v: u32,
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_end: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_model: Option<&'a str>,
    totals: Counts,
    children: Counts,
    by_model: Vec<StatusModelJson<'a>>,
    skipped_lines: u64,
    unreadable_files: u64,
}

#[derive(Serialize)]
struct StatusModelJson<'a> {
    #[serde(rename = "model")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_effort: Option<&'a str>,
    #[serde(flatten)]
    counts: Counts,
}

fn counts(totals: &Totals) -> Counts {
    let sums = Sums {
        turns: totals.turns,
        requests: totals.requests,
        failures: totals.failures,
        retries: totals.retries,
        prompt_tokens: totals.prompt_tokens,
        cached_tokens: totals.cached_tokens,
        cache_reported_prompt_tokens: totals.cache_reported_prompt_tokens,
        cache_write_tokens: totals.cache_write_tokens,
        completion_tokens: totals.completion_tokens,
        reasoning_tokens: totals.reasoning_tokens,
        total_tokens: totals.total_tokens,
        cost_usd: NanoUsd(totals.cost_nanos),
        calculated_cost_usd: NanoUsd(totals.calculated_cost_nanos),
        unpriced_requests: totals.unpriced_requests,
        api_ms: u64::try_from(totals.api_time.as_millis()).unwrap_or(u64::MAX),
    };
    Counts::of(&sums, true)
}

/// Writes the status as one line of JSON.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(snapshot: &SessionSnapshot, out: &mut impl Write) -> io::Result<()> {
    let time = |time: Option<SystemTime>| time.map(Timestamp::from);
    let models = snapshot.models.iter().map(|usage| StatusModelJson {
        name: &usage.model,
        last_effort: usage.last_effort.as_deref(),
        counts: counts(&usage.totals),
    });
    let document = StatusJson {
        v: VERSION,
        session_id: snapshot.session_id.map(|id| id.to_string()),
        parent_session_id: snapshot.parent_id.map(|id| id.to_string()),
        first: time(snapshot.first),
        last: time(snapshot.last),
        last_end: time(snapshot.last_end),
        last_model: snapshot.last_model.as_deref(),
        totals: counts(&snapshot.totals),
        children: counts(&snapshot.children),
        by_model: models.collect(),
        skipped_lines: snapshot.damaged_lines,
        unreadable_files: snapshot.unreadable_files,
    };
    serde_json::to_writer(Json::new(&mut *out), &document)?;
    writeln!(out)
}
