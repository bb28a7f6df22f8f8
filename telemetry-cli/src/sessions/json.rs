//! The list of sessions as JSON.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use telemetry_schema::record::Totals;

use super::{SessionModels, SessionSummary};
use crate::terminal;
use crate::totals_json::TotalsJson;

#[derive(Serialize)]
struct SessionsJson<'a> {
    v: u32,
    sessions: &'a [SessionSummary],
    skipped_lines: u64,
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
        sessions,
        skipped_lines,
    };
    terminal::write_json(out, &document)
}

pub(super) fn totals<S: Serializer>(sums: &Totals, serializer: S) -> Result<S::Ok, S::Error> {
    TotalsJson::new(sums, true).serialize(serializer)
}

pub(super) fn models<S: Serializer>(
    models: &SessionModels,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(models.names())
}
