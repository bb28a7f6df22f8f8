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

/// The sessions with a request in the period, the last one first.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read(homes: &Homes, period: &Period) -> Result<(Vec<Session>, Skips), Error> {
    let (sessions, skips) = history::read(
        homes,
        Only::All,
        HashMap::new,
        |sessions: &mut HashMap<String, Session>, entry| {
            let (id, first, last, model, sums) = match entry {
                Entry::Request(it) => (&it.session_id, it.ts, it.ts, &it.model, Sums::of(it)),
                Entry::Rollup(it) => (&it.session_id, it.ts, it.last, &it.model, it.sums),
            };
            if !period.contains(last) {
                return;
            }
            if !sessions.contains_key(&**id) {
                let session = Session {
                    id: id.to_string(),
                    first,
                    last,
                    models: BTreeSet::new(),
                    sums: Sums::default(),
                };
                sessions.insert(id.to_string(), session);
            }
            let Some(session) = sessions.get_mut(&**id) else {
                return;
            };
            session.first = session.first.min(first);
            session.last = session.last.max(last);
            session.sums.add(&sums);
            if let Some(model) = model
                && !session.models.contains(&**model)
            {
                session.models.insert(model.to_string());
            }
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
