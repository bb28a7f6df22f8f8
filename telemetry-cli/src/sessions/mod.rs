//! `telemetry sessions`: lists the sessions.

mod json;
mod models;
mod process;

use std::collections::HashMap;
use std::io;

use serde::Serialize;
use telemetry_schema::record::{Timestamp, Totals};
use telemetry_schema::sort::sort_by;

use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::{Calendar, Period, SHORT_ID, now, prefix_len, shortened};
use crate::skipped_lines::SkippedLines;
use crate::terminal::{Cell, Column, Table, Terminal, cost, grouped};

pub use json::write_json;
pub use models::SessionModels;
pub use process::SessionProcess;

/// The totals of a session, or of a part of it: a request, or the sums of a pruned day. Its JSON form is the one
/// of `telemetry sessions --json`.
#[derive(Clone, Debug, Serialize)]
pub struct SessionSummary {
    /// The id of the session.
    #[serde(rename = "session_id")]
    pub id: String,
    /// The session that started this session.
    #[serde(rename = "parent_session_id", skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The project of the session, if the host names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The user of the session, if the host names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The start of the first request, or of the first record in the debug log of a session without requests.
    pub first: Timestamp,
    /// The start of the last request, or of the last record in the debug log of a session without requests.
    pub last: Timestamp,
    /// The requested models with their sums.
    #[serde(serialize_with = "json::models")]
    pub models: SessionModels,
    /// The number of turns: the highest number of one. Absent if the host marks no turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<u64>,
    /// The sums over the requests.
    #[serde(flatten, serialize_with = "json::totals")]
    pub sums: Totals,
    /// The program, if the debug log of the session still exists.
    #[serde(flatten)]
    pub process: Option<SessionProcess>,
}

fn add(sessions: &mut HashMap<String, SessionSummary>, part: SessionSummary) {
    if let Some(session) = sessions.get_mut(&part.id) {
        session.first = session.first.min(part.first);
        session.last = session.last.max(part.last);
        session.sums.add(&part.sums);
        session.models.merge(part.models);
        session.turns = session.turns.max(part.turns);
        session.parent = session.parent.take().max(part.parent);
        session.project = session.project.take().max(part.project);
        session.user = session.user.take().max(part.user);
    } else {
        sessions.insert(part.id.clone(), part);
    }
}

/// Returns the sessions with a request or another record in the period, the latest first.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(homes: &Homes, period: &Period) -> Result<(Vec<SessionSummary>, SkippedLines), Error> {
    let (mut sessions, skips) = history::read(
        homes,
        Only::All,
        |record| {
            period.contains(record.ts).then(|| SessionSummary {
                id: record.session_id.to_string(),
                first: record.ts,
                last: record.ts,
                models: SessionModels::of(record.model.as_deref(), &record.totals()),
                parent: record.parent_session_id.as_deref().map(str::to_owned),
                project: record.project.as_deref().map(str::to_owned),
                user: record.user.as_deref().map(str::to_owned),
                turns: record.turn_number(),
                sums: record.totals(),
                process: None,
            })
        },
        HashMap::new(),
        |sessions, entry| match entry {
            HistoryEntry::Request(part) => add(sessions, part),
            // Sums of days name no session.
            HistoryEntry::Rollup(rollup)
                if period.contains(rollup.ts) && !rollup.session_id.is_empty() =>
            {
                let part = SessionSummary {
                    id: rollup.session_id.to_string(),
                    first: rollup.ts,
                    last: rollup.last,
                    models: SessionModels::of(rollup.model.as_deref(), &rollup.sums),
                    parent: rollup.parent_session_id.as_deref().map(str::to_owned),
                    project: rollup.project.as_deref().map(str::to_owned),
                    user: rollup.user.as_deref().map(str::to_owned),
                    turns: rollup.last_turn,
                    sums: rollup.sums,
                    process: None,
                };
                add(sessions, part);
            }
            HistoryEntry::Rollup(_) => {}
        },
    )?;
    for (id, found) in process::read(homes, period)? {
        if let Some(session) = sessions.get_mut(&id) {
            session.process = Some(found.process);
        } else if let Some((first, last)) = found.times {
            let session = SessionSummary {
                id: id.clone(),
                parent: None,
                project: None,
                user: None,
                first,
                last,
                models: SessionModels::default(),
                turns: found.turns,
                sums: Totals::default(),
                process: Some(found.process),
            };
            sessions.insert(id, session);
        }
    }
    let mut sessions: Vec<SessionSummary> = sessions.into_values().collect();
    sort_by(&mut sessions, |a, b| (b.last, &b.id).cmp(&(a.last, &a.id)));
    Ok((sessions, skips))
}

/// The indices of the columns that only some hosts fill.
const TURNS: usize = 3;
const PROJECT: usize = 9;
const USER: usize = 10;

/// Writes the sessions as a table. Where the width does not suffice, titles, times and names are shorter before columns are omitted.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(
    sessions: &[SessionSummary],
    calendar: &Calendar,
    out: &mut Terminal,
) -> io::Result<()> {
    let full = table(sessions, calendar, false);
    if out.width().is_none_or(|width| full.needed_width() <= width) {
        full.write(out)
    } else {
        table(sessions, calendar, true).write(out)
    }
}

/// Returns the sessions as a table, with short titles, times and names if `is_short`.
fn table(sessions: &[SessionSummary], calendar: &Calendar, is_short: bool) -> Table {
    // Most hosts mark no turns and name no projects, and an empty column would take the place of another one.
    let any = |has: fn(&SessionSummary) -> bool| sessions.iter().any(has);
    let (has_turns, has_projects, has_users) = (
        any(|session| session.turns.is_some()),
        any(|session| session.project.is_some()),
        any(|session| session.user.is_some()),
    );
    let (requests, cost_title) = if is_short {
        ("Reqs", "Cost")
    } else {
        ("Requests", "Cost (USD)")
    };
    let columns = [
        Column::key("Session"),
        Column::fixed("First").rank(6),
        Column::fixed("Last").rank(2),
        Column::number("Turns").rank(7),
        Column::number(requests).rank(1),
        Column::number("Failed").rank(4),
        Column::number("Tokens").rank(3),
        Column::number(cost_title),
        Column::text("Program").rank(9).least(24),
        Column::text("Project").rank(6),
        Column::text("User").rank(7),
        Column::fixed("Alive").rank(8),
        Column::text("Models").rank(5).least(11),
    ];
    let shown = |at: usize| match at {
        TURNS => has_turns,
        PROJECT => has_projects,
        USER => has_users,
        _ => true,
    };
    let kept = |(at, column)| shown(at).then_some(column);
    // A whole id behind a word would be wider than the ids of all rows.
    let shown_parent = if is_short {
        let parents = sessions
            .iter()
            .filter_map(|session| session.parent.as_deref());
        let ids = sessions.iter().map(|session| &*session.id);
        prefix_len(ids.chain(parents), SHORT_ID)
    } else {
        usize::MAX
    };
    let mut table = Table::new(columns.into_iter().enumerate().filter_map(kept));
    let today = now();
    let minute = |time| {
        if is_short {
            calendar.short_minute(time, today)
        } else {
            calendar.minute(time)
        }
    };
    for session in sessions {
        let process = session.process.as_ref();
        let program = process.and_then(|process| {
            let version = process.version.as_deref().unwrap_or_default();
            Some(telemetry_schema::record::program(
                process.app.as_deref()?,
                version,
            ))
        });
        let alive = match process {
            Some(process) if process.alive => "yes",
            Some(_) => "no",
            None => "-",
        };
        let cells = [
            key(session, shown_parent),
            minute(session.first).into(),
            minute(session.last).into(),
            session.turns.map_or_else(|| "-".to_owned(), grouped).into(),
            grouped(session.sums.requests).into(),
            grouped(session.sums.failures).into(),
            grouped(session.sums.total_tokens).into(),
            cost(&session.sums).into(),
            program.as_deref().map_or("-", str::trim).into(),
            session.project.as_deref().unwrap_or("-").into(),
            session.user.as_deref().unwrap_or("-").into(),
            alive.into(),
            models(session, is_short),
        ];
        let kept = |(at, cell)| shown(at).then_some(cell);
        table.plain(cells.into_iter().enumerate().filter_map(kept));
    }
    table
}

/// Returns the id of a session, and below the one of the session that started it, with as many characters as `parent_len`.
fn key(session: &SessionSummary, parent_len: usize) -> Cell {
    let parent = session.parent.as_deref();
    let parent = parent.map(|id| format!("of {}", shortened(id, parent_len)));
    Cell::lines([session.id.clone()].into_iter().chain(parent))
}

/// Returns the models of a session. A short name leaves out the provider and the router before the last `/`.
fn models(session: &SessionSummary, is_short: bool) -> Cell {
    let shown = |model: &str| match model.rsplit('/').next() {
        Some(name) if is_short && !name.is_empty() => name.to_owned(),
        _ => model.to_owned(),
    };
    Cell::lines(session.models.names().into_iter().map(shown))
}
