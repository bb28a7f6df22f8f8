//! The command `telemetry diff`.

use clap::Args;

use super::shared::GlobalArgs;
use crate::diff::{self, Comparison, SideChoice, show};
use crate::error::{Error, ExitStatus};
use crate::selection::time_zone;
use crate::skipped_lines::SkippedLines;
use crate::terminal::Terminal;

/// Compare two sessions, or two periods: tokens, cost, latency, and time by span name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry diff 019ab2 latest                   two sessions
  telemetry diff yesterday today                 two days
  telemetry diff 2026-11-01..2026-11-14 2026-11-15..
  telemetry diff 019ab2 latest -j | jq '.spans[0]'

Rows are sorted by the size of the change: models by cost, spans by self time.")]
pub(super) struct DiffArgs {
    /// Baseline: a session's id, a prefix of it or `latest`; or SINCE..UNTIL; or a day (2026-11-22,
    /// yesterday)
    #[arg(value_name = "A")]
    a: SideChoice,

    /// Side that is compared with the baseline, in the same notation
    #[arg(value_name = "B")]
    b: SideChoice,

    /// Time zone of days: an IANA name such as Europe/Berlin, UTC, or local [default: local]
    #[arg(short = 'z', long, value_name = "NAME")]
    timezone: Option<String>,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl DiffArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        let homes = global.homes();
        let mut skips = SkippedLines::default();
        let a = diff::read(&homes, &self.a.filter(&homes, &zone)?, &mut skips)?;
        // This reads the files of side A again, whose damaged lines are counted already.
        let again = &mut SkippedLines::default();
        let b = diff::read(&homes, &self.b.filter(&homes, &zone)?, again)?;
        let comparison = Comparison::of(&a, &b, skips.lines.total());
        if self.json {
            comparison.write_json(out)?;
        } else {
            show::write(&comparison, out)?;
        }
        skips.report();
        Ok(ExitStatus::Done)
    }
}
