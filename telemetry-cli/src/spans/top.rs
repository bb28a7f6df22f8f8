//! Totals by span name.

use std::collections::HashMap;
use std::ops::ControlFlow;

use hdrhistogram::Histogram;
use telemetry_schema::record::{Record, Span, Timestamp};

use super::covered::{Covered, Ended, Stretch};
use super::filter::{Filter, failed};
use super::launches::Launch;
use super::read::{self, SPANS};
use crate::error::Error;
use crate::skipped::Skips;
use crate::terminal::Progress;

/// The most rows. A log may hold any number of names; spans with further names share one row. The
/// quantiles of a row use at most some 60 KB.
pub const MOST_NAMES: usize = 512;
/// The name of the row of further names.
pub const OTHERS: &str = "(other names)";

/// The row number of spans that the filter excludes.
const NOWHERE: u32 = u32::MAX;

/// The totals of the spans with one name.
#[derive(Clone, Debug)]
pub struct Row {
    /// The number of spans.
    pub count: u64,
    /// The number of spans whose outcome is not `ok`.
    pub errors: u64,
    /// The sum of the durations, in nanoseconds.
    pub total_ns: u64,
    /// The sum of the self times.
    pub self_ns: u64,
    /// The sum of the times in polls; a synchronous span is busy for its whole duration.
    pub busy_ns: u64,
    /// The longest duration.
    pub max_ns: u64,
    lengths: Histogram<u32>,
}

impl Row {
    fn new() -> Option<Self> {
        Some(Self {
            count: 0,
            errors: 0,
            total_ns: 0,
            self_ns: 0,
            busy_ns: 0,
            max_ns: 0,
            // Two significant digits: an error of at most 1 %.
            lengths: Histogram::new(2).ok()?,
        })
    }

    /// Returns a percentile of the duration, with an error of at most 1 %.
    pub fn percentile(&self, percent: f64) -> u64 {
        self.lengths.value_at_percentile(percent).min(self.max_ns)
    }

    fn add(&mut self, span: &Taken, self_ns: u64) {
        self.count += 1;
        self.errors += u64::from(span.failed);
        self.total_ns = self.total_ns.saturating_add(span.dur_ns);
        self.self_ns = self.self_ns.saturating_add(self_ns);
        self.busy_ns = self.busy_ns.saturating_add(span.busy_ns);
        self.max_ns = self.max_ns.max(span.dur_ns);
        // The histogram resizes itself. A duration beyond its range is not part of the percentiles.
        let _ = self.lengths.record(span.dur_ns);
    }
}

/// The totals of all names.
#[derive(Debug, Default)]
pub struct Top {
    names: HashMap<String, u32>,
    rows: Vec<(String, Row)>,
    /// The number of parents that were dropped before they ended; see [`super::covered`].
    pub given_up: u64,
}

impl Top {
    /// Returns the rows, sorted by self time in descending order.
    pub fn rows(&self) -> Vec<(&str, &Row)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(name, row)| (&**name, row)).collect();
        rows.sort_by(|a, b| (b.1.self_ns, a.0).cmp(&(a.1.self_ns, b.0)));
        rows
    }

    /// Returns the number of the row of a name.
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.names.get(name) {
            return *place;
        }
        let name = if self.rows.len() < MOST_NAMES {
            name
        } else {
            OTHERS
        };
        if name == OTHERS
            && let Some(place) = self.names.get(OTHERS)
        {
            return *place;
        }
        let Some(row) = Row::new() else {
            return NOWHERE;
        };
        let place = u32::try_from(self.rows.len()).unwrap_or(NOWHERE);
        self.names.insert(name.to_owned(), place);
        self.rows.push((name.to_owned(), row));
        place
    }
}

/// The data of a span that is kept until the spans before it were added up.
#[derive(Debug)]
struct Taken {
    name: u32,
    failed: bool,
    id: u64,
    parent: Option<u64>,
    ts: Timestamp,
    dur_ns: u64,
    busy_ns: u64,
    /// Whether the filter selects the span. Other spans still cover their parents.
    meant: bool,
}

/// The spans of a part of a file.
#[derive(Debug, Default)]
struct Batch {
    names: HashMap<String, u32>,
    spans: Vec<Taken>,
}

impl Batch {
    fn add(&mut self, span: &Span<'_>, filter: &Filter) {
        let name = if let Some(name) = self.names.get(&*span.name) {
            *name
        } else {
            let name = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            self.names.insert(span.name.clone().into_owned(), name);
            name
        };
        let failed = failed(span);
        self.spans.push(Taken {
            name,
            failed,
            id: span.id,
            parent: span.parent,
            ts: span.ts,
            dur_ns: span.dur_ns,
            busy_ns: span.busy_ns.unwrap_or(span.dur_ns),
            meant: filter.has(span.session_id.as_deref(), span.ts)
                && filter.names(&span.name)
                && filter.ended(span.dur_ns, failed),
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
pub fn top(launches: &[Launch], filter: &Filter, skips: &mut Skips) -> Result<Top, Error> {
    let mut top = Top::default();
    let mut progress = Progress::of(launches.iter().map(|launch| launch.bytes).sum());
    for launch in launches {
        let mut covered = Covered::default();
        let each = |batch: &mut Batch, record: Record<'_>| {
            if let Record::Span(span) = record {
                batch.add(&span, filter);
            }
        };
        let take = |batch: Batch| {
            let mut places = vec![NOWHERE; batch.names.len()];
            for (name, at) in &batch.names {
                if filter.names(name)
                    && let Some(slot) = places.get_mut(*at as usize)
                {
                    *slot = top.place(name);
                }
            }
            for span in &batch.spans {
                let place = places.get(span.name as usize).filter(|_| span.meant);
                let place = place.copied().unwrap_or(NOWHERE);
                let (self_ns, late) = covered.end(Ended {
                    id: span.id,
                    parent: span.parent,
                    stretch: Stretch::of(span.ts, span.dur_ns),
                    tag: place,
                });
                if let Some((_, row)) = top.rows.get_mut(place as usize) {
                    row.add(span, self_ns);
                }
                if let Some(late) = late
                    && let Some((_, row)) = top.rows.get_mut(late.tag as usize)
                {
                    row.self_ns = row.self_ns.saturating_sub(late.covered);
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        read::records(launch, SPANS, skips, &mut progress, each, take)?;
        top.given_up += covered.given_up;
    }
    top.rows.retain(|(_, row)| row.count > 0);
    Ok(top)
}
