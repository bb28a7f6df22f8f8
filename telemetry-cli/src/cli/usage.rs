//! `telemetry usage`.

use clap::{Args, ValueEnum};

use super::shared::{Global, PeriodArgs, SessionArgs, WeekArgs};
use crate::error::{Error, Outcome};
use crate::selection::{now, resolve};
use crate::terminal::{self, Terminal};
use crate::usage::{self, Calendar, Grouping, Query, Shape};

/// Tokens and cost by day, week, month, session or model; columns and flags as in ccusage
#[derive(Debug, Args)]
#[command(after_help = "\
Columns: Input is what was neither read from a cache nor written to one, so that Input, Cache Create, \
Cache Read and Output add up. A cost with a + has requests beside it that nobody priced. Cache Hits is \
over the requests that reported them; p50 and p95 are of answered requests, First Token is its p50.

Examples:
  telemetry usage                          by day, all there is
  telemetry usage --since 7d --breakdown   the last week, with a line for each model
  telemetry usage monthly --json           for programs
  telemetry usage session -s today -o desc today's sessions, the last one first
  telemetry usage model --since 20261101   what each model cost this month
  telemetry usage daily --json=ccusage     in the shape of ccusage's own --json")]
#[allow(clippy::struct_excessive_bools)] // flags
pub(super) struct Arguments {
    /// What a row is about
    #[arg(value_enum, default_value_t = Grouping::Daily)]
    report: Grouping,

    /// Write JSON, with the names of the records; `ccusage` with that program's names
    #[arg(short, long, value_name = "SHAPE", num_args = 0..=1, require_equals = true, default_missing_value = "telemetry")]
    json: Option<JsonShape>,

    #[command(flatten)]
    period: PeriodArgs,

    /// Only the last N rows of time: 1 is today, this week or this month
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "since")]
    last: Option<u32>,

    #[command(flatten)]
    session: SessionArgs,

    /// A line for each model of a row
    #[arg(short, long)]
    breakdown: bool,

    /// `desc` shows the last rows first
    #[arg(short, long, value_enum, default_value_t = Order::Asc)]
    order: Order,

    #[command(flatten)]
    week: WeekArgs,

    /// Leave out what things cost
    #[arg(long)]
    no_cost: bool,

    /// Only the columns Input, Output and Cost
    #[arg(long)]
    compact: bool,

    /// Accepted for ccusage's sake: nothing is ever fetched, prices are in the records
    #[arg(short = 'O', long, overrides_with = "no_offline")]
    offline: bool,

    /// Accepted for ccusage's sake
    #[arg(long, hide = true)]
    no_offline: bool,

    /// Accepted for ccusage's sake: there is one program
    #[arg(long, hide = true)]
    all: bool,

    /// Accepted for ccusage's sake
    #[arg(long, hide = true)]
    single_thread: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum JsonShape {
    Telemetry,
    Ccusage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    Asc,
    Desc,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let (mut period, zone) = self.period.period()?;
        let mut calendar = Calendar::new(zone, self.week.start());
        if let Some(last) = self.last {
            let first = calendar.rows_before(self.report, now(), last - 1);
            period.since = Some(calendar.start(first));
        }
        let homes = global.homes();
        let session = self.session.session.as_ref();
        let query = Query {
            grouping: self.report,
            period,
            session: session.map(|choice| resolve(choice, &homes)).transpose()?,
            calendar,
        };
        let (mut report, skips) = usage::read(&homes, &query)?;
        let shape = Shape {
            breakdown: self.breakdown,
            compact: self.compact,
            no_cost: self.no_cost,
        };
        if self.order == Order::Desc {
            report.rows.reverse();
        }
        match self.json {
            Some(JsonShape::Ccusage) => report.write_ccusage(out, !self.no_cost)?,
            Some(JsonShape::Telemetry) => {
                report.write_json(out, !self.no_cost, self.breakdown, skips.lines.total())?;
            }
            None if report.rows.is_empty() => {
                terminal::complain(format!(
                    "no request of that kind in {}; is telemetry on there? `telemetry doctor` knows",
                    homes.names()
                ));
            }
            None => report.write_table(shape, &query.calendar, out)?,
        }
        if report.straddling > 0 && self.json.is_none() {
            terminal::complain(format!(
                "pruned requests are known by their UTC day: {} such sums reach over the edge of a row or of the \
                 period, and count where their first request does",
                report.straddling
            ));
        }
        skips.tell();
        Ok(Outcome::Done)
    }
}
