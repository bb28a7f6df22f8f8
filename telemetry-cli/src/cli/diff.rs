//! `telemetry diff`.

use clap::Args;

use super::shared::Global;
use crate::diff::{Choice, Side, show};
use crate::error::{Error, Outcome};
use crate::selection::time_zone;
use crate::skipped::Skips;
use crate::terminal::Terminal;

/// Compare two sessions, or two spans of time: tokens, cost, latency, and time by span
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry diff 019ab2 latest                   two sessions
  telemetry diff yesterday today                 two days
  telemetry diff 2026-11-01..2026-11-14 2026-11-15..
  telemetry diff 019ab2 latest -j | jq '.spans[0]'

The largest change comes first: models by cost, spans by own time.")]
pub(super) struct Arguments {
    /// What was before: a session's id, the beginning of one or `latest`; or SINCE..UNTIL, or a day
    /// (2026-11-22, yesterday)
    #[arg(value_name = "A")]
    a: Choice,

    /// What is now, written in the same way
    #[arg(value_name = "B")]
    b: Choice,

    /// The time zone of days: an IANA name such as Europe/Berlin, UTC, or local [default: local]
    #[arg(short = 'z', long, value_name = "NAME")]
    timezone: Option<String>,

    /// JSON, for programs
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        let homes = global.homes();
        let mut skips = Skips::default();
        let a = Side::read(&self.a, &homes, &zone, &mut skips)?;
        // The same files again: what is damaged in them has been counted.
        let b = Side::read(&self.b, &homes, &zone, &mut Skips::default())?;
        if self.json {
            show::write_json(&a, &b, skips.lines.total(), out)?;
        } else {
            show::write(&a, &b, out)?;
        }
        skips.tell();
        Ok(Outcome::Done)
    }
}
