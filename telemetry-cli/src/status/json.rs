//! The status for programs. The names are those of the records, and of `usage --json`.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use telemetry_runtime::SessionSnapshot;
use telemetry_schema::record::Timestamp;

use crate::counts::Counts;
use crate::terminal::EscapedJson;

/// Goes up whenever a name changes its meaning or goes; new names do not count.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
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
    by_model: Vec<Model<'a>>,
    skipped_lines: u64,
    unreadable_files: u64,
}

#[derive(Serialize)]
struct Model<'a> {
    #[serde(rename = "model")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_effort: Option<&'a str>,
    #[serde(flatten)]
    counts: Counts,
}

/// As one line.
///
/// # Errors
///
/// What `out` says.
pub fn write_json(snapshot: &SessionSnapshot, out: &mut impl Write) -> io::Result<()> {
    let time = |time: Option<SystemTime>| time.map(Timestamp::from);
    let models = snapshot.models.iter().map(|usage| Model {
        name: &usage.model,
        last_effort: usage.last_effort.as_deref(),
        counts: Counts::of(&usage.totals, true),
    });
    let document = Document {
        v: VERSION,
        session_id: snapshot.session_id.map(|id| id.to_string()),
        parent_session_id: snapshot.parent_id.map(|id| id.to_string()),
        first: time(snapshot.first),
        last: time(snapshot.last),
        last_end: time(snapshot.last_end),
        last_model: snapshot.last_model.as_deref(),
        totals: Counts::of(&snapshot.totals, true),
        children: Counts::of(&snapshot.children, true),
        by_model: models.collect(),
        skipped_lines: snapshot.damaged_lines,
        unreadable_files: snapshot.unreadable_files,
    };
    serde_json::to_writer(EscapedJson::new(&mut *out), &document)?;
    writeln!(out)
}
