//! The list of sessions.

use std::collections::{BTreeSet, HashMap};
use std::io;

use jiff::tz::TimeZone;
use telemetry_schema::record::{Sums, Timestamp};

use crate::error::Error;
use crate::history::{self, Entry, Only};
use crate::home::Homes;
use crate::selection::Period;
use crate::skipped::Skips;
use crate::terminal::{Cell, Column, Emphasis, Table, Terminal};

/// One session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// When its first request started.
    pub first: Timestamp,
    /// When its last request started.
    pub last: Timestamp,
    /// The models that it asked.
    pub models: BTreeSet<String>,
    /// Its sums.
    pub sums: Sums,
}

/// One request, or a day's.
struct Part {
    id: String,
    first: Timestamp,
    last: Timestamp,
    model: Option<String>,
    sums: Sums,
}

fn add(sessions: &mut HashMap<String, Session>, part: Part) {
    let session = sessions.entry(part.id).or_insert_with_key(|id| Session {
        id: id.clone(),
        first: part.first,
        last: part.last,
        models: BTreeSet::new(),
        sums: Sums::default(),
    });
    session.first = session.first.min(part.first);
    session.last = session.last.max(part.last);
    session.sums.add(&part.sums);
    session.models.extend(part.model);
}

/// The sessions with a request in the period, the last one first.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read(homes: &Homes, period: &Period) -> Result<(Vec<Session>, Skips), Error> {
    let (sessions, skips) = history::read(
        homes,
        Only::All,
        |record| {
            period.contains(record.ts).then(|| Part {
                id: record.session_id.to_string(),
                first: record.ts,
                last: record.ts,
                model: record.model.as_deref().map(str::to_owned),
                sums: Sums::of(record),
            })
        },
        HashMap::new,
        |sessions, entry| match entry {
            Entry::Request(part) => add(sessions, part),
            Entry::Rollup(rollup) if period.contains(rollup.ts) => {
                let part = Part {
                    id: rollup.session_id.to_string(),
                    first: rollup.ts,
                    last: rollup.last,
                    model: rollup.model.as_deref().map(str::to_owned),
                    sums: rollup.sums,
                };
                add(sessions, part);
            }
            Entry::Rollup(_) => {}
        },
    )?;
    let mut sessions: Vec<Session> = sessions.into_values().collect();
    sessions.sort_by(|a, b| (b.last, &b.id).cmp(&(a.last, &a.id)));
    Ok((sessions, skips))
}

/// As a table.
///
/// # Errors
///
/// What stdout says.
pub fn write(sessions: &[Session], zone: &TimeZone, out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::fixed("Session"),
        Column::fixed("First").rank(4),
        Column::fixed("Last").rank(1),
        Column::number("Turns").rank(2),
        Column::number("Tokens"),
        Column::number("Cost (USD)"),
        Column::text("Models").rank(3),
    ]);
    let time = |time: Timestamp| {
        let time = jiff::Timestamp::from_microsecond(time.micros()).unwrap_or_default();
        let time = time.to_zoned_datetime(zone.clone());
        time.strftime("%Y-%m-%d %H:%M").to_string()
    };
    for session in sessions {
        table.row(
            Emphasis::Plain,
            [
                Cell::from(&session.id),
                time(session.first).into(),
                time(session.last).into(),
                session.sums.turns.to_string().into(),
                session.sums.total_tokens.to_string().into(),
                session.sums.cost_usd.to_string().into(),
                session
                    .models
                    .iter()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
                    .into(),
            ],
        );
    }
    table.write(out)
}
