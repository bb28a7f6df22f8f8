//! Sums by day, session and model.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault};

use foldhash::fast::RandomState;
use telemetry_schema::record::{RequestKeyHasher, Rollup, Timestamp, Totals, VERSION};
use telemetry_schema::sort::sort_by;

use crate::calendar::start_of;

/// The sums of requests by day, session and model, in a table that is found by a hash: a log of a gigabyte has millions of
/// requests.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionSums {
    sums: Vec<SessionSum>,
    /// The place of each sum. A hash whose place is taken by another sum is incremented, so that no two sums are mixed.
    places: HashMap<u64, usize, BuildHasherDefault<RequestKeyHasher>>,
    /// The place of the last sum, since the requests of a session often follow one another.
    last: usize,
    hashing: RandomState,
}

/// The sum of one day, session and model.
#[derive(Clone, Debug)]
pub(super) struct SessionSum {
    /// The number of the day since 1970.
    pub(super) day: i64,
    session_id: String,
    pub(super) model: Option<String>,
    first: Timestamp,
    pub(super) last: Timestamp,
    last_end: Timestamp,
    /// The parent; the greatest one if the records of a session name several.
    parent: Option<String>,
    /// The project and the user; the greatest ones if the records of a session name several.
    project: Option<String>,
    user: Option<String>,
    /// The latest effort, and of several with equal times the greatest one, so that the order of the records does not matter.
    last_effort: Option<(Timestamp, String)>,
    /// The highest number of a turn.
    last_turn: Option<u64>,
    pub(super) sums: Totals,
}

/// An amount that is added to a sum: one request or one rollup record.
#[derive(Debug)]
pub(super) struct SumPart<'a> {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) last_end: Timestamp,
    pub(super) parent: Option<&'a str>,
    pub(super) project: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) last_effort: Option<(Timestamp, &'a str)>,
    pub(super) last_turn: Option<u64>,
    pub(super) sums: Totals,
}

impl SessionSums {
    /// Adds to the sum of a day, a session and a model.
    pub(super) fn add(
        &mut self,
        day: i64,
        session_id: &str,
        model: Option<&str>,
        part: &SumPart<'_>,
    ) {
        let place = self.place(day, session_id, model);
        let Some(sum) = self.sums.get_mut(place) else {
            self.sums.push(SessionSum {
                day,
                session_id: session_id.to_owned(),
                model: model.map(str::to_owned),
                first: part.first,
                last: part.last,
                last_end: part.last_end,
                parent: part.parent.map(str::to_owned),
                project: part.project.map(str::to_owned),
                user: part.user.map(str::to_owned),
                last_effort: part.last_effort.map(|(time, name)| (time, name.to_owned())),
                last_turn: part.last_turn,
                sums: part.sums,
            });
            return;
        };
        sum.first = sum.first.min(part.first);
        sum.last = sum.last.max(part.last);
        sum.last_end = sum.last_end.max(part.last_end);
        sum.last_turn = sum.last_turn.max(part.last_turn);
        for (known, found) in [
            (&mut sum.parent, part.parent),
            (&mut sum.project, part.project),
            (&mut sum.user, part.user),
        ] {
            if found > known.as_deref() {
                *known = found.map(str::to_owned);
            }
        }
        let known = sum.last_effort.as_ref();
        if part.last_effort > known.map(|(time, name)| (*time, name.as_str())) {
            match (&mut sum.last_effort, part.last_effort) {
                // Most requests of a session have one effort.
                (Some((time, name)), Some((new, new_name))) if name == new_name => *time = new,
                (effort, new) => *effort = new.map(|(time, name)| (time, name.to_owned())),
            }
        }
        sum.sums.add(&part.sums);
    }

    /// Returns the place of a sum. A new sum gets the next place, into which the caller puts it.
    fn place(&mut self, day: i64, session_id: &str, model: Option<&str>) -> usize {
        let is_it = |sum: &SessionSum| {
            sum.day == day && sum.session_id == session_id && sum.model.as_deref() == model
        };
        if self.sums.get(self.last).is_some_and(is_it) {
            return self.last;
        }
        let mut hash = self.hashing.hash_one((day, session_id, model));
        loop {
            match self.places.get(&hash) {
                Some(place) if self.sums.get(*place).is_some_and(is_it) => self.last = *place,
                Some(_) => {
                    hash = hash.wrapping_add(1);
                    continue;
                }
                None => {
                    self.last = self.sums.len();
                    self.places.insert(hash, self.last);
                }
            }
            return self.last;
        }
    }

    /// Returns the number of sums.
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    /// Returns the oldest day of a sum.
    pub(super) fn oldest_day(&self) -> Option<i64> {
        self.sums.iter().map(|sum| sum.day).min()
    }

    /// Takes the sums of days before this one.
    pub(super) fn take_before(&mut self, day: i64) -> Vec<SessionSum> {
        let (old, kept) = std::mem::take(&mut self.sums)
            .into_iter()
            .partition(|sum| sum.day < day);
        self.replace(kept);
        old
    }

    /// Takes the oldest sums until this number is left.
    pub(super) fn take_oldest(&mut self, keep: usize) -> Vec<SessionSum> {
        let more = self.sums.len().saturating_sub(keep);
        if more == 0 {
            return Vec::new();
        }
        let mut all = std::mem::take(&mut self.sums);
        // By the last request: a session of many days goes when its last day is old.
        sort_by(&mut all, |a, b| (a.last, a.key()).cmp(&(b.last, b.key())));
        let kept = all.split_off(more);
        self.replace(kept);
        all
    }

    fn replace(&mut self, sums: Vec<SessionSum>) {
        self.places.clear();
        self.last = 0;
        for sum in sums {
            let place = self.place(sum.day, &sum.session_id, sum.model.as_deref());
            debug_assert_eq!(place, self.sums.len(), "sums are distinct");
            self.sums.push(sum);
        }
    }

    /// Returns the records of the sums, ordered by day, session and model.
    pub(super) fn rollups(&self) -> impl Iterator<Item = Rollup<'_>> {
        let mut ordered: Vec<&SessionSum> = self.sums.iter().collect();
        sort_by(&mut ordered, |a, b| a.key().cmp(&b.key()));
        ordered.into_iter().map(SessionSum::rollup)
    }
}

impl SessionSum {
    fn key(&self) -> (i64, &str, Option<&str>) {
        (self.day, &self.session_id, self.model.as_deref())
    }

    fn rollup(&self) -> Rollup<'_> {
        let effort = self.last_effort.as_ref();
        Rollup {
            ts: self.first,
            v: VERSION,
            day: Cow::Owned(start_of(self.day).day()),
            session_id: self.session_id.as_str().into(),
            parent_session_id: self.parent.as_deref().map(Cow::Borrowed),
            project: self.project.as_deref().map(Cow::Borrowed),
            user: self.user.as_deref().map(Cow::Borrowed),
            model: self.model.as_deref().map(Cow::Borrowed),
            last: self.last,
            last_end: Some(self.last_end),
            last_effort: effort.map(|(_, effort)| effort.as_str().into()),
            last_effort_ts: effort.map(|(time, _)| *time),
            last_turn: self.last_turn,
            sums: self.sums,
            ..Rollup::default()
        }
    }
}
