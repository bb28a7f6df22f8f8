//! `telemetry usage`: the report of tokens and costs.

mod calendar;
mod ccusage;
mod json;
mod part;
mod quantiles;
mod row;
mod table;

use std::collections::HashMap;

use jiff::civil::Date;
use telemetry_schema::record::{Rollup, Timestamp};

use crate::error::Error;
use crate::history::{self, Entry, Only};
use crate::home::Homes;
use crate::selection::Period;
use crate::skipped::Skips;

use part::{Key, Part};

pub use calendar::{Calendar, Grouping};
pub use quantiles::Quantiles;
pub use row::{Row, Usage};
pub use table::Shape;

/// The parameters of a report.
#[derive(Clone, Debug)]
pub struct Query {
    /// The grouping of rows.
    pub grouping: Grouping,
    /// Only requests that started in this period.
    pub period: Period,
    /// Only requests of this session.
    pub session: Option<String>,
    /// The calendar that assigns requests to rows.
    pub calendar: Calendar,
}

/// Sums of requests, grouped into rows.
#[derive(Clone, Debug)]
pub struct Report {
    /// The grouping of rows.
    pub grouping: Grouping,
    /// The rows by time. Rows of models are sorted by cost, the highest last.
    pub rows: Vec<Row>,
    /// The sums over all rows.
    pub total: Usage,
    /// The number of sums of pruned days that extend beyond a row or the period. Each is counted at the
    /// time of its first request, as the times of its other requests are unknown.
    pub straddling: u64,
}

/// Reads the logs and adds up the requests. Uses memory for the rows, and as [`history::add_up`] does.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(homes: &Homes, query: &Query) -> Result<(Report, Skips), Error> {
    let only = query.session.as_deref().map_or(Only::All, Only::Session);
    let wanted = |session: &str, time: Timestamp| {
        query.period.contains(time) && query.session.as_deref().is_none_or(|id| id == session)
    };
    let (adding, skips) = history::add_up(
        homes,
        only,
        || Part::new(query.grouping, query.calendar.clone()),
        |part, record| {
            if wanted(&record.session_id, record.ts) {
                part.add(record);
            }
        },
        Adding::new(query.grouping, query.calendar.clone()),
        |adding, entry| match entry {
            Entry::Request(part) => adding.part(&part),
            Entry::Rollup(rollup) => {
                let first = wanted(&rollup.session_id, rollup.ts);
                if first {
                    adding.rollup(rollup);
                }
                adding.straddling += u64::from(first != wanted(&rollup.session_id, rollup.last));
            }
        },
    )?;
    Ok((adding.report(), skips))
}

struct Adding {
    grouping: Grouping,
    calendar: Calendar,
    rows: Vec<Row>,
    /// The indices of the rows by day and by name.
    by_day: HashMap<Date, usize>,
    by_name: HashMap<String, usize>,
    straddling: u64,
}

impl Adding {
    fn new(grouping: Grouping, calendar: Calendar) -> Self {
        Self {
            grouping,
            calendar,
            rows: Vec::new(),
            by_day: HashMap::new(),
            by_name: HashMap::new(),
            straddling: 0,
        }
    }

    fn part(&mut self, part: &Part) {
        let mut rows = Vec::new();
        for (key, stretch) in part.rows() {
            let row = match key {
                Key::Day(day) => self.of_day(day, stretch.first),
                Key::Name(name) => self.named(part.name_at(name), stretch.first),
            };
            self.rows[row].reach(stretch.first, stretch.last);
            rows.push(row);
        }
        let mut cells = Vec::new();
        for (row, model, cell) in part.cells() {
            let row = rows[row];
            let model = self.rows[row].model(part.name_at(model));
            let usage = &mut self.rows[row].models[model].1;
            usage.sums.add(&cell.sums);
            usage.latency.merge(&cell.latency);
            usage.first_token.merge(&cell.first_token);
            cells.push((row, model));
        }
        for (cell, source, cost) in part.costs() {
            let (row, model) = cells[cell];
            self.rows[row].models[model].1.add_cost(source, cost);
        }
        for (cell, class, count) in part.failures() {
            let (row, model) = cells[cell];
            self.rows[row].models[model].1.add_failures(class, count);
        }
    }

    fn rollup(&mut self, rollup: &Rollup<'_>) {
        let row = match self.grouping {
            Grouping::Session => self.named(&rollup.session_id, rollup.ts),
            Grouping::Model => {
                self.named(rollup.model.as_deref().unwrap_or(row::NO_MODEL), rollup.ts)
            }
            _ => {
                let last = self.calendar.day(rollup.last);
                let first = self.calendar.day(rollup.ts);
                let row = |day| self.calendar.row(self.grouping, day);
                self.straddling += u64::from(row(first) != row(last));
                self.dated(rollup.ts)
            }
        };
        self.rows[row].add_rollup(rollup);
    }

    /// Returns the index of the row with a name, and creates the row if needed.
    fn named(&mut self, name: &str, time: Timestamp) -> usize {
        let known = self.by_name.get(name).copied();
        known.unwrap_or_else(|| {
            let at = self.rows.len();
            self.by_name.insert(name.to_owned(), at);
            self.rows.push(Row::new(name.to_owned(), time));
            at
        })
    }

    fn dated(&mut self, time: Timestamp) -> usize {
        let day = self.calendar.day(time);
        self.of_day(self.calendar.row(self.grouping, day), time)
    }

    /// Returns the index of the row that starts with a day, and creates the row if needed.
    fn of_day(&mut self, day: Date, time: Timestamp) -> usize {
        let rows = &mut self.rows;
        *self.by_day.entry(day).or_insert_with(|| {
            let key = match self.grouping {
                Grouping::Monthly => day.strftime("%Y-%m").to_string(),
                _ => day.to_string(),
            };
            rows.push(Row::new(key, time));
            rows.len() - 1
        })
    }

    fn report(self) -> Report {
        let mut rows = self.rows;
        for row in &mut rows {
            row.models.sort_by(|(name, a), (other, b)| {
                let cost = |usage: &Usage| (usage.sums.cost_usd, usage.sums.total_tokens);
                cost(b).cmp(&cost(a)).then_with(|| name.cmp(other))
            });
        }
        rows.sort_by(|a, b| match self.grouping {
            Grouping::Session => (a.last, &a.key).cmp(&(b.last, &b.key)),
            Grouping::Model => {
                let cost = |row: &Row| {
                    let sums = row.total().sums;
                    (sums.cost_usd, sums.total_tokens)
                };
                cost(a).cmp(&cost(b)).then_with(|| b.key.cmp(&a.key))
            }
            _ => a.key.cmp(&b.key),
        });
        let mut total = Usage::default();
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
