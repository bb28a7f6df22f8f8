//! The requests of the live view.

use std::collections::VecDeque;

use telemetry_schema::Outcome;
use telemetry_schema::record::{SessionRecord, Timestamp, Totals};
use telemetry_schema::sort::sort_by_key;

/// The number of requests that are kept, over all sessions. They take some 20 MB.
const KEPT: usize = 20_000;

/// A request.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields have the names of the record's keys"
)]
pub struct Request {
    /// The number that identifies the request in the view.
    pub number: u64,
    pub session: String,
    pub id: Option<String>,
    pub ts: Timestamp,
    pub turn: Option<u64>,
    pub request: Option<u64>,
    pub model: Option<String>,
    pub attempt: Option<u32>,
    pub retry_cause: Option<String>,
    /// The class of the error, or else the outcome, of a failed request.
    pub error: Option<String>,
    pub latency_ms: Option<u64>,
    pub ttft_ms: Option<u64>,
    pub sums: Totals,
}

/// The latest requests.
#[derive(Debug, Default)]
pub struct Requests {
    rows: VecDeque<Request>,
    next: u64,
}

impl Requests {
    /// Returns the requests of a session by time.
    pub fn of_session(&self, session: &str) -> Vec<&Request> {
        let mut rows: Vec<&Request> = self
            .rows
            .iter()
            .filter(|row| row.session == session)
            .collect();
        sort_by_key(&mut rows, |row| (row.ts, row.number));
        rows
    }

    /// Adds a request, or the increase of an amendment.
    pub fn add(&mut self, record: &SessionRecord<'_>) {
        if record.is_amendment() {
            self.amend(record);
            return;
        }
        let owned = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let outcome = record.outcome.map(Outcome::as_str);
        let error = (!record.is_ok()).then(|| record.error_class.as_deref().or(outcome));
        self.rows.push_back(Request {
            number: self.next,
            session: record.session_id.to_string(),
            id: owned(&record.request_id),
            ts: record.ts,
            turn: record.turn_number(),
            request: record.request_number(),
            model: owned(&record.model),
            attempt: record.attempt,
            retry_cause: owned(&record.retry_cause),
            error: error.flatten().map(str::to_owned),
            latency_ms: record.latency_ms,
            ttft_ms: record.ttft_ms,
            sums: record.totals(),
        });
        self.next += 1;
        if self.rows.len() > KEPT {
            self.rows.pop_front();
        }
    }

    fn amend(&mut self, record: &SessionRecord<'_>) {
        let is_amended = |row: &&mut Request| {
            row.error.is_none()
                && row.session == record.session_id
                && row.id.as_deref() == record.request_id.as_deref()
        };
        if let Some(row) = self.rows.iter_mut().rev().find(is_amended) {
            row.sums.add(&record.totals());
        }
    }
}
