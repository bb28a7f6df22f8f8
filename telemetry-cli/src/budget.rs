//! What was spent, beside what was meant to be.

use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Timestamp, Totals};

use crate::error::Error;
use crate::home::Homes;
use crate::selection::Period;
use crate::skipped::Skips;
use crate::terminal::{Cell, Column, Emphasis, Table, Terminal, dollars, grouped};
use crate::usage::{self, Calendar, Grouping, Query};

/// The time that a limit is for, with now in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Today.
    Day,
    /// This week.
    Week,
    /// This month.
    Month,
}

/// What may be spent.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// In which time.
    pub stretch: Stretch,
    /// How much.
    pub usd: NanoUsd,
}

/// What was spent of it.
#[derive(Clone, Debug)]
pub struct Spent {
    /// What may be.
    pub limit: Limit,
    /// The first day.
    pub since: String,
    /// The sums from then on.
    pub sums: Totals,
}

impl Spent {
    /// Whether it is more than was meant.
    pub fn is_over(&self) -> bool {
        NanoUsd(self.sums.cost_nanos) > self.limit.usd
    }

    fn left(&self) -> NanoUsd {
        NanoUsd(self.limit.usd.0.saturating_sub(self.sums.cost_nanos))
    }

    /// `None` of a limit of nothing.
    fn percent(&self) -> Option<i128> {
        let limit = i128::from(self.limit.usd.0);
        (limit > 0).then(|| i128::from(self.sums.cost_nanos) * 100 / limit)
    }
}

/// Reads the logs once for all limits.
///
/// # Errors
///
/// Where a directory or a file is there and cannot be read.
pub fn read(
    homes: &Homes,
    limits: &[Limit],
    mut calendar: Calendar,
    now: Timestamp,
) -> Result<(Vec<Spent>, Skips), Error> {
    let firsts: Vec<_> = limits
        .iter()
        .map(|limit| calendar.rows_before(limit.stretch.grouping(), now, 0))
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
        // A row is a day; days sort as their names do.
        for row in report.rows.iter().filter(|row| row.key >= since) {
            sums.add(&row.total().sums);
        }
        Spent {
            limit: *limit,
            since,
            sums,
        }
    });
    Ok((spent.collect(), skips))
}

impl Stretch {
    fn grouping(self) -> Grouping {
        match self {
            Self::Day => Grouping::Daily,
            Self::Week => Grouping::Weekly,
            Self::Month => Grouping::Monthly,
        }
    }
}

/// As a table.
///
/// # Errors
///
/// What stdout says.
pub fn write(spent: &[Spent], out: &mut Terminal) -> io::Result<()> {
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
                Cell::from(format!("{}{over}", it.limit.stretch.grouping().as_str())),
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
struct Document {
    v: u32,
    budgets: Vec<Line>,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct Line {
    budget: &'static str,
    since: String,
    cost_usd: NanoUsd,
    limit_usd: NanoUsd,
    left_usd: NanoUsd,
    over: bool,
    unpriced_requests: u64,
}

/// As JSON.
///
/// # Errors
///
/// What `out` says.
pub fn write_json(spent: &[Spent], skipped_lines: u64, out: &mut impl Write) -> io::Result<()> {
    let line = |it: &Spent| Line {
        budget: it.limit.stretch.grouping().as_str(),
        since: it.since.clone(),
        cost_usd: NanoUsd(it.sums.cost_nanos),
        limit_usd: it.limit.usd,
        left_usd: it.left(),
        over: it.is_over(),
        unpriced_requests: it.sums.unpriced_requests,
    };
    let budgets = spent.iter().map(line).collect();
    serde_json::to_writer_pretty(
        &mut *out,
        &Document {
            v: 1,
            budgets,
            skipped_lines,
        },
    )?;
    writeln!(out)
}
