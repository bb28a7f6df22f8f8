//! The sessions of the live view.

use std::collections::HashMap;

use telemetry_schema::Outcome;
use telemetry_schema::record::{Rollup, SessionRecord, Timestamp, Totals};

use super::latest_costs::LatestCosts;
use crate::hourly_cost::HourlyCost;
use crate::records::has_failed;

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionError {
    /// The start of the request.
    pub time: Timestamp,
    /// The class of the error, or else the outcome.
    pub class: String,
}

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The id.
    pub id: String,
    /// The end of the last request or span.
    pub last: Timestamp,
    /// The end of the last request.
    pub last_request: Timestamp,
    /// The model of the last request.
    pub model: Option<String>,
    /// The highest number of a turn.
    pub turns: Option<u64>,
    /// The sums of the requests.
    pub sums: Totals,
    /// The cost per hour at the time that was set last.
    pub hourly: HourlyCost,
    /// The last request that failed.
    pub error: Option<SessionError>,
    /// The process that wrote the session's latest span.
    pub launch: Option<usize>,
    /// Whether the debug log has a span or an event of the session.
    pub has_spans: bool,
}

impl Session {
    fn new(id: &str, time: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            last: time,
            last_request: Timestamp::from_micros(i64::MIN),
            model: None,
            turns: None,
            sums: Totals::default(),
            hourly: HourlyCost::default(),
            error: None,
            launch: None,
            has_spans: false,
        }
    }
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    rows: Vec<Session>,
    by_id: HashMap<String, usize>,
    latest: LatestCosts,
}

impl Sessions {
    /// Iterates over the sessions.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.rows.iter()
    }

    /// Returns the number of sessions.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a request, or the increase of an amendment.
    pub fn add(&mut self, record: &SessionRecord<'_>) {
        let totals = record.totals();
        let place = self.place(&record.session_id, record.ts);
        self.latest.add(record.ts, place, HourlyCost::of(&totals));
        let session = &mut self.rows[place];
        session.last = session.last.max(record.end());
        session.turns = session.turns.max(record.turn_number());
        session.sums.add(&totals);
        if record.is_amendment() {
            return;
        }
        let is_latest = session.last_request <= record.end();
        session.last_request = session.last_request.max(record.end());
        if is_latest && let Some(model) = &record.model {
            session.model = Some(model.to_string());
        }
        let outcome = record.outcome.map(Outcome::as_str);
        let is_later = (session.error.as_ref()).is_none_or(|error| error.time <= record.ts);
        if has_failed(outcome) && is_later {
            let class = record.error_class.as_deref().or(outcome);
            session.error = Some(SessionError {
                time: record.ts,
                class: class.unwrap_or_default().to_owned(),
            });
        }
    }

    /// Adds the sums of pruned requests. Sums of days name no session.
    pub fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        if rollup.session_id.is_empty() {
            return;
        }
        let session = self.session(&rollup.session_id, rollup.ts);
        session.last = session.last.max(rollup.last);
        session.last_request = session.last_request.max(rollup.last);
        session.turns = session.turns.max(rollup.last_turn);
        session.sums.add(&rollup.sums);
        if let Some(model) = &rollup.model {
            session.model = Some(model.to_string());
        }
    }

    /// Notes a record of the session in a debug log: the header, or a span or an event.
    pub fn see(&mut self, id: &str, time: Timestamp, launch: usize, is_header: bool) {
        let session = self.session(id, time);
        session.has_spans |= !is_header;
        session.last = session.last.max(time);
        session.launch = session.launch.max(Some(launch));
    }

    /// Calculates the costs per hour at a time.
    pub fn set_time(&mut self, now: Timestamp) {
        for session in &mut self.rows {
            session.hourly = HourlyCost::default();
        }
        for (place, cost) in self.latest.at(now) {
            self.rows[place].hourly.add(cost);
        }
    }

    /// Returns the cost per hour of all sessions.
    pub fn hourly(&self) -> HourlyCost {
        let mut sum = HourlyCost::default();
        for session in &self.rows {
            sum.add(session.hourly);
        }
        sum
    }

    fn session(&mut self, id: &str, time: Timestamp) -> &mut Session {
        let place = self.place(id, time);
        &mut self.rows[place]
    }

    /// Returns the index of a session, which is added if it is new.
    fn place(&mut self, id: &str, time: Timestamp) -> usize {
        let known = self.by_id.get(id).copied();
        known.unwrap_or_else(|| {
            self.rows.push(Session::new(id, time));
            self.by_id.insert(id.to_owned(), self.rows.len() - 1);
            self.rows.len() - 1
        })
    }
}
