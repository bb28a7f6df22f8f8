//! The command `telemetry sessions`.

use clap::Args;
use jiff::civil::Weekday;

use super::shared::{Global, PeriodArgs};
use crate::error::{Error, Outcome};
use crate::sessions;
use crate::terminal::{self, Terminal};
use crate::usage::Calendar;

/// List the sessions with their times, tokens and cost
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry sessions --since 7d            sessions of the last seven days
  telemetry sessions -s today -z UTC
  telemetry sessions -j | jq -r '.sessions[0].session_id'")]
pub(super) struct Arguments {
    #[command(flatten)]
    period: PeriodArgs,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
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
        skips.tell();
        Ok(Outcome::Done)
    }
}
