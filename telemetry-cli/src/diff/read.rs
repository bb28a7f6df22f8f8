//! Reads the requests and spans of one side of a comparison.

use telemetry_schema::record::{SessionRecord, Totals};

use super::side::Side;
use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::spans::{launches, top};

/// The data that is extracted from the record of a request.
struct RequestSample {
    model: Option<String>,
    sums: Totals,
    latency_ms: Option<u64>,
}

/// Reads the records that the filter selects.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(homes: &Homes, filter: &SpanFilter, skips: &mut SkippedLines) -> Result<Side, Error> {
    let only = Only::session(filter.session.as_deref());
    let sample = |record: &SessionRecord<'_>| {
        let is_selected = filter.matches_record(Some(&record.session_id), record.ts);
        is_selected.then(|| RequestSample {
            model: record.model.as_deref().map(str::to_owned),
            sums: record.totals(),
            latency_ms: record.latency_ms.filter(|_| record.is_ok()),
        })
    };
    let (mut side, skipped) = history::read(
        homes,
        only,
        sample,
        Side::default(),
        |side, entry| match entry {
            HistoryEntry::Request(it) => side.add(it.model.as_deref(), &it.sums, it.latency_ms),
            HistoryEntry::Rollup(it) if filter.matches_record(Some(&it.session_id), it.ts) => {
                side.add(it.model.as_deref(), &it.sums, None);
            }
            HistoryEntry::Rollup(_) => {}
        },
    )?;
    skips.merge(&skipped);
    side.spans = top(&launches(homes, &filter.period)?, filter, skips)?;
    Ok(side)
}
