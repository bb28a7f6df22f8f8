//! The command `telemetry diff`.

use std::io::Write as _;

use clap::Args;

use super::shared::{GlobalArgs, report_missing_logs};
use crate::diff::{self, Comparison, SideChoice, show};
use crate::error::{Error, ExitStatus};
use crate::selection::time_zone;
use crate::skipped_lines::SkippedLines;
use crate::terminal::{Terminal, complain};

/// Compare two sessions, or two periods: tokens, cost, latency, and time by span name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry diff 01a22953-9d39 latest            two sessions
  telemetry diff yesterday today                 two days
  telemetry diff 2026-11-01..2026-11-14 2026-11-15..
  telemetry diff 01a22953-9d39 latest -j | jq '.spans[0]'

Rows are sorted by the size of the change: models by cost, spans by self time.")]
pub(super) struct DiffArgs {
    /// Baseline: a session's id, a prefix of it or `latest`; or a period SINCE..UNTIL; or a day (2026-11-22, today,
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
        let homes = global.homes()?;
        let mut skips = SkippedLines::default();
        let (filter_a, filter_b) = (self.a.filter(&homes, &zone)?, self.b.filter(&homes, &zone)?);
        let a = diff::read(&homes, &filter_a, &mut skips)?;
        // This reads the files of side A again, whose damaged lines are counted already.
        let again = &mut SkippedLines::default();
        let b = diff::read(&homes, &filter_b, again)?;
        let comparison = Comparison::of(&a, &b, skips.lines.total());
        let is_missing = report_missing_logs(&homes, "record");
        if self.json {
            comparison.write_json(out)?;
        } else {
            let titles = [self.a.title(&filter_a), self.b.title(&filter_b)];
            show::write(&comparison, &titles, out)?;
            out.flush()?;
            for (name, title, side) in [("A", &titles[0], &a), ("B", &titles[1], &b)] {
                if side.is_empty() && !is_missing {
                    complain(format_args!(
                        "side {name}, {title}, has no request and no span; `telemetry sessions` lists the sessions with their times"
                    ));
                }
            }
        }
        skips.report();
        Ok(ExitStatus::Done)
    }
}
