//! Adding up session records to rollup records. The module reads no file, so that property tests cover all of it.
//!
//! Sums begin by day, session and model. The sessions of old sums can be dropped, which leaves sums by day and model
//! ([`Fold::drop_sessions_before`], [`Fold::drop_oldest_sessions`]), and the days of old sums, which leaves sums by month and model
//! ([`Fold::merge_oldest_month`]).

mod day_lines;
mod sessions;
mod spanning;

use std::collections::BTreeMap;

use telemetry_schema::record::{
    GrownRequests, RequestKeys, Rollup, SessionRecord, Timestamp, Totals, request_key,
};

use crate::calendar::{day_of, day_of_month, last_of_month, month_of};

use sessions::{SessionSum, SessionSums, SumPart};
use spanning::SpanningRequests;

/// Totals per day, session and model. Counts each request once, and of several records of a request the largest.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    seen: RequestKeys,
    /// The requests that this fold counts.
    grown: GrownRequests,
    spanning: SpanningRequests,
    sessions: SessionSums,
    /// Sums without sessions.
    days: BTreeMap<DayKey, Totals>,
    /// The latest start of a request in `days`.
    through: Option<Timestamp>,
    /// The number of sums with a session beyond which the sessions of the oldest half are dropped; 0 for no limit.
    max_sessions: usize,
}

/// A day, or several days of one month, by their numbers since 1970, and a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DayKey {
    first: i64,
    last: i64,
    model: Option<String>,
}

/// The number of requests whose repetitions are recognised. A log of any size takes no more than 40 MB for them.
const MAX_SEEN: usize = 1 << 21;
/// The number of requests for which a later record with larger counts is recognised. Writers repeat a request soon after its first
/// record.
const MAX_GROWN: usize = 1 << 16;
/// The most bytes of a model's name in sums without sessions.
const MODEL_BYTES: usize = 128;

/// The shortest line of a sum with a session, in bytes.
const SHORTEST_LINE: u64 = 256;

impl Fold {
    /// Adds a record. Returns `false` if its request is counted already.
    ///
    /// A record of a request that also has a record in a staying segment is not added; see [`has_spanning`](Self::has_spanning).
    pub fn add(&mut self, record: &SessionRecord<'_>) -> bool {
        if self.spanning.is_spanning(record) {
            return false;
        }
        let key = request_key(record);
        // Only an answered request is repeated with larger counts; its key is that of the answered request.
        let answered = key.filter(|_| record.is_ok());
        if !self.is_new(key) {
            self.grown.repeat_keyed(answered, record);
            return false;
        }
        if self.grown.requests() >= MAX_GROWN {
            self.settle_grown();
        }
        if record.is_amendment() {
            self.grown.count(record);
        } else {
            self.grown.count_keyed(answered, record);
        }
        self.add_counts(record);
        true
    }

    /// Adds the amounts by which the largest record of each request exceeds the first one. To be called after the last record.
    pub fn settle(&mut self) {
        self.settle_grown();
        let spanning = self.spanning.take();
        spanning.each_increase(|increase| self.add_counts(increase));
    }

    fn settle_grown(&mut self) {
        let mut grown = std::mem::take(&mut self.grown);
        grown.each_amendment(|amendment| self.add_counts(amendment));
        grown.clear();
        self.grown = grown;
    }

    /// Returns whether a request has both added and excluded records. Then the caller must pass all records to
    /// [`add_spanning`](Self::add_spanning) before it calls [`settle`](Self::settle).
    pub fn has_spanning(&self) -> bool {
        self.spanning.any()
    }

    /// Passes a record again, in the order of the logs: those that are folded first, then those that stay.
    pub fn add_spanning(&mut self, record: &SessionRecord<'_>, stays: bool) {
        self.spanning.add(record, stays);
    }

    fn add_counts(&mut self, record: &SessionRecord<'_>) {
        let effort = record.reasoning_effort.as_deref();
        let part = SumPart {
            first: record.ts,
            last: record.ts,
            last_end: record.end(),
            parent: record.parent_session_id.as_deref(),
            project: record.project.as_deref(),
            user: record.user.as_deref(),
            last_effort: effort.map(|effort| (record.ts, effort)),
            last_turn: record.turn_number(),
            sums: record.totals(),
        };
        let (session, model) = (&*record.session_id, record.model.as_deref());
        self.add_part(day_of(record.ts), session, model, &part);
    }

    /// Excludes the request of a record that is counted elsewhere, for example in a staying segment. Of further records
    /// of the request, only the amounts are added by which they exceed that record.
    pub fn exclude(&mut self, record: &SessionRecord<'_>) {
        self.spanning.stays(record);
        self.is_new(request_key(record));
    }

    fn is_new(&mut self, key: Option<u64>) -> bool {
        if self.seen.len() >= MAX_SEEN {
            self.seen.clear();
        }
        key.is_none_or(|key| self.seen.insert(key))
    }

    /// Adds a record of an earlier fold. A record without a session is a sum of days.
    pub fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        let day = format!("{}T00:00:00Z", rollup.day)
            .parse()
            .map_or_else(|_| day_of(rollup.ts), day_of);
        if rollup.session_id.is_empty() {
            let model = rollup.model.as_deref().map(str::to_owned);
            self.add_days(day, day_of(rollup.last).max(day), model, &rollup.sums);
            return;
        }
        let effort = rollup.last_effort.as_deref();
        let part = SumPart {
            first: rollup.ts,
            last: rollup.last,
            last_end: rollup.last_end.unwrap_or(rollup.last),
            parent: rollup.parent_session_id.as_deref(),
            project: rollup.project.as_deref(),
            user: rollup.user.as_deref(),
            last_effort: effort
                .map(|effort| (rollup.last_effort_ts.unwrap_or(rollup.last), effort)),
            last_turn: rollup.last_turn,
            sums: rollup.sums,
        };
        let (session, model) = (&*rollup.session_id, rollup.model.as_deref());
        self.add_part(day, session, model, &part);
    }

    /// Drops the oldest sessions that cannot fit into a rollup of this size, so that the sums of a log of any size need little
    /// memory.
    pub fn bound(&mut self, max_bytes: u64) {
        let most = usize::try_from(max_bytes / SHORTEST_LINE).unwrap_or(usize::MAX);
        self.max_sessions = most.max(1024);
        self.drop_oldest_sessions(self.max_sessions);
    }

    /// Notes that sessions with requests until this time may be incomplete.
    pub fn reach(&mut self, through: Timestamp) {
        self.through = self.through.max(Some(through));
    }

    fn add_part(&mut self, day: i64, session: &str, model: Option<&str>, part: &SumPart<'_>) {
        self.sessions.add(day, session, model, part);
        if self.max_sessions > 0 && self.sessions.len() > self.max_sessions {
            self.drop_oldest_sessions(self.max_sessions / 2);
        }
    }

    fn add_days(&mut self, first: i64, last: i64, model: Option<String>, sums: &Totals) {
        let model = model.map(|mut model| {
            model.truncate(model.floor_char_boundary(MODEL_BYTES));
            model
        });
        self.days
            .entry(DayKey { first, last, model })
            .or_default()
            .add(sums);
    }

    fn drop_sessions(&mut self, sums: Vec<SessionSum>) {
        for sum in sums {
            self.reach(sum.last);
            self.add_days(sum.day, sum.day, sum.model, &sum.sums);
        }
    }

    /// Returns the number of sums that name a session.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Returns the day of the oldest sum that names a session.
    pub fn oldest_session(&self) -> Option<i64> {
        self.sessions.oldest_day()
    }

    /// Drops the sessions of days before this one: their sums are added to those by day and model.
    pub fn drop_sessions_before(&mut self, day: i64) {
        let old = self.sessions.take_before(day);
        self.drop_sessions(old);
    }

    /// Drops the oldest sessions until this number of sums names a session: their sums are added to those by day and model.
    pub fn drop_oldest_sessions(&mut self, keep: usize) {
        let old = self.sessions.take_oldest(keep);
        self.drop_sessions(old);
    }

    /// Takes the sums, and keeps the keys of the requests, so that their repetitions are still recognised.
    pub(crate) fn take_sums(&mut self) -> Self {
        self.settle();
        let max_sessions = self.max_sessions;
        Self {
            seen: RequestKeys::default(),
            grown: GrownRequests::default(),
            spanning: SpanningRequests::default(),
            sessions: std::mem::take(&mut self.sessions),
            days: std::mem::take(&mut self.days),
            through: self.through,
            max_sessions,
        }
    }

    /// Merges the sums of the oldest month that has several ranges of days. Returns whether there was one.
    pub fn merge_oldest_month(&mut self) -> bool {
        let mut ranges: Option<(String, (i64, i64))> = None;
        let mut several = None;
        for key in self.days.keys() {
            let month = month_of(key.first);
            match &ranges {
                Some((of, range)) if *of == month => {
                    if *range != (key.first, key.last) {
                        several = Some(month);
                        break;
                    }
                }
                _ => ranges = Some((month, (key.first, key.last))),
            }
        }
        let Some(month) = several else { return false };
        self.merge_month(&month, 31);
        true
    }

    /// Merges the sums of a month by ranges of this number of days.
    fn merge_month(&mut self, month: &str, days: i64) {
        let keys: Vec<DayKey> = self.keys_of(month);
        for key in keys {
            let Some(sums) = self.days.remove(&key) else {
                continue;
            };
            let start = i64::from(day_of_month(key.first)) - 1;
            let (from, to) = (start / days * days, start / days * days + days - 1);
            let first_of_month = key.first - start;
            let last = (first_of_month + to).min(last_of_month(key.first));
            self.add_days(first_of_month + from, last.max(key.last), key.model, &sums);
        }
    }

    fn keys_of(&self, month: &str) -> Vec<DayKey> {
        let keys = self.days.keys();
        keys.filter(|key| month_of(key.first) == month)
            .cloned()
            .collect()
    }

    /// Drops the sums of the oldest month without sessions, and returns their requests.
    pub fn drop_oldest_month(&mut self) -> u64 {
        let Some(first) = self.days.keys().next().map(|key| key.first) else {
            return 0;
        };
        let mut requests = 0_u64;
        for key in self.keys_of(&month_of(first)) {
            if let Some(sums) = self.days.remove(&key) {
                requests = requests.saturating_add(sums.requests);
            }
        }
        requests
    }

    /// Returns the records of sessions, ordered by day, session and model.
    pub fn rollups(&self) -> impl Iterator<Item = Rollup<'_>> {
        self.sessions.rollups()
    }
}

#[cfg(test)]
mod tests;
