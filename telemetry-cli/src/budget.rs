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

/// The calendar period that a limit applies to. The period contains the current time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetPeriod {
    /// Today.
    Day,
    /// This week.
    Week,
    /// This month.
    Month,
}

/// A limit on the cost of a period.
#[derive(Clone, Copy, Debug)]
pub struct BudgetLimit {
    /// The period that the limit applies to.
    pub period: BudgetPeriod,
    /// The highest cost that is within the limit.
    pub usd: NanoUsd,
}

/// The cost of a period beside its limit.
#[derive(Clone, Debug)]
pub struct BudgetStatus {
    /// The limit.
    pub limit: BudgetLimit,
    /// The first day of the period, as `2026-11-22`.
    pub since: String,
    /// The sums over the requests since that day.
    pub sums: Totals,
}

impl BudgetStatus {
    /// Returns whether the cost exceeds the limit.
    pub fn is_over(&self) -> bool {
        NanoUsd(self.sums.cost_nanos) > self.limit.usd
    }

    fn left(&self) -> NanoUsd {
        NanoUsd(self.limit.usd.0.saturating_sub(self.sums.cost_nanos))
    }

    /// Returns the cost in percent of the limit, or `None` if the limit is zero.
    fn percent(&self) -> Option<i128> {
        let limit = i128::from(self.limit.usd.0);
        (limit > 0).then(|| i128::from(self.sums.cost_nanos) * 100 / limit)
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
        .map(|limit| calendar.rows_before(limit.period.grouping(), now, 0))
        .collect();
    let since = firsts.iter().min().map(|first| calendar.start(*first));
    let query = Query {
        grouping: Grouping::Daily,
        period: Period { since, until: None },
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
        BudgetStatus {
            limit: *limit,
            since,
            sums,
        }
    });
    Ok((spent.collect(), skips))
}

impl BudgetPeriod {
    fn grouping(self) -> Grouping {
        match self {
            Self::Day => Grouping::Daily,
            Self::Week => Grouping::Weekly,
            Self::Month => Grouping::Monthly,
        }
    }
}

/// Writes the budgets as a table.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(spent: &[BudgetStatus], out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::fixed("Budget"),
        Column::fixed("Since").rank(2),
        Column::number("Spent"),
        Column::number("Limit"),
        Column::number("Left").rank(3),
        Column::number("Used").rank(1),
        Column::number("Unpriced").rank(4),
    ]);
    for it in spent {
        let over = if it.is_over() { " (over)" } else { "" };
        table.row(
            if it.is_over() {
                Emphasis::Alarm
            } else {
                Emphasis::Plain
            },
            [
                Cell::from(format!("{}{over}", it.limit.period.grouping().as_str())),
                it.since.as_str().into(),
                dollars(NanoUsd(it.sums.cost_nanos)).into(),
                dollars(it.limit.usd).into(),
                dollars(it.left()).into(),
                it.percent()
                    .map_or("-".to_owned(), |percent| format!("{percent}%"))
                    .into(),
                grouped(it.sums.unpriced_requests).into(),
            ],
        );
    }
    table.write(out)
}

#[derive(Serialize)]
struct BudgetsJson {
    v: u32,
    budgets: Vec<BudgetJson>,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct BudgetJson {
    budget: &'static str,
    since: String,
    cost_usd: NanoUsd,
    limit_usd: NanoUsd,
    left_usd: NanoUsd,
    over: bool,
    unpriced_requests: u64,
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
    let line = |it: &BudgetStatus| BudgetJson {
        budget: it.limit.period.grouping().as_str(),
        since: it.since.clone(),
        cost_usd: NanoUsd(it.sums.cost_nanos),
        limit_usd: it.limit.usd,
        left_usd: it.left(),
        over: it.is_over(),
        unpriced_requests: it.sums.unpriced_requests,
    };
    let budgets = spent.iter().map(line).collect();
    let document = BudgetsJson {
        v: 1,
        budgets,
        skipped_lines,
    };
    terminal::write_json(out, &document)
}
