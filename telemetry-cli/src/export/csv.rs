//! Comma-separated values as RFC 4180 has them: a row for each span, or for each request. Absent is
//! empty, a control character is its picture, and a text that a spreadsheet would work out has a `'` before
//! it.

use std::io::Write;

use csv::Writer;
use serde_json::Value;
use telemetry_schema::record::{Record, SessionRecord, Span};

use super::source::{Source, requests};
use crate::error::Error;
use crate::skipped::Skips;
use crate::spans::launches;
use crate::spans::read::{self, SPANS};
use crate::terminal::{Progress, visible};

/// The columns of a span.
pub const SPAN: [&str; 16] = [
    "file",
    "ts",
    "name",
    "level",
    "id",
    "parent",
    "thread",
    "dur_ns",
    "busy_ns",
    "polls",
    "outcome",
    "error",
    "ret",
    "session_id",
    "src",
    "fields",
];

/// Writes the spans of all that is meant, each when it ended, in the order of the logs.
///
/// # Errors
///
/// Where a file cannot be read, and what `out` says.
pub fn write_spans(
    source: &Source<'_>,
    skips: &mut Skips,
    out: &mut impl Write,
) -> Result<(), Error> {
    let filter = &source.filter;
    let launches = launches(source.homes, &filter.period)?;
    let mut progress = Progress::of(launches.iter().map(|launch| launch.bytes).sum());
    let mut head = Writer::from_writer(&mut *out);
    head.write_record(SPAN).map_err(failure)?;
    drop(head);
    for launch in &launches {
        let each = |rows: &mut Vec<u8>, record: Record<'_>| {
            if let Record::Span(span) = record
                && filter.means(&span)
            {
                // Writing to memory cannot fail.
                let _ = Writer::from_writer(rows).write_record(row(&launch.name, &span));
            }
        };
        let take = |rows: Vec<u8>| {
            out.write_all(&rows)?;
            Ok(std::ops::ControlFlow::Continue(()))
        };
        read::records(launch, SPANS, skips, &mut progress, each, take)?;
    }
    Ok(())
}

fn row(file: &str, span: &Span<'_>) -> [String; 16] {
    let text = |text: Option<&str>| cell(text.unwrap_or_default());
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    [
        text(Some(file)),
        span.ts.to_string(),
        text(Some(&span.name)),
        text(span.level.as_deref()),
        span.id.to_string(),
        number(span.parent),
        text(span.thread.as_deref()),
        span.dur_ns.to_string(),
        number(span.busy_ns),
        number(span.polls),
        text(span.outcome.as_deref()),
        text(span.error.as_deref()),
        text(span.ret.as_deref()),
        text(span.session_id.as_deref()),
        text(span.src.as_deref()),
        text(span.fields.map(telemetry_schema::record::Json::get)),
    ]
}

/// Writes the requests of all that is meant; the columns are the keys of the session record.
///
/// # Errors
///
/// Where a file cannot be read, and what `out` says.
pub fn write_usage(
    source: &Source<'_>,
    skips: &mut Skips,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut csv = Writer::from_writer(out);
    csv.write_record(SessionRecord::KEYS).map_err(failure)?;
    requests(source, skips, |record| {
        let object = serde_json::to_value(record)?;
        let cells = SessionRecord::KEYS.iter().map(|key| match object.get(key) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => cell(text),
            // Through a float it would not be exact.
            Some(_) if *key == "cost_usd" => record.cost_usd.unwrap_or_default().to_string(),
            Some(value) => value.to_string(),
        });
        Ok(csv.write_record(cells)?)
    })?;
    csv.flush()?;
    Ok(())
}

/// A text as a cell shows it. A spreadsheet takes one that begins so for a formula, and works it out: one
/// of a log has a `'` before it.
fn cell(text: &str) -> String {
    let mut cell = visible(text).into_owned();
    if cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        cell.insert(0, '\'');
    }
    cell
}

fn failure(error: csv::Error) -> Error {
    Error::from(std::io::Error::from(error))
}
