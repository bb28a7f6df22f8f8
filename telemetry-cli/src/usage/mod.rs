//! `telemetry usage`: the report of tokens and costs.

mod builder;
mod ccusage;
mod json;
mod partial;
mod row;
mod table;

use telemetry_schema::record::{SessionRecord, Timestamp};

use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::{Calendar, Grouping, Period};
use crate::skipped_lines::SkippedLines;

use builder::{FORGOTTEN_SESSIONS, ReportBuilder};
use partial::PartialReport;
use row::{NO_PROJECT, NO_USER};

pub use row::{ReportRow, Times, UsageTotals};
pub use table::TableOptions;

/// The parameters of a report.
#[derive(Clone, Debug)]
pub struct Query {
    /// The grouping of rows.
    pub grouping: Grouping,
    /// Only requests that started in this period.
    pub period: Period,
    /// Only requests of this session.
    pub session: Option<String>,
    /// The calendar that assigns requests to rows.
    pub calendar: Calendar,
}

/// Totals of requests, grouped into rows.
#[derive(Clone, Debug)]
pub struct Report {
    /// The grouping of rows.
    pub grouping: Grouping,
    /// The rows by time. Rows of models, projects and users are sorted by cost, the highest first.
    pub rows: Vec<ReportRow>,
    /// The sums over all rows.
    pub total: UsageTotals,
    /// The number of sums of pruned days that extend beyond a row or the period. Each is counted at the
    /// time of its first request, as the times of its other requests are unknown.
    pub straddling: u64,
}

impl Report {
    /// Returns whether a row has the name of a project or a user, and not that of requests without one.
    pub fn has_names(&self) -> bool {
        let of_none = [NO_PROJECT, NO_USER, FORGOTTEN_SESSIONS];
        self.rows.iter().any(|row| !of_none.contains(&&*row.key))
    }
}

/// Reads the logs and adds up the requests. Uses memory for the rows, and as [`history::add_up`] does. If the cost of
/// requests became known after they were recorded, reads the logs once more, to remove the reasons of these requests.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(homes: &Homes, query: &Query) -> Result<(Report, SkippedLines), Error> {
    let only = Only::session(query.session.as_deref());
    let wanted = |session: &str, time: Timestamp| {
        query.period.contains(time) && query.session.as_deref().is_none_or(|id| id == session)
    };
    let (mut builder, skips) = history::add_up(
        homes,
        only,
        || PartialReport::new(query.grouping, query.calendar.clone()),
        |part, record| {
            if wanted(&record.session_id, record.ts) {
                part.add(record);
            }
        },
        ReportBuilder::new(query.grouping, query.calendar.clone()),
        |builder, entry| match entry {
            HistoryEntry::Request(part) => builder.add_part(&part),
            HistoryEntry::Rollup(rollup) => {
                let first = wanted(&rollup.session_id, rollup.ts);
                if first {
                    builder.add_rollup(rollup);
                }
                builder.straddling += u64::from(first != wanted(&rollup.session_id, rollup.last));
            }
        },
    )?;
    if builder.has_priced_later() {
        let reason_of = |record: &SessionRecord<'_>| {
            let is_wanted = wanted(&record.session_id, record.ts);
            partial::reason(record).filter(|_| is_wanted)?;
            let key = record.answered_key()?;
            builder.is_priced_later(key).then(|| {
                let mut part = PartialReport::new(query.grouping, query.calendar.clone());
                part.add(record);
                (key, part)
            })
        };
        let (reasons, _) = history::read(homes, only, reason_of, Vec::new(), |found, entry| {
            if let HistoryEntry::Request(reason) = entry {
                found.push(reason);
            }
        })?;
        for (key, part) in &reasons {
            builder.void_reason(*key, part);
        }
    }
    Ok((builder.finish(), skips))
}
