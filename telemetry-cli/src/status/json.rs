//! The status as JSON. The keys are those of the session record and of `usage --json`.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use telemetry_runtime::SessionSnapshot;
use telemetry_schema::record::Timestamp;

use crate::terminal::EscapedJson;
use crate::totals_json::TotalsJson;

/// The version of the document. It increases when a key changes its meaning or is removed.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct StatusJson<'a> {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    context_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_model: Option<&'a str>,
    wall_time_ms: u128,
    totals: TotalsJson<'a>,
    children: TotalsJson<'a>,
    by_model: Vec<StatusModelJson<'a>>,
    skipped_lines: u64,
    unreadable_files: u64,
    partial: bool,
}

#[derive(Serialize)]
struct StatusModelJson<'a> {
    #[serde(rename = "model")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_effort: Option<&'a str>,
    #[serde(flatten)]
    counts: TotalsJson<'a>,
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
        counts: TotalsJson::new(&usage.totals, true),
    });
    let document = StatusJson {
        v: VERSION,
        session_id: snapshot.session_id.map(|id| id.to_string()),
        parent_session_id: snapshot.parent_id.map(|id| id.to_string()),
        first: time(snapshot.first),
        last: time(snapshot.last),
        last_end: time(snapshot.last_end),
        last_model: snapshot.last_model.as_deref(),
        context_tokens: snapshot.context.map(|context| context.tokens),
        context_window: snapshot.context.and_then(|context| context.window),
        context_model: snapshot.context_model.as_deref(),
        wall_time_ms: snapshot.wall_time().as_millis(),
        totals: TotalsJson::new(&snapshot.totals, true),
        children: TotalsJson::new(&snapshot.children, true),
        by_model: models.collect(),
        skipped_lines: snapshot.damaged_lines,
        unreadable_files: snapshot.unreadable_files,
        partial: snapshot.is_partial,
    };
    serde_json::to_writer(EscapedJson::new(&mut *out), &document)?;
    writeln!(out)
}
