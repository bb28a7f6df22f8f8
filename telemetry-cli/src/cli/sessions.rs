//! `telemetry sessions`.

use clap::Args;

use super::shared::{Global, PeriodArgs};
use crate::error::{Error, Outcome};
use crate::sessions;
use crate::terminal::Terminal;

/// List the sessions: when, how much, and what it cost
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry sessions --since 7d            those of the last week
  telemetry sessions -j | jq -r '.sessions[0].session_id'")]
pub(super) struct Arguments {
    #[command(flatten)]
    period: PeriodArgs,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let (period, zone) = self.period.period()?;
        let homes = global.homes();
        let (sessions, skips) = sessions::read(&homes, &period)?;
        sessions::write(&sessions, &zone, out)?;
        skips.tell();
        Ok(Outcome::Done)
    }
}
