//! The records that the debug logs report as missing.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use telemetry_schema::record::{Record, RecordKind, RecordKinds};

use crate::error::Error;
use crate::records::session_of;
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::spans::{Launch, progress, read};

/// The most causes; further ones are added up.
const MAX_CAUSES: usize = 256;
const OTHER_CAUSES: &str = "other causes";

/// Records that are missing for one cause.
#[derive(Clone, Debug)]
pub(super) struct LossCount {
    pub(super) cause: String,
    pub(super) count: u64,
    pub(super) bytes: u64,
}

/// The `lost` records of a part of a file.
#[derive(Default)]
struct LossPart {
    losses: Vec<(String, u64, u64)>,
    /// Whether the part has a record of the selected session.
    is_of_session: bool,
}

/// Adds up the `lost` records by cause, the most frequent first. They name no session: for a session, those of the
/// processes that have records of it count.
pub(super) fn read(launches: &[Launch], filter: &SpanFilter) -> Result<Vec<LossCount>, Error> {
    let kinds = match filter.session {
        Some(_) => RecordKinds::of(&[
            RecordKind::Lost,
            RecordKind::Header,
            RecordKind::Span,
            RecordKind::Event,
        ]),
        None => RecordKinds::of(&[RecordKind::Lost]),
    };
    let wanted = filter.session.as_deref();
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut progress = progress(launches);
    for launch in launches {
        let mut of_launch = Vec::new();
        let mut is_of_session = wanted.is_none();
        let each = |part: &mut LossPart, record: Record<'_>| match record {
            Record::Lost(lost) => {
                if filter.period.contains(lost.ts) {
                    part.losses
                        .push((lost.cause.into_owned(), lost.count, lost.bytes));
                }
            }
            record => part.is_of_session |= wanted.is_some() && session_of(&record) == wanted,
        };
        let take = |part: LossPart| {
            of_launch.extend(part.losses);
            is_of_session |= part.is_of_session;
            Ok(ControlFlow::Continue(()))
        };
        // The totals by span name count the damaged lines.
        let skips = &mut SkippedLines::default();
        read::records(launch, kinds, skips, &mut progress, each, take)?;
        if !is_of_session {
            continue;
        }
        for (cause, count, bytes) in of_launch {
            let is_listed = sums.len() < MAX_CAUSES || sums.contains_key(&cause);
            let cause = if is_listed {
                cause
            } else {
                OTHER_CAUSES.to_owned()
            };
            let sum = sums.entry(cause).or_default();
            sum.0 = sum.0.saturating_add(count);
            sum.1 = sum.1.saturating_add(bytes);
        }
    }
    let mut losses: Vec<LossCount> = sums
        .into_iter()
        .map(|(cause, (count, bytes))| LossCount {
            cause,
            count,
            bytes,
        })
        .collect();
    losses.sort_by_key(|loss| std::cmp::Reverse(loss.count));
    Ok(losses)
}
