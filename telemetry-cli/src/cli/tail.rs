//! The command `telemetry tail`.

use std::cell::RefCell;
use std::io::{self, Write};

use clap::Args;
use jiff::tz::TimeZone;
use telemetry_schema::SCREEN_LOG;
use telemetry_schema::record::Record;

use super::number::from_zero;
use super::shared::{GivenFilters, GlobalArgs, PeriodArgs, SessionArgs, without_effect};
use super::similar_names;
use crate::error::{Error, ExitStatus};
use crate::home::{Homes, LogFile};
use crate::interrupt;
use crate::selection::{NamePattern, Period, SpanFilter, did_you_mean};
use crate::skipped_lines::SkippedLines;
use crate::tail::existing::{SelectedLine, open_files};
use crate::tail::follow::Follower;
use crate::tail::log_line::LineContent;
use crate::tail::screen_text::ScreenText;
use crate::tail::{LineFilter, LineLevel, LogLine, each_line, follow, format, last_lines};
use crate::terminal::{Terminal, complain, escaped_json};

/// Show the last lines of all logs, merged by time, and with -f also new lines
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry tail -f                              everything, until Ctrl-C
  telemetry tail -f --level warn                 warnings and errors
  telemetry tail -n 100 --name 'model.*'
  telemetry tail --session latest --since 10m
  telemetry tail --log tui_stream --since 5m     the lines that the interface showed
  telemetry tail -f -j | jq -c 'select(.type == \"span\" and .dur_ns > 5e8)'")]
pub(super) struct TailArgs {
    /// Continue with new lines, through rotation and new launches
    #[arg(short, long)]
    follow: bool,

    /// Number of past lines to show; 0 shows none, and with -f only new lines [default: 10; all with --since or --until]
    #[arg(short = 'n', long, value_name = "N", value_parser = from_zero, allow_negative_numbers = true)]
    lines: Option<usize>,

    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// Only spans and events of this name, or of a family such as 'model.*'; may be repeated
    #[arg(long, value_name = "NAME")]
    name: Vec<NamePattern>,

    /// Only this level and more important ones: error, warn, info, debug, trace. A failure counts as an error
    #[arg(short, long, value_name = "LEVEL")]
    level: Option<LineLevel>,

    /// Only this log: debug, session, tui, tui_stream (the recorded screens), or one of [telemetry.logs]; may be repeated
    /// [default: all but tui_stream]
    #[arg(long, value_name = "LOG")]
    log: Vec<String>,

    /// Write the records as they are in the logs, without text lines
    #[arg(short, long)]
    json: bool,
}

impl TailArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let (period, zone) = self.period.period()?;
        let homes = global.homes()?;
        self.check_logs(&homes)?;
        if self.json && self.log.iter().any(|log| log == "tui") {
            return Err(without_effect(
                "--log tui",
                "--json writes records, and the log tui has text lines",
            ));
        }
        let wanted = LineFilter {
            session: self.session.resolve(&homes)?,
            period,
            names: self.name.clone(),
            level: self.level,
            logs: self.log.clone(),
            records: self.json,
        };
        // The lines that are shown and the position from which the files are followed are those of the same open files.
        let files = open_files(&homes, &wanted, self.follow)?;
        let mut show = LinePrinter {
            json: self.json,
            zone,
            out,
            screens: ScreenText::default(),
            shown: 0,
        };
        let mut skips = SkippedLines::default();
        let default = if period == Period::ALWAYS {
            Some(10)
        } else {
            None
        };
        match self.lines.or(default) {
            Some(count) => {
                for line in last_lines(&files, &wanted, count, &mut skips)? {
                    show.line(&files[line.file].listed, &line)?;
                }
            }
            None => each_line(&files, &wanted, &mut skips, |line| {
                show.line(&files[line.file].listed, line)
            })?,
        }
        if self.follow {
            let has_files = !files.is_empty();
            let from = Follower::from_end_of(files);
            if !has_files {
                report_nothing_found(&homes, "no log file", "waiting for one; ");
            }
            skips.merge(&follow_lines(&homes, &wanted, from, &mut show)?);
        } else if files.is_empty() {
            report_nothing_found(&homes, "no log file", "");
        } else if show.shown == 0 && self.lines != Some(0) {
            self.given().report_nothing_found(&homes, "line");
            let filter = SpanFilter {
                period: wanted.period,
                names: self.name.clone(),
                ..SpanFilter::default()
            };
            similar_names::suggest(&homes, &filter, &mut skips)?;
        }
        skips.report();
        Ok(ExitStatus::Done)
    }

    fn given(&self) -> GivenFilters {
        let mut given = GivenFilters::default();
        self.session.name_filters(&mut given);
        self.period.name_filters(&mut given);
        for name in &self.name {
            given.add("--name", Some(name));
        }
        given.add("--level", self.level.map(LineLevel::name));
        for log in &self.log {
            given.add("--log", Some(log));
        }
        given
    }

    fn check_logs(&self, homes: &Homes) -> Result<(), Error> {
        let mut known: Vec<&str> = homes
            .iter()
            .flat_map(|home| home.logs.iter().map(|log| &*log.name))
            .collect();
        known.sort_unstable();
        known.dedup();
        match self.log.iter().find(|log| !known.contains(&log.as_str())) {
            None => Ok(()),
            Some(log) if log == SCREEN_LOG => Err(Error::new(format!(
                "--log {SCREEN_LOG}: the home has no recorded screens; `log_content = true` below [telemetry] in config.toml lets a host \
                 with the feature `ratatui` record them"
            ))),
            Some(log) => Err(Error::new(format!(
                "--log {log}: no log has this name; expected one of: {}{}",
                known.join(", "),
                did_you_mean(log, known.iter().copied())
            ))),
        }
    }
}

fn follow_lines(
    homes: &Homes,
    wanted: &LineFilter,
    from: Follower,
    show: &mut LinePrinter<'_>,
) -> Result<SkippedLines, Error> {
    let stop = interrupt::receiver()?;
    let show = RefCell::new(show);
    let skips = follow(
        homes,
        wanted,
        from,
        &stop,
        |file, line| show.borrow_mut().line(file, line),
        || show.borrow_mut().flush(),
    )?;
    show.borrow_mut().out.leave()?;
    Ok(skips)
}

struct LinePrinter<'a> {
    json: bool,
    zone: TimeZone,
    out: &'a mut Terminal,
    /// The last text of each host's screen.
    screens: ScreenText,
    shown: u64,
}

/// Reports that nothing was found in the log directories.
fn report_nothing_found(homes: &Homes, wanted: &str, hint: &str) {
    let homes = homes.iter();
    let places = homes.map(|home| home.config.log_dir().display().to_string());
    let places: Vec<String> = places.collect();
    let places = places.join(", ");
    complain(format!(
        "{wanted} in {places}; {hint}`telemetry doctor` shows whether telemetry is enabled"
    ));
}

impl LinePrinter<'_> {
    fn line(&mut self, file: &LogFile, line: &SelectedLine) -> Result<(), Error> {
        self.shown += 1;
        if self.json {
            return Ok(self.record(&line.line)?);
        }
        // The line was parsed once when it was selected.
        if let Ok(entry) = LogLine::of(&line.line, file.kind, line.time) {
            if let LineContent::Record(Record::Screen(frame)) = &entry.content {
                let rows = self.screens.appeared(frame);
                return Ok(format::write_screen(
                    &entry, &file.log, &rows, &self.zone, self.out,
                )?);
            }
            format::write(&entry, &file.log, &self.zone, self.out)?;
        }
        Ok(())
    }

    /// Writes a record. Hidden characters become JSON escapes, also in a pipe, because its output may reach a terminal.
    fn record(&mut self, line: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(line);
        self.out.write_all(escaped_json(&text).as_bytes())?;
        self.out.write_all(b"\n")
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.out.measure();
        self.out.flush()?;
        // Detects a closed pipe even if no further line is ever written.
        Ok(self.out.check_reader()?)
    }
}
