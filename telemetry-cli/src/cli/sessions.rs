//! The command `telemetry sessions`.

use clap::Args;
use jiff::civil::Weekday;

use super::number::from_one;
use super::shared::{GivenFilters, GlobalArgs, PeriodArgs};
use crate::error::{Error, ExitStatus};
use crate::selection::Calendar;
use crate::sessions;
use crate::terminal::{self, Terminal, counted};
use crate::totals_json::report_saturated;

/// List the sessions with their times, tokens and cost
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry sessions --since 7d            sessions of the last seven days
  telemetry sessions -s today -z UTC
  telemetry sessions -n 10                 the latest ten
  telemetry sessions -j | jq -r '.sessions[0].session_id'")]
pub(super) struct SessionsArgs {
    #[command(flatten)]
    period: PeriodArgs,

    /// Show at most N sessions, the latest
    #[arg(short = 'n', long, value_name = "N", value_parser = from_one, allow_negative_numbers = true)]
    limit: Option<u32>,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl SessionsArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let (period, zone) = self.period.period()?;
        let homes = global.homes()?;
        let (mut sessions, skips) = sessions::read(&homes, &period)?;
        let found = sessions.len();
        if let Some(limit) = self.limit {
            sessions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        if self.json {
            sessions::write_json(&sessions, skips.lines.total(), out)?;
        } else if sessions.is_empty() {
            let mut given = GivenFilters::default();
            self.period.name_filters(&mut given);
            given.report_nothing_found(&homes, "session");
        } else {
            let calendar = Calendar::new(zone, Weekday::Monday);
            sessions::write(&sessions, &calendar, out)?;
            if sessions.len() < found {
                let earlier = (found - sessions.len()) as u64;
                terminal::complain(counted(
                    earlier,
                    "earlier session is not shown",
                    "earlier sessions are not shown",
                ));
            }
        }
        report_saturated(sessions.iter().map(|session| &session.sums));
        skips.report();
        Ok(ExitStatus::Done)
    }
}
