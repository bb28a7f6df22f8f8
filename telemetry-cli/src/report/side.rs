//! The records of one session or period that a report shows.

use telemetry_schema::record::Timestamp;

use super::losses::{self, LossCount};
use super::requests::RequestList;
use super::trees::{self, SpanCollection};
use crate::error::Error;
use crate::home::Homes;
use crate::selection::{Calendar, Grouping, SpanFilter};
use crate::skipped_lines::SkippedLines;
use crate::spans::{SpanReport, launches, top};
use crate::usage::{self, Query, Report};

/// The records of one session or period, added up by the readers of the other commands.
#[derive(Debug)]
pub struct ReportSide {
    pub(super) title: String,
    pub(super) calendar: Calendar,
    pub(super) daily: Report,
    pub(super) models: Report,
    pub(super) sessions: Report,
    pub(super) projects: Report,
    pub(super) users: Report,
    pub(super) requests: RequestList,
    pub(super) names: SpanReport,
    pub(super) spans: SpanCollection,
    pub(super) losses: Vec<LossCount>,
    pub(super) skips: SkippedLines,
}

impl ReportSide {
    /// Reads the records that the filter selects. `skips` gets the damaged lines of every file, once.
    ///
    /// # Errors
    ///
    /// Fails if an existing file cannot be read.
    pub fn read(
        homes: &Homes,
        filter: &SpanFilter,
        calendar: &Calendar,
        skips: &mut SkippedLines,
    ) -> Result<Self, Error> {
        let report = |grouping| {
            let query = Query {
                grouping,
                period: filter.period,
                session: filter.session.clone(),
                calendar: calendar.clone(),
            };
            usage::read(homes, &query)
        };
        let mut own = SkippedLines::default();
        let (daily, skipped) = report(Grouping::Daily)?;
        own.merge(&skipped);
        let (models, _) = report(Grouping::Model)?;
        let (sessions, _) = report(Grouping::Session)?;
        let (projects, _) = report(Grouping::Project)?;
        let (users, _) = report(Grouping::User)?;
        let requests = RequestList::read(homes, filter)?;
        let launches = launches(homes, &filter.period)?;
        let names = top(&launches, filter, &mut own)?;
        let spans = trees::collect(&launches, filter)?;
        let losses = losses::read(&launches, filter)?;
        skips.merge(&own);
        Ok(Self {
            title: title(filter, calendar),
            calendar: calendar.clone(),
            daily,
            models,
            sessions,
            projects,
            users,
            requests,
            names,
            spans,
            losses,
            skips: own,
        })
    }

    /// Returns whether there is neither a request nor a span.
    pub fn is_empty(&self) -> bool {
        self.daily.rows.is_empty() && self.names.rows().is_empty()
    }

    /// Returns the times of the first and the last request.
    pub(super) fn range(&self) -> Option<(Timestamp, Timestamp)> {
        let rows = &self.daily.rows;
        let first = rows.iter().map(|row| row.first).min()?;
        Some((first, rows.iter().map(|row| row.last).max()?))
    }
}

/// Returns the name of a selection.
fn title(filter: &SpanFilter, calendar: &Calendar) -> String {
    let time = |time: Timestamp| calendar.minute(time);
    let sessions = match &filter.session {
        Some(id) => format!("Session {id}"),
        None => "All sessions".to_owned(),
    };
    match (filter.period.since, filter.period.until) {
        (None, None) => sessions,
        (Some(since), None) => format!("{sessions} from {}", time(since)),
        (None, Some(until)) => format!("{sessions} before {}", time(until)),
        (Some(since), Some(until)) => {
            format!("{sessions} from {} to {}", time(since), time(until))
        }
    }
}
