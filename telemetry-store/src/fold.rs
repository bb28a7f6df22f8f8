//! Adding session records up to rollup records. Pure, so that property tests cover all of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use telemetry_schema::record::{
    GrownRequests, RequestKeys, Rollup, SessionRecord, Timestamp, Totals, VERSION, request_key,
};

/// Totals per day, session and model. Counts each request once, and of several records of a request the largest.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    seen: RequestKeys,
    /// The requests that this fold counts.
    grown: GrownRequests,
    entries: BTreeMap<FoldKey, FoldEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FoldKey {
    day: String,
    session_id: String,
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
    sums: Totals,
}

impl Fold {
    /// Adds a record; `false` if its request is counted already.
    pub fn add(&mut self, record: &SessionRecord<'_>) -> bool {
        if !self.is_new(record) {
            self.grown.repeat(record);
            return false;
        }
        self.grown.count(record);
        self.add_counts(record);
        true
    }

    fn add_counts(&mut self, record: &SessionRecord<'_>) {
        let effort = record.reasoning_effort.as_deref();
        self.add_entry(
            FoldKey {
                day: record.ts.day(),
                session_id: record.session_id.clone().into_owned(),
                model: record.model.as_deref().map(str::to_owned),
            },
            &FoldEntry {
                first: record.ts,
                last: record.ts,
                last_end: record.end(),
                parent: record.parent_session_id.as_deref().map(str::to_owned),
                last_effort: effort.map(|effort| (record.ts, effort.to_owned())),
                sums: record.totals(),
            },
        );
    }

    /// Excludes the request of a record that is counted elsewhere, for example in a segment that stays. Further records
    /// of the request are not added.
    pub fn exclude(&mut self, record: &SessionRecord<'_>) {
        self.is_new(record);
    }

    fn is_new(&mut self, record: &SessionRecord<'_>) -> bool {
        request_key(record).is_none_or(|key| self.seen.insert(key))
    }

    /// Adds a record of an earlier fold.
    pub fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        let effort = rollup.last_effort.as_deref();
        self.add_entry(
            FoldKey {
                day: rollup.day.clone().into_owned(),
                session_id: rollup.session_id.clone().into_owned(),
                model: rollup.model.as_deref().map(str::to_owned),
            },
            &FoldEntry {
                first: rollup.ts,
                last: rollup.last,
                last_end: rollup.last_end.unwrap_or(rollup.last),
                parent: rollup.parent_session_id.as_deref().map(str::to_owned),
                last_effort: effort.map(|effort| {
                    let time = rollup.last_effort_ts.unwrap_or(rollup.last);
                    (time, effort.to_owned())
                }),
                sums: rollup.sums,
            },
        );
    }

    fn add_entry(&mut self, key: FoldKey, new: &FoldEntry) {
        let Some(sum) = self.entries.get_mut(&key) else {
            self.entries.insert(key, new.clone());
            return;
        };
        sum.first = sum.first.min(new.first);
        sum.last = sum.last.max(new.last);
        sum.last_end = sum.last_end.max(new.last_end);
        if new.parent > sum.parent {
            sum.parent.clone_from(&new.parent);
        }
        if new.last_effort > sum.last_effort {
            sum.last_effort.clone_from(&new.last_effort);
        }
        sum.sums.add(&new.sums);
    }

    /// Returns the records of the rollup, ordered by day, session and model.
    pub fn into_rollups(mut self) -> impl Iterator<Item = Rollup<'static>> {
        let mut grown = std::mem::take(&mut self.grown);
        grown.each_amendment(|amendment| self.add_counts(amendment));
        self.entries.into_iter().map(|(key, sum)| {
            let (last_effort_ts, last_effort) = sum.last_effort.unzip();
            Rollup {
                ts: sum.first,
                v: VERSION,
                day: Cow::Owned(key.day),
                session_id: Cow::Owned(key.session_id),
                parent_session_id: sum.parent.map(Cow::Owned),
                model: key.model.map(Cow::Owned),
                last: sum.last,
                last_end: Some(sum.last_end),
                last_effort: last_effort.map(Cow::Owned),
                last_effort_ts,
                sums: sum.sums,
                ..Rollup::default()
            }
        })
    }
}

#[cfg(test)]
mod tests;
