//! The command `telemetry diff`.

use clap::Args;

use super::shared::Global;
use crate::diff::{Choice, Side, show};
use crate::error::{Error, Outcome};
use crate::selection::time_zone;
use crate::skipped::Skips;
use crate::terminal::Terminal;

/// Compare two sessions, or two periods: tokens, cost, latency, and time by span name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry diff 019ab2 latest                   two sessions
  telemetry diff yesterday today                 two days
  telemetry diff 2026-11-01..2026-11-14 2026-11-15..
  telemetry diff 019ab2 latest -j | jq '.spans[0]'

Rows are sorted by the size of the change: models by cost, spans by self time.")]
pub(super) struct Arguments {
    /// Baseline: a session's id, a prefix of it or `latest`; or SINCE..UNTIL; or a day (2026-11-22,
    /// yesterday)
    #[arg(value_name = "A")]
    a: Choice,

    /// Side that is compared with the baseline, in the same notation
    #[arg(value_name = "B")]
    b: Choice,

    /// Time zone of days: an IANA name such as Europe/Berlin, UTC, or local [default: local]
    #[arg(short = 'z', long, value_name = "NAME")]
    timezone: Option<String>,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        let homes = global.homes();
        let mut skips = Skips::default();
        let a = Side::read(&self.a, &homes, &zone, &mut skips)?;
        // This reads the files of side A again, whose damaged lines are counted already.
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
