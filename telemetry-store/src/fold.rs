//! From session records to the rollup: pure, so that it can be proved.

use std::borrow::Cow;
use std::collections::BTreeMap;

use telemetry_schema::record::{
    Rollup, SeenKeys, SessionRecord, Timestamp, Totals, VERSION, seen_key,
};

/// Sums per day, session and model; every turn once.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    seen: SeenKeys,
    rows: BTreeMap<Row, Sum>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    day: String,
    session_id: String,
    model: Option<String>,
}

#[derive(Clone, Debug)]
struct Sum {
    first: Timestamp,
    last: Timestamp,
    last_end: Timestamp,
    /// The greatest, should records of one session name several.
    parent: Option<String>,
    /// Ordered by time, then by name, so that the order of the records does not matter.
    last_effort: Option<(Timestamp, String)>,
    sums: Totals,
}

impl Fold {
    /// Adds a record; `false` where its turn was there already.
    pub fn add(&mut self, record: &SessionRecord<'_>) -> bool {
        if !self.is_new(record) {
            return false;
        }
        let effort = record.reasoning_effort.as_deref();
        self.row(
            Row {
                day: record.ts.day(),
                session_id: record.session_id.clone().into_owned(),
                model: record.model.as_deref().map(str::to_owned),
            },
            &Sum {
                first: record.ts,
                last: record.ts,
                last_end: record.end(),
                parent: record.parent_session_id.as_deref().map(str::to_owned),
                last_effort: effort.map(|effort| (record.ts, effort.to_owned())),
                sums: record.totals(),
            },
        );
        true
    }

    /// Notes a record that is counted elsewhere, such as one of a segment that stays: the same turn
    /// in a segment that goes is then left out.
    pub fn leave(&mut self, record: &SessionRecord<'_>) {
        self.is_new(record);
    }

    fn is_new(&mut self, record: &SessionRecord<'_>) -> bool {
        seen_key(record).is_none_or(|key| self.seen.insert(key))
    }

    /// Adds what was folded before.
    pub fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        let effort = rollup.last_effort.as_deref();
        self.row(
            Row {
                day: rollup.day.clone().into_owned(),
                session_id: rollup.session_id.clone().into_owned(),
                model: rollup.model.as_deref().map(str::to_owned),
            },
            &Sum {
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

    fn row(&mut self, row: Row, new: &Sum) {
        let Some(sum) = self.rows.get_mut(&row) else {
            self.rows.insert(row, new.clone());
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

    /// The rollup's lines, by day, session and model.
    pub fn into_rollups(self) -> impl Iterator<Item = Rollup<'static>> {
        self.rows.into_iter().map(|(row, sum)| {
            let (last_effort_ts, last_effort) = sum.last_effort.unzip();
            Rollup {
                ts: sum.first,
                v: VERSION,
                day: Cow::Owned(row.day),
                session_id: Cow::Owned(row.session_id),
                parent_session_id: sum.parent.map(Cow::Owned),
                model: row.model.map(Cow::Owned),
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
