//! The command `telemetry sessions`.

use clap::Args;
use jiff::civil::Weekday;

use super::shared::{GlobalArgs, PeriodArgs};
use crate::error::{Error, ExitStatus};
use crate::selection::Calendar;
use crate::sessions;
use crate::terminal::{self, Terminal};

/// List the sessions with their times, tokens and cost
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry sessions --since 7d            sessions of the last seven days
  telemetry sessions -s today -z UTC
  telemetry sessions -j | jq -r '.sessions[0].session_id'")]
pub(super) struct SessionsArgs {
    #[command(flatten)]
    period: PeriodArgs,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl SessionsArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let (period, zone) = self.period.period()?;
        let homes = global.homes();
        let (sessions, skips) = sessions::read(&homes, &period)?;
        if self.json {
            sessions::write_json(&sessions, skips.lines.total(), out)?;
        } else if sessions.is_empty() {
            terminal::complain(homes.nothing_found("session"));
        } else {
            let calendar = Calendar::new(zone, Weekday::Monday);
            sessions::write(&sessions, &calendar, out)?;
        }
        skips.report();
        Ok(ExitStatus::Done)
    }
}
