//! The command `telemetry usage`.

use clap::{Args, ValueEnum};

use super::number::from_one;
use super::shared::{GivenFilters, GlobalArgs, PeriodArgs, SessionArgs, WeekArgs, without_effect};
use crate::error::{Error, ExitStatus};
use crate::selection::{Calendar, Grouping, now};
use crate::terminal::{self, Terminal, counted};
use crate::totals_json::report_saturated;
use crate::usage::{self, Query, TableOptions};

/// Report tokens and cost by day, week, month, session, model, project or user; columns and flags as in ccusage
#[derive(Debug, Args)]
#[command(after_help = "\
Columns: Input counts the tokens that were neither read from a cache nor written to one, so that Input, Cache \
Create, Cache Read and Output add up. A cost with a + excludes requests without a price. Cache Hits covers the \
requests that reported cached tokens; p50 and p95 cover successful requests; First Token is a median.

Examples:
  telemetry usage                          by day, all records
  telemetry usage --since 7d --breakdown   the last seven days, with a line for each model
  telemetry usage monthly --json           JSON for programs
  telemetry usage session -s 7d -o desc    the sessions of a week, the latest first
  telemetry usage model --since 20261101   the cost of each model since 1 November
  telemetry usage --by project --since 7d  what each project has cost, where hosts name projects
  telemetry usage daily --json=ccusage     JSON with the keys of ccusage")]
#[expect(clippy::struct_excessive_bools, reason = "each field is a flag")]
pub(super) struct UsageArgs {
    /// Group rows by
    #[arg(value_enum, ignore_case = true, default_value_t = Grouping::Daily)]
    report: Grouping,

    /// Group rows by: the same as the argument, as in `telemetry usage --by project`
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        value_name = "GROUPING",
        conflicts_with = "report"
    )]
    by: Option<Grouping>,

    /// Write JSON with the keys of the session record; `ccusage` writes ccusage's keys
    #[arg(short, long, value_name = "SHAPE", num_args = 0..=1, require_equals = true, default_missing_value = "telemetry")]
    json: Option<JsonKeys>,

    #[command(flatten)]
    period: PeriodArgs,

    /// Only the last N periods: 1 is today, this week or this month
    #[arg(long, value_name = "N", value_parser = from_one, allow_negative_numbers = true, conflicts_with = "since")]
    last: Option<u32>,

    #[command(flatten)]
    session: SessionArgs,

    /// Add a line for each model of a row
    #[arg(short, long)]
    breakdown: bool,

    /// Order of the rows: asc begins with the oldest or the cheapest one, desc with the latest or the most expensive one
    /// [default: asc; desc for models, projects and users]
    #[arg(short, long, value_enum, ignore_case = true)]
    order: Option<Order>,

    #[command(flatten)]
    week: WeekArgs,

    /// Omit costs
    #[arg(long)]
    no_cost: bool,

    /// Show only the columns Input, Output and Cost
    #[arg(long)]
    compact: bool,

    /// Accepted for compatibility with ccusage; this program never uses the network
    #[arg(short = 'O', long, overrides_with = "no_offline")]
    offline: bool,

    /// Accepted for compatibility with ccusage
    #[arg(long, hide = true)]
    no_offline: bool,

    /// Accepted for compatibility with ccusage
    #[arg(long, hide = true)]
    all: bool,

    /// Accepted for compatibility with ccusage
    #[arg(long, hide = true)]
    single_thread: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum JsonKeys {
    Telemetry,
    Ccusage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    Asc,
    Desc,
}

impl UsageArgs {
    fn grouping(&self) -> Grouping {
        self.by.unwrap_or(self.report)
    }

    fn refuse_options_without_effect(&self) -> Result<(), Error> {
        self.week.refuse_without_weeks(
            self.grouping() == Grouping::Weekly,
            "only `telemetry usage weekly` has weeks",
        )?;
        if self.compact && self.json.is_some() {
            return Err(without_effect("--compact", "JSON has all keys"));
        }
        if self.breakdown && self.grouping() == Grouping::Model && self.json.is_none() {
            return Err(without_effect(
                "--breakdown",
                "`telemetry usage model` has one row for each model",
            ));
        }
        Ok(())
    }

    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        self.refuse_options_without_effect()?;
        let (mut period, zone) = self.period.period()?;
        let mut calendar = Calendar::new(zone, self.week.start());
        if let Some(last) = self.last {
            let first = calendar.rows_before(self.grouping(), now(), last - 1);
            period.since = Some(calendar.start(first));
        }
        let homes = global.homes()?;
        let query = Query {
            grouping: self.grouping(),
            period,
            session: self.session.resolve(&homes)?,
            calendar,
        };
        let (mut report, skips) = usage::read(&homes, &query)?;
        let shape = TableOptions {
            breakdown: self.breakdown,
            compact: self.compact,
            no_cost: self.no_cost,
        };
        let order = if self.grouping().is_by_time() {
            Order::Asc
        } else {
            Order::Desc
        };
        if self.order.is_some_and(|wanted| wanted != order) {
            report.rows.reverse();
        }
        match self.json {
            Some(JsonKeys::Ccusage) => report.write_ccusage(out, !self.no_cost)?,
            Some(JsonKeys::Telemetry) => {
                report.write_json(out, !self.no_cost, self.breakdown, skips.lines.total())?;
            }
            None if report.rows.is_empty() => {
                let mut given = GivenFilters::default();
                self.session.name_filters(&mut given);
                self.period.name_filters(&mut given);
                given.add("--last", self.last);
                given.report_nothing_found(&homes, "request");
            }
            None => report.write_table(shape, &query.calendar, out)?,
        }
        if report.straddling > 0 && self.json.is_none() {
            terminal::complain(counted(
                report.straddling,
                "sum of pruned requests is known only by UTC day and extends beyond a row or the period; it is counted at the \
                 time of its first request",
                "sums of pruned requests are known only by UTC day and extend beyond a row or the period; each is counted at the \
                 time of its first request",
            ));
        }
        report_saturated([&report.total.sums]);
        skips.report();
        Ok(ExitStatus::Done)
    }
}
