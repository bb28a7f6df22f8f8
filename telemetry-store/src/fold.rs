//! Adding session records up to rollup records. Pure, so that property tests cover all of it.
//!
//! Sums begin by day, session and model. The sessions of old sums can be forgotten, which leaves sums by day and model
//! ([`Fold::forget_before`], [`Fold::forget_oldest`]), and the days of old sums, which leaves sums by month and model
//! ([`Fold::merge_oldest_month`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use telemetry_schema::record::{
    GrownRequests, RequestKeys, Rollup, SessionRecord, Timestamp, Totals, VERSION, request_key,
};

use self::spanning::SpanningRequests;
use crate::calendar::{day_of, day_of_month, last_of_month, month_of, start_of};

/// Totals per day, session and model. Counts each request once, and of several records of a request the largest.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    seen: RequestKeys,
    /// The requests that this fold counts.
    grown: GrownRequests,
    spanning: SpanningRequests,
    entries: BTreeMap<FoldKey, FoldEntry>,
    /// Sums without sessions.
    days: BTreeMap<DayKey, Totals>,
    /// The latest start of a request in `days`.
    through: Option<Timestamp>,
    /// The number of sums with a session beyond which the oldest half is forgotten; 0 for no limit.
    max_sessions: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FoldKey {
    /// The number of the day since 1970.
    day: i64,
    session_id: String,
    model: Option<String>,
}

/// A day, or several days of one month, by their numbers since 1970, and a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DayKey {
    first: i64,
    last: i64,
    model: Option<String>,
}

#[derive(Clone, Debug)]
struct FoldEntry {
    first: Timestamp,
    last: Timestamp,
    last_end: Timestamp,
    /// The greatest, if the records of a session name several.
    parent: Option<String>,
    /// Ordered by time, then by name, so that the order of the records does not matter.
    last_effort: Option<(Timestamp, String)>,
    /// The highest number of a turn.
    last_turn: Option<u64>,
    sums: Totals,
}

/// The number of requests whose repetitions are recognised. A log of any size takes no more than 40 MB for them.
const MAX_SEEN: usize = 1 << 21;
/// The number of requests of which a later and larger record is recognised. Writers repeat a request soon after its first record.
const MAX_GROWN: usize = 1 << 16;
/// The most bytes of a model's name in sums without sessions.
const MODEL_BYTES: usize = 128;

/// No line of a sum with a session is shorter.
const SHORTEST_LINE: u64 = 256;

impl Fold {
    /// Adds a record; `false` if its request is counted already.
    ///
    /// A record of a request that also has a record in a staying segment is not added: [`has_spanning`](Self::has_spanning).
    pub fn add(&mut self, record: &SessionRecord<'_>) -> bool {
        if self.spanning.is_spanning(record) {
            return false;
        }
        if !self.is_new(record) {
            self.grown.repeat(record);
            return false;
        }
        if self.grown.requests() >= MAX_GROWN {
            self.settle_grown();
        }
        self.grown.count(record);
        self.add_counts(record);
        true
    }

    /// Adds what the largest of several records of a request has more than the first one. To be called after the last record.
    pub fn settle(&mut self) {
        self.settle_grown();
        let spanning = std::mem::take(&mut self.spanning);
        spanning.each_increase(|increase| self.add_counts(increase));
    }

    fn settle_grown(&mut self) {
        let mut grown = std::mem::take(&mut self.grown);
        grown.each_amendment(|amendment| self.add_counts(amendment));
    }

    /// Whether requests have records both among those that were added and among the excluded ones. Then all records are to
    /// be passed to [`add_spanning`](Self::add_spanning) before [`settle`](Self::settle).
    pub fn has_spanning(&self) -> bool {
        self.spanning.any()
    }

    /// Passes a record again, in the order of the logs: those that are folded first, then those that stay.
    pub fn add_spanning(&mut self, record: &SessionRecord<'_>, stays: bool) {
        self.spanning.add(record, stays);
    }

    fn add_counts(&mut self, record: &SessionRecord<'_>) {
        let effort = record.reasoning_effort.as_deref();
        self.add_entry(
            FoldKey {
                day: day_of(record.ts),
                session_id: record.session_id.clone().into_owned(),
                model: record.model.as_deref().map(str::to_owned),
            },
            FoldEntry {
                first: record.ts,
                last: record.ts,
                last_end: record.end(),
                parent: record.parent_session_id.as_deref().map(str::to_owned),
                last_effort: effort.map(|effort| (record.ts, effort.to_owned())),
                last_turn: record.turn_number(),
                sums: record.totals(),
            },
        );
    }

    /// Excludes the request of a record that is counted elsewhere, for example in a segment that stays. Of further records
    /// of the request, only what they have more is added.
    pub fn exclude(&mut self, record: &SessionRecord<'_>) {
        self.spanning.stays(record);
        self.is_new(record);
    }

    fn is_new(&mut self, record: &SessionRecord<'_>) -> bool {
        if self.seen.len() >= MAX_SEEN {
            self.seen.clear();
        }
        request_key(record).is_none_or(|key| self.seen.insert(key))
    }

    /// Adds a record of an earlier fold. A record without a session is a sum of days.
    pub fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        let day = format!("{}T00:00:00Z", rollup.day)
            .parse()
            .map_or_else(|_| day_of(rollup.ts), day_of);
        let model = rollup.model.as_deref().map(str::to_owned);
        if rollup.session_id.is_empty() {
            self.add_days(day, day_of(rollup.last).max(day), model, &rollup.sums);
            return;
        }
        let effort = rollup.last_effort.as_deref();
        self.add_entry(
            FoldKey {
                day,
                session_id: rollup.session_id.clone().into_owned(),
                model,
            },
            FoldEntry {
                first: rollup.ts,
                last: rollup.last,
                last_end: rollup.last_end.unwrap_or(rollup.last),
                parent: rollup.parent_session_id.as_deref().map(str::to_owned),
                last_effort: effort.map(|effort| {
                    let time = rollup.last_effort_ts.unwrap_or(rollup.last);
                    (time, effort.to_owned())
                }),
                last_turn: rollup.last_turn,
                sums: rollup.sums,
            },
        );
    }

    /// Forgets the sessions that cannot fit into a rollup of this size, so that the sums of a log of any size need little
    /// memory.
    pub fn bound(&mut self, max_bytes: u64) {
        let most = usize::try_from(max_bytes / SHORTEST_LINE).unwrap_or(usize::MAX);
        self.max_sessions = most.max(1024);
        self.forget_oldest(self.max_sessions);
    }

    /// Notes that sessions with requests until this time may be incomplete.
    pub fn reach(&mut self, through: Timestamp) {
        self.through = self.through.max(Some(through));
    }

    fn add_entry(&mut self, key: FoldKey, new: FoldEntry) {
        let Some(sum) = self.entries.get_mut(&key) else {
            self.entries.insert(key, new);
            if self.max_sessions > 0 && self.entries.len() > self.max_sessions {
                self.forget_oldest(self.max_sessions / 2);
            }
            return;
        };
        sum.first = sum.first.min(new.first);
        sum.last = sum.last.max(new.last);
        sum.last_end = sum.last_end.max(new.last_end);
        sum.last_turn = sum.last_turn.max(new.last_turn);
        if new.parent > sum.parent {
            sum.parent = new.parent;
        }
        if new.last_effort > sum.last_effort {
            sum.last_effort = new.last_effort;
        }
        sum.sums.add(&new.sums);
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

    fn forget(&mut self, key: FoldKey, sum: &FoldEntry) {
        self.reach(sum.last);
        self.add_days(key.day, key.day, key.model, &sum.sums);
    }

    /// Returns the number of sums that name a session.
    pub fn sessions(&self) -> usize {
        self.entries.len()
    }

    /// Returns the day of the oldest sum that names a session.
    pub fn oldest_session(&self) -> Option<i64> {
        self.entries.first_key_value().map(|(key, _)| key.day)
    }

    /// Forgets the sessions of days before this one. Their sums by day and model stay.
    pub fn forget_before(&mut self, day: i64) {
        while let Some(oldest) = self.entries.first_entry()
            && oldest.key().day < day
        {
            let (key, sum) = oldest.remove_entry();
            self.forget(key, &sum);
        }
    }

    /// Forgets the oldest sums that name a session until this number is left. Their sums by day and model stay.
    pub fn forget_oldest(&mut self, keep: usize) {
        let more = self.entries.len().saturating_sub(keep);
        if more == 0 {
            return;
        }
        let mut all: Vec<_> = std::mem::take(&mut self.entries).into_iter().collect();
        // By the last request: a session of many days goes when its last day is old.
        all.sort_by(|(a, left), (b, right)| (left.last, a).cmp(&(right.last, b)));
        let kept = all.split_off(more);
        for (key, sum) in all {
            self.forget(key, &sum);
        }
        self.entries = kept.into_iter().collect();
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
        self.entries.iter().map(|(key, sum)| {
            let effort = sum.last_effort.as_ref();
            Rollup {
                ts: sum.first,
                v: VERSION,
                day: Cow::Owned(start_of(key.day).day()),
                session_id: key.session_id.as_str().into(),
                parent_session_id: sum.parent.as_deref().map(Cow::Borrowed),
                model: key.model.as_deref().map(Cow::Borrowed),
                last: sum.last,
                last_end: Some(sum.last_end),
                last_effort: effort.map(|(_, effort)| effort.as_str().into()),
                last_effort_ts: effort.map(|(time, _)| *time),
                last_turn: sum.last_turn,
                sums: sum.sums,
                ..Rollup::default()
            }
        })
    }
}

mod day_lines;
mod spanning;
#[cfg(test)]
mod tests;
