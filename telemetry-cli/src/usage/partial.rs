//! Totals of the requests of a part of a log, before the parts are merged.
//!
//! A request allocates memory only if it is the first of its row, model, cost source, error class or reason. The
//! numbers of models and sources are not limited here: a part is small, and the limits depend on the parts
//! before it.

use foldhash::fast::RandomState;
use indexmap::{IndexMap, IndexSet};
use jiff::civil::Date;
use telemetry_schema::record::{NanoUsd, SessionRecord, Timestamp, Totals};

use super::row::{NO_MODEL, NO_PROJECT, NO_USER, Times};
use crate::selection::{Calendar, Grouping};

type Map<K, V> = IndexMap<K, V, RandomState>;

/// Totals of requests by row and model, in the order of the first request.
pub(super) struct PartialReport {
    grouping: Grouping,
    calendar: Calendar,
    /// Sessions, models, cost sources, error classes and reasons. Other fields refer to them by index.
    names: IndexSet<Box<str>, RandomState>,
    rows: Map<RowKey, TimeRange>,
    /// Totals by the indices of row and model.
    cells: Map<(usize, usize), ModelSums>,
    /// Costs by the indices of cell and source.
    costs: Map<(usize, usize), NanoUsd>,
    /// Numbers of failures by the indices of cell and error class.
    failures: Map<(usize, usize), u64>,
    /// Numbers of unpriced requests by the indices of cell and reason.
    unpriced: Map<(usize, usize), u64>,
    /// The keys of the requests whose first known cost an amendment has, once for each such amendment.
    priced_later: Vec<u64>,
    /// The last day with the index of its row, and the index of the last session: consecutive requests
    /// usually share them.
    last_day: Option<(Date, usize)>,
    last_session: usize,
}

/// The key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RowKey {
    /// The first day of the row.
    Day(Date),
    /// The index of a name.
    Name(usize),
}

/// The times of the first and the last request of a row.
pub(super) struct TimeRange {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

#[derive(Default)]
pub(super) struct ModelSums {
    pub(super) sums: Totals,
    pub(super) latency: Times,
    pub(super) first_token: Times,
}

impl PartialReport {
    pub(super) fn new(grouping: Grouping, calendar: Calendar) -> Self {
        Self {
            grouping,
            calendar,
            names: IndexSet::default(),
            rows: Map::default(),
            cells: Map::default(),
            costs: Map::default(),
            failures: Map::default(),
            unpriced: Map::default(),
            priced_later: Vec::new(),
            last_day: None,
            last_session: 0,
        }
    }

    pub(super) fn add(&mut self, record: &SessionRecord<'_>) {
        let model = self.name(record.model.as_deref().unwrap_or(NO_MODEL));
        let row = match self.grouping {
            Grouping::Model => self.row(RowKey::Name(model), record.ts),
            Grouping::Session => {
                let session = &*record.session_id;
                let last = self.names.get_index(self.last_session);
                if last.is_none_or(|last| **last != *session) {
                    self.last_session = self.name(session);
                }
                self.row(RowKey::Name(self.last_session), record.ts)
            }
            Grouping::Project => {
                let project = self.name(record.project.as_deref().unwrap_or(NO_PROJECT));
                self.row(RowKey::Name(project), record.ts)
            }
            Grouping::User => {
                let user = self.name(record.user.as_deref().unwrap_or(NO_USER));
                self.row(RowKey::Name(user), record.ts)
            }
            Grouping::Daily | Grouping::Weekly | Grouping::Monthly => self.dated(record.ts),
        };
        let entry = self.cells.entry((row, model));
        let at = entry.index();
        let cell = entry.or_default();
        cell.sums.add(&record.totals());
        if let Some(time) = record.latency_ms
            && record.is_ok()
        {
            cell.latency.add(time);
        }
        if let Some(time) = record.ttft_ms {
            cell.first_token.add(time);
        }
        if let Some(cost) = record.cost_usd
            && let Some(source) = &record.cost_source
        {
            let source = self.name(source);
            let sum = self.costs.entry((at, source)).or_default();
            *sum = sum.plus(cost);
        }
        if let Some(class) = &record.error_class {
            let class = self.name(class);
            *self.failures.entry((at, class)).or_default() += 1;
        }
        if let Some(reason) = reason(record) {
            let reason = self.name(reason);
            *self.unpriced.entry((at, reason)).or_default() += 1;
        }
        if record.first_cost == Some(true) {
            self.priced_later.extend(record.answered_key());
        }
    }

    fn name(&mut self, name: &str) -> usize {
        let known = self.names.get_index_of(name);
        known.unwrap_or_else(|| self.names.insert_full(name.into()).0)
    }

    fn dated(&mut self, time: Timestamp) -> usize {
        let day = self.calendar.day(time);
        match self.last_day {
            Some((last, row)) if last == day => {
                self.rows[row].reach(time);
                row
            }
            _ => {
                let first = self.calendar.row(self.grouping, day);
                let row = self.row(RowKey::Day(first), time);
                self.last_day = Some((day, row));
                row
            }
        }
    }

    fn row(&mut self, key: RowKey, time: Timestamp) -> usize {
        let entry = self.rows.entry(key);
        let at = entry.index();
        let (first, last) = (time, time);
        entry.or_insert(TimeRange { first, last }).reach(time);
        at
    }

    pub(super) fn name_at(&self, place: usize) -> &str {
        self.names.get_index(place).map_or(NO_MODEL, |name| name)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (RowKey, &TimeRange)> {
        self.rows.iter().map(|(key, range)| (*key, range))
    }

    /// Iterates over the cells, each with the indices of its row and its model.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, usize, &ModelSums)> {
        self.cells
            .iter()
            .map(|((row, model), cell)| (*row, *model, cell))
    }

    /// Iterates over the costs, each with the index of its cell and its source.
    pub(super) fn costs(&self) -> impl Iterator<Item = (usize, &str, NanoUsd)> {
        let costs = self.costs.iter();
        costs.map(|((cell, source), cost)| (*cell, self.name_at(*source), *cost))
    }

    /// Iterates over the numbers of unpriced requests, each with the index of its cell and its reason.
    pub(super) fn unpriced(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        let unpriced = self.unpriced.iter();
        unpriced.map(|((cell, reason), count)| (*cell, self.name_at(*reason), *count))
    }

    /// Returns the keys of the requests whose first known cost an amendment has.
    pub(super) fn priced_later(&self) -> &[u64] {
        &self.priced_later
    }

    /// Iterates over the numbers of failures, each with the index of its cell and its error class.
    pub(super) fn failures(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        let failures = self.failures.iter();
        failures.map(|((cell, class), count)| (*cell, self.name_at(*class), *count))
    }
}

/// Returns the reason why the cost of a request is unknown after this record.
pub(super) fn reason<'a>(record: &'a SessionRecord<'_>) -> Option<&'a str> {
    let is_unpriced = record.cost_usd.is_none() || record.makes_unpriced();
    record.unpriced_reason.as_deref().filter(|_| is_unpriced)
}

impl TimeRange {
    fn reach(&mut self, time: Timestamp) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}
