//! The command `telemetry report`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Weekday;

use super::shared::{GivenFilters, GlobalArgs, PeriodArgs, SessionArgs, refuse_terminal};
use crate::diff::SideChoice;
use crate::error::{Error, ExitStatus};
use crate::output_file;
use crate::report::{self, Subject};
use crate::selection::{Calendar, SpanFilter};
use crate::skipped_lines::SkippedLines;
use crate::terminal::Terminal;

/// Write one HTML page about a session, a period, or two of them beside each other
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry report -o report.html                     all records
  telemetry report latest -o report.html              the latest session
  telemetry report --since 7d -o week.html
  telemetry report 01a22953-9d39 latest -o diff.html  two sessions, and what changed
  telemetry report yesterday today -o days.html

The page has no script and loads nothing. It opens from the disk, and prints the parts that are open.")]
pub(super) struct ReportArgs {
    /// Session (an id, a prefix of it, or `latest`), SINCE..UNTIL, or a day (2026-11-22, yesterday); with B, the baseline
    #[arg(value_name = "A", conflicts_with_all = ["session", "since", "until"])]
    a: Option<SideChoice>,

    /// Side that is compared with A, in the same notation
    #[arg(value_name = "B")]
    b: Option<SideChoice>,

    #[command(flatten)]
    session: SessionArgs,

    #[command(flatten)]
    period: PeriodArgs,

    /// Write to this file instead of stdout, which must not be a terminal; the file is replaced only once the page is
    /// complete. A device or a pipe is written to, and logs and configurations are refused
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ReportArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        if self.output.is_none() {
            refuse_terminal("a report", out)?;
        }
        let (period, zone) = self.period.period()?;
        let homes = global.homes()?;
        let subject = match (&self.a, &self.b) {
            (Some(a), Some(b)) => Subject::Two(a.filter(&homes, &zone)?, b.filter(&homes, &zone)?),
            (Some(side), None) => Subject::One(side.filter(&homes, &zone)?),
            (None, _) => Subject::One(SpanFilter {
                session: self.session.resolve(&homes)?,
                period,
                ..SpanFilter::default()
            }),
        };
        // Reports an unreadable directory before any output is written.
        homes.files()?;
        let calendar = Calendar::new(zone, Weekday::Monday);
        let mut skips = SkippedLines::default();
        let found = match &self.output {
            None => report::write(&homes, &subject, &calendar, &mut skips, out)?,
            Some(path) => output_file::write(path, &homes, |file| {
                report::write(&homes, &subject, &calendar, &mut skips, file)
            })?,
        };
        if !found {
            let mut given = GivenFilters::default();
            self.session.name_filters(&mut given);
            self.period.name_filters(&mut given);
            for side in [&self.a, &self.b] {
                given.add("the side", side.as_ref());
            }
            given.report_nothing_found(&homes, "request and no span");
        }
        skips.report();
        Ok(ExitStatus::Done)
    }
}
