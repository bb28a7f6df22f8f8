//! Compares the cost of the current day, week or month with a limit.

use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Timestamp, Totals};

use crate::error::Error;
use crate::home::Homes;
use crate::selection::{Calendar, Grouping, Period};
use crate::skipped_lines::SkippedLines;
use crate::terminal::{self, Cell, Column, Emphasis, Table, Terminal, dollars, grouped};
use crate::usage::{self, Query};

/// A limit on the cost of a period.
#[derive(Clone, Copy, Debug)]
pub struct BudgetLimit {
    /// The period that the limit applies to: the current day, week or month.
    pub period: Grouping,
    /// The highest cost that is within the limit.
    pub usd: NanoUsd,
}

/// The cost of a period beside its limit. Its JSON form is the one of `telemetry budget --json`.
#[derive(Clone, Debug, Serialize)]
pub struct BudgetStatus {
    /// The name of the period.
    pub budget: &'static str,
    /// The first day of the period, as `2026-11-22`.
    pub since: String,
    /// The cost since that day.
    pub cost_usd: NanoUsd,
    /// The cost that answers from the proxy's cache saved. It is not part of the cost.
    pub saved_usd: NanoUsd,
    /// The limit.
    pub limit_usd: NanoUsd,
    /// The difference of the limit and the cost.
    pub left_usd: NanoUsd,
    /// Whether the cost exceeds the limit.
    pub over: bool,
    /// The number of requests that are not part of the cost.
    pub unpriced_requests: u64,
}

impl BudgetStatus {
    /// Returns the cost in percent of the limit, or `None` if the limit is zero.
    fn percent(&self) -> Option<i128> {
        let limit = i128::from(self.limit_usd.0);
        (limit > 0).then(|| i128::from(self.cost_usd.0) * 100 / limit)
    }
}

/// Reads the logs once and returns the cost of the period of each limit.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(
    homes: &Homes,
    limits: &[BudgetLimit],
    mut calendar: Calendar,
    now: Timestamp,
) -> Result<(Vec<BudgetStatus>, SkippedLines), Error> {
    let firsts: Vec<_> = limits
        .iter()
        .map(|limit| calendar.rows_before(limit.period, now, 0))
        .collect();
    let since = firsts.iter().min().map(|first| calendar.start(*first));
    // A record with a later time is one of a wrong clock.
    let until = calendar.next_day(now);
    let query = Query {
        grouping: Grouping::Daily,
        period: Period { since, until },
        session: None,
        calendar,
    };
    let (report, skips) = usage::read(homes, &query)?;
    let spent = limits.iter().zip(firsts).map(|(limit, first)| {
        let since = first.to_string();
        let mut sums = Totals::default();
        // Each row is one day. ISO dates sort by time.
        for row in report.rows.iter().filter(|row| row.key >= since) {
            sums.add(&row.total().sums);
        }
        let left = limit.usd.0.saturating_sub(sums.cost_nanos);
        BudgetStatus {
            budget: limit.period.as_str(),
            since,
            cost_usd: NanoUsd(sums.cost_nanos),
            saved_usd: NanoUsd(sums.saved_nanos),
            limit_usd: limit.usd,
            left_usd: NanoUsd(left),
            over: sums.cost_nanos > limit.usd.0,
            unpriced_requests: sums.unpriced(),
        }
    });
    Ok((spent.collect(), skips))
}

/// Writes the budgets as a table.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(spent: &[BudgetStatus], out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::key("Budget"),
        Column::fixed("Since").rank(2),
        Column::number("Spent"),
        Column::number("Limit"),
        Column::number("Left").rank(3),
        Column::number("Used").rank(1),
        Column::number("Unpriced").rank(4),
        Column::number("Saved").rank(5),
    ]);
    for it in spent {
        let (emphasis, over) = if it.over {
            (Emphasis::Alarm, " (over)")
        } else {
            (Emphasis::Plain, "")
        };
        table.row(
            emphasis,
            [
                Cell::from(format!("{}{over}", it.budget)),
                it.since.as_str().into(),
                cost(it).into(),
                dollars(it.limit_usd).into(),
                dollars(it.left_usd).into(),
                it.percent()
                    .map_or("-".to_owned(), |percent| format!("{percent}%"))
                    .into(),
                grouped(it.unpriced_requests).into(),
                dollars(it.saved_usd).into(),
            ],
        );
    }
    table.write(out)
}

/// Formats the cost, with a `+` if requests without a price are not part of it.
fn cost(it: &BudgetStatus) -> String {
    let unpriced = if it.unpriced_requests > 0 { "+" } else { "" };
    format!("{}{unpriced}", dollars(it.cost_usd))
}

#[derive(Serialize)]
struct BudgetsJson<'a> {
    v: u32,
    budgets: &'a [BudgetStatus],
    skipped_lines: u64,
}

/// Writes the budgets as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(
    spent: &[BudgetStatus],
    skipped_lines: u64,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = BudgetsJson {
        v: 1,
        budgets: spent,
        skipped_lines,
    };
    terminal::write_json(out, &document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_that_lacks_requests_is_marked() {
        let status = |unpriced_requests| BudgetStatus {
            budget: "daily",
            since: "2026-11-22".to_owned(),
            cost_usd: NanoUsd(500_000_000),
            saved_usd: NanoUsd(0),
            limit_usd: NanoUsd(0),
            left_usd: NanoUsd(0),
            over: true,
            unpriced_requests,
        };
        assert_eq!(cost(&status(0)), "$0.5000");
        assert_eq!(cost(&status(3)), "$0.5000+");
    }
}
