//! The command `telemetry budget`.

use clap::Args;
use telemetry_schema::record::{NanoUsd, Totals};

use super::number::amount;
use super::shared::{GlobalArgs, WeekArgs, report_missing_logs, zone_help};
use crate::budget::{self, BudgetLimit};
use crate::error::{Error, ExitStatus};
use crate::selection::{Calendar, Grouping, now, time_zone};
use crate::terminal::Terminal;
use crate::totals_json::report_saturated;

/// Compare the cost of today, this week or this month with a limit; exit code 1 if it is exceeded
#[derive(Debug, Args)]
#[command(after_help = "\
Requests without a price are not part of the cost; the column Unpriced counts them. If an invalid \
config.toml leaves open where the requests are recorded, the exit code is 2.

Examples:
  telemetry budget --daily 5
  telemetry budget --weekly 20 --monthly 60 --timezone UTC
  telemetry budget --daily 5 >/dev/null || notify-send 'over budget'")]
pub(super) struct BudgetArgs {
    /// Limit for today, in dollars
    #[arg(long, value_name = "USD", value_parser = amount, allow_negative_numbers = true)]
    daily: Option<NanoUsd>,

    /// Limit for this week, in dollars
    #[arg(long, value_name = "USD", value_parser = amount, allow_negative_numbers = true)]
    weekly: Option<NanoUsd>,

    /// Limit for this month, in dollars
    #[arg(long, value_name = "USD", value_parser = amount, allow_negative_numbers = true)]
    monthly: Option<NanoUsd>,

    #[arg(short = 'z', long, value_name = "NAME", help = zone_help())]
    timezone: Option<String>,

    #[command(flatten)]
    week: WeekArgs,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl BudgetArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let limits: Vec<BudgetLimit> = [
            (Grouping::Daily, self.daily),
            (Grouping::Weekly, self.weekly),
            (Grouping::Monthly, self.monthly),
        ]
        .into_iter()
        .filter_map(|(period, usd)| Some(BudgetLimit { period, usd: usd? }))
        .collect();
        if limits.is_empty() {
            return Err(Error::new(
                "no limit is given; set at least one, in dollars: --daily 5, --weekly 20, --monthly 60",
            ));
        }
        self.week
            .refuse_without_weeks(self.weekly.is_some(), "no --weekly limit is given")?;
        let zone = time_zone(self.timezone.as_deref())?;
        let calendar = Calendar::new(zone, self.week.start());
        let homes = global.homes_with_requests()?;
        let (spent, skips) = budget::read(&homes, &limits, calendar, now())?;
        // The sums of removed logs may have costs.
        if spent.iter().all(|it| it.cost_usd.0 == 0) {
            report_missing_logs(&homes, "request");
        }
        if self.json {
            budget::write_json(&spent, skips.lines.total(), out)?;
        } else {
            budget::write(&spent, out)?;
        }
        let costs = spent.iter().map(|it| Totals {
            cost_nanos: it.cost_usd.0,
            ..Totals::default()
        });
        report_saturated(&costs.collect::<Vec<_>>());
        skips.report();
        if spent.iter().any(|it| it.over) {
            return Ok(ExitStatus::Findings);
        }
        Ok(ExitStatus::Done)
    }
}
