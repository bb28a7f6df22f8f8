//! The list of sessions for programs.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::Timestamp;

use super::Session;
use crate::counts::Counts;
use crate::terminal::EscapedJson;

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    sessions: Vec<Line<'a>>,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_session_id: Option<&'a str>,
    first: Timestamp,
    last: Timestamp,
    models: &'a BTreeSet<String>,
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alive: Option<bool>,
}

/// As one JSON document, with the names of the records.
///
/// # Errors
///
/// What `out` says.
pub fn write_json(
    sessions: &[Session],
    skipped_lines: u64,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = Document {
        v: 1,
        sessions: sessions.iter().map(line).collect(),
        skipped_lines,
    };
    serde_json::to_writer_pretty(EscapedJson::new(&mut *out), &document)?;
    writeln!(out)
}

fn line(session: &Session) -> Line<'_> {
    let process = session.process.as_ref();
    Line {
        session_id: &session.id,
        parent_session_id: session.parent.as_deref(),
        first: session.first,
        last: session.last,
        models: &session.models,
        counts: Counts::of(&session.sums, true),
        app: process.and_then(|it| it.app.as_deref()),
        app_version: process.and_then(|it| it.version.as_deref()),
        pid: process.and_then(|it| it.pid),
        alive: process.map(|it| it.alive),
    }
}
