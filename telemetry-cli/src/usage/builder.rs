//! Merges the sums of parts and rollups into a report.

use std::collections::HashMap;

use jiff::civil::Date;
use telemetry_schema::record::{Rollup, Timestamp, compare_totals};
use telemetry_schema::sort::sort_by;

use super::partial::{PartialReport, RowKey};
use super::row::{NO_MODEL, NO_PROJECT, NO_USER};
use super::{Report, ReportRow, UsageTotals};
use crate::selection::{Calendar, Grouping};

/// The row of pruned requests whose sessions the rollup no longer names.
pub(super) const FORGOTTEN_SESSIONS: &str = "(older sessions)";

/// A report under construction.
pub(super) struct ReportBuilder {
    grouping: Grouping,
    calendar: Calendar,
    rows: Vec<ReportRow>,
    /// The indices of the rows by day and by name.
    by_day: HashMap<Date, usize>,
    by_name: HashMap<String, usize>,
    pub(super) straddling: u64,
    /// The requests whose first known cost an amendment has, by the number of such amendments.
    priced_later: HashMap<u64, u64>,
}

impl ReportBuilder {
    pub(super) fn new(grouping: Grouping, calendar: Calendar) -> Self {
        Self {
            grouping,
            calendar,
            rows: Vec::new(),
            by_day: HashMap::new(),
            by_name: HashMap::new(),
            straddling: 0,
            priced_later: HashMap::new(),
        }
    }

    /// Returns whether an amendment has the first known cost of a request, by its key.
    pub(super) fn is_priced_later(&self, key: u64) -> bool {
        self.priced_later.contains_key(&key)
    }

    pub(super) fn has_priced_later(&self) -> bool {
        !self.priced_later.is_empty()
    }

    /// Removes the reason of a request from the reasons, once for each amendment with a first known cost. `part` has the
    /// record with the reason alone.
    pub(super) fn void_reason(&mut self, key: u64, part: &PartialReport) {
        let Some(left) = self.priced_later.get_mut(&key).filter(|left| **left > 0) else {
            return;
        };
        *left -= 1;
        let cells = self.cells_of(part);
        for (cell, reason, _) in part.unpriced() {
            let (row, model) = cells[cell];
            self.rows[row].models[model].1.remove_unpriced(reason);
        }
    }

    /// Returns the indices of the row and the model of each cell of a part, and creates rows and models if needed.
    fn cells_of(&mut self, part: &PartialReport) -> Vec<(usize, usize)> {
        let mut rows = Vec::new();
        for (key, range) in part.rows() {
            let row = match key {
                RowKey::Day(day) => self.row_of_day(day, range.first),
                RowKey::Name(name) => self.row_of_name(part.name_at(name), range.first),
            };
            self.rows[row].reach(range.first, range.last);
            rows.push(row);
        }
        let cells = part.cells();
        cells
            .map(|(row, model, _)| {
                let row = rows[row];
                (row, self.rows[row].model(part.name_at(model)))
            })
            .collect()
    }

    pub(super) fn add_part(&mut self, part: &PartialReport) {
        let cells = self.cells_of(part);
        for ((row, model), (_, _, cell)) in cells.iter().zip(part.cells()) {
            let usage = &mut self.rows[*row].models[*model].1;
            usage.sums.add(&cell.sums);
            usage.latency.merge(&cell.latency);
            usage.first_token.merge(&cell.first_token);
        }
        for (cell, source, cost) in part.costs() {
            let (row, model) = cells[cell];
            self.rows[row].models[model].1.add_cost(source, cost);
        }
        for (cell, class, count) in part.failures() {
            let (row, model) = cells[cell];
            self.rows[row].models[model].1.add_failures(class, count);
        }
        for (cell, reason, count) in part.unpriced() {
            let (row, model) = cells[cell];
            self.rows[row].models[model].1.add_unpriced(reason, count);
        }
        for key in part.priced_later() {
            *self.priced_later.entry(*key).or_default() += 1;
        }
    }

    pub(super) fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        let row = match self.grouping {
            Grouping::Session | Grouping::Project | Grouping::User
                if rollup.session_id.is_empty() =>
            {
                self.row_of_name(FORGOTTEN_SESSIONS, rollup.ts)
            }
            Grouping::Project => {
                let project = rollup.project.as_deref().unwrap_or(NO_PROJECT);
                self.row_of_name(project, rollup.ts)
            }
            Grouping::User => {
                self.row_of_name(rollup.user.as_deref().unwrap_or(NO_USER), rollup.ts)
            }
            Grouping::Session => self.row_of_name(&rollup.session_id, rollup.ts),
            Grouping::Model => {
                self.row_of_name(rollup.model.as_deref().unwrap_or(NO_MODEL), rollup.ts)
            }
            Grouping::Daily | Grouping::Weekly | Grouping::Monthly => {
                let last = self.calendar.day(rollup.last);
                let first = self.calendar.day(rollup.ts);
                let row = |day| self.calendar.row(self.grouping, day);
                self.straddling += u64::from(row(first) != row(last));
                self.row_of_time(rollup.ts)
            }
        };
        self.rows[row].add_rollup(rollup);
    }

    /// Returns the index of the row with a name, and creates the row if needed.
    fn row_of_name(&mut self, name: &str, time: Timestamp) -> usize {
        let known = self.by_name.get(name).copied();
        known.unwrap_or_else(|| {
            let at = self.rows.len();
            self.by_name.insert(name.to_owned(), at);
            self.rows.push(ReportRow::new(name.to_owned(), time));
            at
        })
    }

    fn row_of_time(&mut self, time: Timestamp) -> usize {
        let day = self.calendar.day(time);
        self.row_of_day(self.calendar.row(self.grouping, day), time)
    }

    /// Returns the index of the row that starts with a day, and creates the row if needed.
    fn row_of_day(&mut self, day: Date, time: Timestamp) -> usize {
        let rows = &mut self.rows;
        *self.by_day.entry(day).or_insert_with(|| {
            let key = match self.grouping {
                Grouping::Monthly => day.strftime("%Y-%m").to_string(),
                _ => day.to_string(),
            };
            rows.push(ReportRow::new(key, time));
            rows.len() - 1
        })
    }

    pub(super) fn finish(self) -> Report {
        let mut rows = self.rows;
        for row in &mut rows {
            sort_by(&mut row.models, |(name, a), (other, b)| {
                compare_totals((name, &a.sums), (other, &b.sums))
            });
        }
        sort_by(&mut rows, |a, b| match self.grouping {
            Grouping::Session => (a.last, &a.key).cmp(&(b.last, &b.key)),
            Grouping::Model | Grouping::Project | Grouping::User => {
                compare_totals((&a.key, &a.total().sums), (&b.key, &b.total().sums))
            }
            _ => a.key.cmp(&b.key),
        });
        let mut total = UsageTotals::default();
        for row in &rows {
            total.merge(&row.total());
        }
        Report {
            grouping: self.grouping,
            rows,
            total,
            straddling: self.straddling,
        }
    }
}

#[cfg(test)]
mod tests;
