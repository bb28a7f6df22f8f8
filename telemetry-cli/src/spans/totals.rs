//! Totals by span name.

use indexmap::IndexMap;

use crate::quantiles::Quantiles;
use telemetry_schema::sort::sort_by;

/// The row number of spans that the filter excludes.
pub(super) const NO_ROW: u32 = u32::MAX;

/// The data of a span that is added up.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanData {
    pub(super) failed: bool,
    pub(super) dur_ns: u64,
    pub(super) busy_ns: u64,
}

/// The most rows. A log may hold any number of names; spans with further names share one row. The
/// quantiles of a row use at most some 60 KB.
pub const MAX_NAMES: usize = 512;
/// The name of the row of further names.
pub const OTHERS: &str = "(other names)";

/// The totals of the spans with one name.
#[derive(Clone, Debug, Default)]
pub struct SpanTotals {
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
    durations: Quantiles<7>,
}

impl SpanTotals {
    /// Returns a percentile of the duration, with an error of at most 1 %.
    pub fn percentile(&self, percent: u64) -> u64 {
        let found = self.durations.percentile(percent).unwrap_or(0);
        found.min(self.max_ns)
    }

    pub(super) fn add(&mut self, span: &SpanData, self_ns: u64) {
        self.count += 1;
        self.errors += u64::from(span.failed);
        self.total_ns = self.total_ns.saturating_add(span.dur_ns);
        self.self_ns = self.self_ns.saturating_add(self_ns);
        self.busy_ns = self.busy_ns.saturating_add(span.busy_ns);
        self.max_ns = self.max_ns.max(span.dur_ns);
        self.durations.add(span.dur_ns);
    }
}

/// The totals of all names.
#[derive(Debug, Default)]
pub struct SpanReport {
    rows: IndexMap<String, SpanTotals>,
    /// The number of parents that were dropped before they ended; see [`super::self_time`].
    pub dropped_parents: u64,
}

impl SpanReport {
    /// Returns a row by its number, unless the number is [`NO_ROW`].
    pub(super) fn row(&mut self, row: u32) -> Option<&mut SpanTotals> {
        self.rows
            .get_index_mut(row as usize)
            .map(|(_, totals)| totals)
    }

    /// Removes rows without spans.
    pub(super) fn remove_empty_rows(&mut self) {
        self.rows.retain(|_, row| row.count > 0);
    }

    /// Returns the rows, sorted by self time in descending order.
    pub fn rows(&self) -> Vec<(&str, &SpanTotals)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(name, row)| (&**name, row)).collect();
        sort_by(&mut rows, |a, b| {
            (b.1.self_ns, a.0).cmp(&(a.1.self_ns, b.0))
        });
        rows
    }

    /// Returns the number of the row of a name.
    pub(super) fn row_of_name(&mut self, name: &str) -> u32 {
        let is_listed = self.rows.len() < MAX_NAMES || self.rows.contains_key(name);
        let name = if is_listed { name } else { OTHERS };
        let entry = self.rows.entry(name.to_owned());
        let place = u32::try_from(entry.index()).unwrap_or(NO_ROW);
        entry.or_default();
        place
    }
}
