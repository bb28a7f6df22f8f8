//! `telemetry sessions`: lists the sessions.

mod json;
mod process;

use std::collections::{BTreeSet, HashMap};
use std::io;

use serde::Serialize;
use telemetry_schema::record::{Timestamp, Totals};

use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::{Calendar, Period};
use crate::skipped_lines::SkippedLines;
use crate::terminal::{Cell, Column, Table, Terminal, cost, grouped};

pub use json::write_json;
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
    /// The start of the first request.
    pub first: Timestamp,
    /// The start of the last request.
    pub last: Timestamp,
    /// The requested models.
    pub models: BTreeSet<String>,
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
        session.models.extend(part.models);
        session.turns = session.turns.max(part.turns);
        session.parent = session.parent.take().max(part.parent);
    } else {
        sessions.insert(part.id.clone(), part);
    }
}

/// Returns the sessions with a request in the period, the latest first.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(homes: &Homes, period: &Period) -> Result<(Vec<SessionSummary>, SkippedLines), Error> {
    let (sessions, skips) = history::read(
        homes,
        Only::All,
        |record| {
            period.contains(record.ts).then(|| SessionSummary {
                id: record.session_id.to_string(),
                first: record.ts,
                last: record.ts,
                models: record.model.iter().map(ToString::to_string).collect(),
                parent: record.parent_session_id.as_deref().map(str::to_owned),
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
                    models: rollup.model.iter().map(ToString::to_string).collect(),
                    parent: rollup.parent_session_id.as_deref().map(str::to_owned),
                    turns: rollup.last_turn,
                    sums: rollup.sums,
                    process: None,
                };
                add(sessions, part);
            }
            HistoryEntry::Rollup(_) => {}
        },
    )?;
    let mut processes = process::read(homes)?;
    let mut sessions: Vec<SessionSummary> = sessions.into_values().collect();
    for session in &mut sessions {
        session.process = processes.remove(&session.id);
    }
    sessions.sort_by(|a, b| (b.last, &b.id).cmp(&(a.last, &a.id)));
    Ok((sessions, skips))
}

/// The index of the column of turns.
const TURNS: usize = 3;

/// Writes the sessions as a table.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(
    sessions: &[SessionSummary],
    calendar: &Calendar,
    out: &mut Terminal,
) -> io::Result<()> {
    // Most hosts mark no turns, and an empty column would take the place of another one.
    let has_turns = sessions.iter().any(|session| session.turns.is_some());
    let columns = [
        Column::key("Session"),
        Column::fixed("First").rank(6),
        Column::fixed("Last").rank(1),
        Column::number("Turns").rank(4),
        Column::number("Requests").rank(2),
        Column::number("Failed").rank(7),
        Column::number("Tokens").rank(3),
        Column::number("Cost (USD)"),
        // Whole before there is a place for models.
        Column::text("Program").rank(8).least(24),
        Column::fixed("Alive").rank(5),
        Column::text("Models").rank(9),
    ];
    let shown = |at: usize| at != TURNS || has_turns;
    let kept = |(at, column)| shown(at).then_some(column);
    let mut table = Table::new(columns.into_iter().enumerate().filter_map(kept));
    for session in sessions {
        let process = session.process.as_ref();
        let program = process.and_then(|process| {
            let version = process.version.as_deref().unwrap_or_default();
            Some(format!("{} {version}", process.app.as_deref()?))
        });
        let alive = match process {
            Some(process) if process.alive => "yes",
            Some(_) => "no",
            None => "-",
        };
        let cells = [
            Cell::from(&session.id),
            calendar.minute(session.first).to_string().into(),
            calendar.minute(session.last).to_string().into(),
            session.turns.map_or_else(|| "-".to_owned(), grouped).into(),
            grouped(session.sums.requests).into(),
            grouped(session.sums.failures).into(),
            grouped(session.sums.total_tokens).into(),
            cost(&session.sums).into(),
            program.as_deref().map_or("-", str::trim).into(),
            alive.into(),
            Cell::lines(&session.models),
        ];
        let kept = |(at, cell)| shown(at).then_some(cell);
        table.plain(cells.into_iter().enumerate().filter_map(kept));
    }
    table.write(out)
}
