//! Comma-separated values (RFC 4180): a row for each span, or for each request. An absent value is empty,
//! control characters are replaced by visible ones, and text that a spreadsheet would evaluate as a formula
//! starts with `'`.

use std::io::{self, Write};

use csv::Writer;
use serde_json::Value;
use telemetry_schema::record::{Record, SessionRecord, Span};

use super::source::{ExportSource, requests};
use crate::error::Error;
use crate::skipped_lines::SkippedLines;
use crate::spans::read::{self, SPANS};
use crate::spans::{launches, progress};
use crate::terminal::visible;

/// The columns of a span.
pub const SPAN: [&str; 20] = [
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
    "turn",
    "trace_id",
    "span_id",
    "parent_span_id",
    "session_id",
    "src",
    "fields",
];

/// Writes the selected spans in the order of the logs, which is the order of their ends.
///
/// # Errors
///
/// Fails if a file cannot be read or `out` cannot be written.
pub fn write_spans(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<(), Error> {
    let filter = &source.filter;
    let launches = launches(source.homes, &filter.period)?;
    let mut progress = progress(&launches);
    let mut head = Writer::from_writer(&mut *out);
    head.write_record(SPAN).map_err(failure)?;
    drop(head);
    for launch in &launches {
        let each = |rows: &mut Vec<u8>, record: Record<'_>| {
            if let Record::Span(span) = record
                && filter.matches(&span)
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

fn row(file: &str, span: &Span<'_>) -> [String; 20] {
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
        number(span.turn),
        text(span.trace_id.as_deref()),
        text(span.span_id.as_deref()),
        text(span.parent_span_id.as_deref()),
        text(span.session_id.as_deref()),
        text(span.src.as_deref()),
        text(span.fields.map(telemetry_schema::record::Json::get)),
    ]
}

/// Writes the selected requests. The columns are the keys of the session record.
///
/// # Errors
///
/// Fails if a file cannot be read or `out` cannot be written.
pub fn write_usage(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut csv = Writer::from_writer(out);
    csv.write_record(SessionRecord::KEYS).map_err(failure)?;
    requests(source, skips, |record| {
        let object = serde_json::to_value(record)?;
        // The JSON value of an amount is a float and would not be exact.
        let amount = |key: &str| match key {
            "cost_usd" => record.cost_usd,
            "saved_usd" => record.saved_usd,
            "header_cost_usd" => record.header_cost_usd,
            _ => None,
        };
        // Values that `usage` derives where the record lacks the key.
        let derived = |key: &str| match key {
            // Older records have the number of the request in the key `turn` alone.
            "request" => record.request_number(),
            "total_tokens" => record
                .prompt_tokens
                .or(record.completion_tokens)
                .map(|_| record.total()),
            _ => None,
        };
        let cells = SessionRecord::KEYS.iter().map(|key| match object.get(key) {
            None | Some(Value::Null) => derived(key).map(|it| it.to_string()).unwrap_or_default(),
            Some(Value::String(text)) => cell(text),
            Some(value) => amount(key).map_or_else(|| value.to_string(), |it| it.to_string()),
        });
        csv.write_record(cells).map_err(io_error)
    })?;
    csv.flush()?;
    Ok(())
}

/// Returns a text as a cell. Spreadsheets evaluate text with certain first characters as a formula; a `'`
/// prevents that.
fn cell(text: &str) -> String {
    let mut cell = visible(text).into_owned();
    if cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        cell.insert(0, '\'');
    }
    cell
}

fn failure(error: csv::Error) -> Error {
    Error::from(io_error(error))
}

/// Returns the error of the writer itself, because the conversion of the `csv` crate hides the kind of the error, such as a closed pipe.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}
