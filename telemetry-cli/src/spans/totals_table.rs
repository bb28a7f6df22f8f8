//! Shows the totals by span name as a table and as JSON.

use std::io;

use serde::Serialize;

use super::totals::SpanReport;
use crate::terminal::{Column, Table, Terminal, nanoseconds, write_json};

/// The version of the JSON documents of `telemetry spans`.
pub(super) const VERSION: u32 = 1;

/// Writes the totals by name as a table.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write_top(top: &SpanReport, out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::key("Span"),
        Column::number("Count").rank(2),
        Column::number("Errors").rank(4),
        Column::number("Total").rank(5),
        Column::number("Self"),
        Column::number("p50").rank(3),
        Column::number("p95").rank(1),
        Column::number("p99").rank(6),
        Column::number("Max").rank(7),
    ]);
    for (name, row) in top.rows() {
        let p = |percent| nanoseconds(row.percentile(percent)).into();
        table.plain([
            name.into(),
            row.count.to_string().into(),
            row.errors.to_string().into(),
            nanoseconds(row.total_ns).into(),
            nanoseconds(row.self_ns).into(),
            p(50),
            p(95),
            p(99),
            nanoseconds(row.max_ns).into(),
        ]);
    }
    table.write(out)
}

#[derive(Serialize)]
struct SpanReportJson<'a> {
    v: u32,
    skipped_lines: u64,
    spans: Vec<SpanTotalsJson<'a>>,
}

#[derive(Serialize)]
struct SpanTotalsJson<'a> {
    name: &'a str,
    count: u64,
    errors: u64,
    total_ns: u64,
    self_ns: u64,
    busy_ns: u64,
    p50_ns: u64,
    p95_ns: u64,
    p99_ns: u64,
    max_ns: u64,
}

/// Writes the totals by name as one JSON document.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write_top_json(top: &SpanReport, skipped_lines: u64, out: &mut Terminal) -> io::Result<()> {
    let rows = top.rows().into_iter();
    let spans = rows.map(|(name, row)| SpanTotalsJson {
        name,
        count: row.count,
        errors: row.errors,
        total_ns: row.total_ns,
        self_ns: row.self_ns,
        busy_ns: row.busy_ns,
        p50_ns: row.percentile(50),
        p95_ns: row.percentile(95),
        p99_ns: row.percentile(99),
        max_ns: row.max_ns,
    });
    let json = SpanReportJson {
        v: VERSION,
        skipped_lines,
        spans: spans.collect(),
    };
    write_json(out, &json)
}
