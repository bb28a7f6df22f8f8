//! The list of sessions as JSON.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::Timestamp;

use super::SessionSummary;
use crate::terminal;
use crate::totals_json::TotalsJson;

#[derive(Serialize)]
struct SessionsJson<'a> {
    v: u32,
    sessions: Vec<SessionJson<'a>>,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct SessionJson<'a> {
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_session_id: Option<&'a str>,
    first: Timestamp,
    last: Timestamp,
    models: &'a BTreeSet<String>,
    #[serde(flatten)]
    counts: TotalsJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alive: Option<bool>,
}

/// Writes the sessions as one JSON document, with the keys of the session record.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(
    sessions: &[SessionSummary],
    skipped_lines: u64,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = SessionsJson {
        v: 1,
        sessions: sessions.iter().map(line).collect(),
        skipped_lines,
    };
    terminal::write_json(out, &document)
}

fn line(session: &SessionSummary) -> SessionJson<'_> {
    let process = session.process.as_ref();
    SessionJson {
        session_id: &session.id,
        parent_session_id: session.parent.as_deref(),
        first: session.first,
        last: session.last,
        models: &session.models,
        counts: TotalsJson::new(&session.sums, true),
        app: process.and_then(|it| it.app.as_deref()),
        app_version: process.and_then(|it| it.version.as_deref()),
        pid: process.and_then(|it| it.pid),
        alive: process.map(|it| it.alive),
    }
}
