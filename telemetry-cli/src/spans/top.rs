//! Reads the totals by span name.

use std::ops::ControlFlow;

use indexmap::IndexSet;
use telemetry_schema::record::{Record, Span, Timestamp};

use super::launches::{Launch, progress};
use super::read::{self, SPANS};
use super::self_time::{Interval, SelfTimes, SpanEnd};
use super::totals::{NO_ROW, SpanData, SpanReport};
use crate::error::Error;
use crate::records::has_failed;
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;

/// The data of a span that is kept until the spans before it were added up.
#[derive(Debug)]
struct PendingSpan {
    /// The index of its name.
    name: usize,
    id: u64,
    parent: Option<u64>,
    ts: Timestamp,
    data: SpanData,
    /// Whether the filter selects the span. Other spans still cover their parents.
    is_selected: bool,
}

/// The spans of a part of a file.
#[derive(Debug, Default)]
struct Batch {
    names: IndexSet<String>,
    spans: Vec<PendingSpan>,
}

impl Batch {
    fn add(&mut self, span: &Span<'_>, filter: &SpanFilter) {
        let known = self.names.get_index_of(&*span.name);
        let name = known.unwrap_or_else(|| self.names.insert_full(span.name.to_string()).0);
        self.spans.push(PendingSpan {
            name,
            id: span.id,
            parent: span.parent,
            ts: span.ts,
            data: SpanData {
                failed: has_failed(span.outcome.as_deref()),
                dur_ns: span.dur_ns,
                busy_ns: span.busy_ns.unwrap_or(span.dur_ns),
            },
            is_selected: filter.matches(span),
        });
    }
}

/// Adds up the spans of all launches that the filter selects.
///
/// Memory: a part of a file for each thread, quantiles for each name, and the parents that are open at a
/// time.
///
/// # Errors
///
/// Fails if an existing file cannot be read.
pub fn top(
    launches: &[Launch],
    filter: &SpanFilter,
    skips: &mut SkippedLines,
) -> Result<SpanReport, Error> {
    let mut report = SpanReport::default();
    let mut progress = progress(launches);
    for launch in launches {
        let mut self_times = SelfTimes::default();
        let each = |batch: &mut Batch, record: Record<'_>| {
            if let Record::Span(span) = record {
                batch.add(&span, filter);
            }
        };
        let take = |batch: Batch| {
            let names = batch.names.iter().map(|name| {
                if filter.matches_name(name) {
                    report.row_of_name(name)
                } else {
                    NO_ROW
                }
            });
            let places: Vec<u32> = names.collect();
            for span in &batch.spans {
                let place = if span.is_selected {
                    places[span.name]
                } else {
                    NO_ROW
                };
                let (self_ns, late) = self_times.end(SpanEnd {
                    id: span.id,
                    parent: span.parent,
                    interval: Interval::of(span.ts, span.data.dur_ns),
                    tag: place,
                });
                if let Some(row) = report.row(place) {
                    row.add(&span.data, self_ns);
                }
                if let Some(late) = late
                    && let Some(row) = report.row(late.tag)
                {
                    row.self_ns = row.self_ns.saturating_sub(late.covered_ns);
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        read::records(launch, SPANS, skips, &mut progress, each, take)?;
        report.dropped_parents += self_times.dropped_parents;
    }
    report.remove_empty_rows();
    Ok(report)
}
