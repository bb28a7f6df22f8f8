//! The command `telemetry tail`.

use std::cell::RefCell;
use std::io::{self, Write};

use clap::Args;
use jiff::tz::TimeZone;

use super::shared::{Global, PeriodArgs, SessionArgs};
use crate::error::{Error, Outcome};
use crate::home::{Homes, LogFile};
use crate::interrupt;
use crate::selection::{Period, resolve};
use crate::skipped::Skips;
use crate::spans::filter::Name;
use crate::tail::follow::Follow;
use crate::tail::past::{Past, files, trim};
use crate::tail::{Entry, Level, Wanted, all, follow, last, line};
use crate::terminal::{Terminal, complain, escaped};

/// Show the last lines of all logs, merged by time, and with -f also new lines
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry tail -f                              everything, until Ctrl-C
  telemetry tail -f --level warn                 warnings and errors
  telemetry tail -n 100 --name 'model.*'
  telemetry tail --session latest --since 10m
  telemetry tail -f -j | jq -c 'select(.type == \"span\" and .dur_ns > 5e8)'")]
pub(super) struct Arguments {
    /// Continue with new lines, through rotation and new launches
    #[arg(short, long)]
    follow: bool,

    /// Number of past lines to show [default: 10; all with --since or --until]
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<usize>,

    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// Only spans and events of this name, or of a family such as 'model.*'; may be repeated
    #[arg(long, value_name = "NAME")]
    name: Vec<Name>,

    /// Only this level and more important ones: error, warn, info, debug, trace. A failure counts as an error
    #[arg(short, long, value_name = "LEVEL")]
    level: Option<Level>,

    /// Only this log: debug, session, tui, or one of [telemetry.logs]; may be repeated
    #[arg(long, value_name = "LOG")]
    log: Vec<String>,

    /// Write the records as they are in the logs, without text lines
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let (period, zone) = self.period.period()?;
        let homes = global.homes();
        self.check_logs(&homes)?;
        let session = self.session.session.as_ref();
        let wanted = Wanted {
            session: session.map(|choice| resolve(choice, &homes)).transpose()?,
            period,
            names: self.name.clone(),
            level: self.level,
            logs: self.log.clone(),
            records: self.json,
        };
        let mut files = files(&homes, &wanted)?;
        if self.follow {
            trim(&mut files)?;
        }
        let mut show = Show {
            json: self.json,
            zone,
            out,
            shown: 0,
        };
        let mut skips = Skips::default();
        let default = if period == Period::ALWAYS {
            Some(10)
        } else {
            None
        };
        match self.lines.or(default) {
            Some(count) => {
                for past in last(&files, &wanted, count, &mut skips)? {
                    show.line(&files[past.file], &past)?;
                }
            }
            None => all(&files, &wanted, &mut skips, |past| {
                show.line(&files[past.file], past)
            })?,
        }
        if self.follow {
            let from = Follow::from_end_of(&files)?;
            if files.is_empty() {
                nothing_to_show(&homes, "no log file", "waiting for one; ");
            }
            skips.join(&follow_on(&homes, &wanted, from, &mut show)?);
        } else if files.is_empty() {
            nothing_to_show(&homes, "no log file", "");
        } else if show.shown == 0 {
            nothing_to_show(&homes, "no matching line", "");
        }
        skips.tell();
        Ok(Outcome::Done)
    }

    fn check_logs(&self, homes: &Homes) -> Result<(), Error> {
        let mut known: Vec<&str> = homes
            .iter()
            .flat_map(|home| home.logs().iter().map(|log| &*log.name))
            .collect();
        known.sort_unstable();
        known.dedup();
        match self.log.iter().find(|log| !known.contains(&log.as_str())) {
            None => Ok(()),
            Some(log) => Err(Error::new(format!(
                "--log {log}: no log has this name; expected one of: {}",
                known.join(", ")
            ))),
        }
    }
}

fn follow_on(
    homes: &Homes,
    wanted: &Wanted,
    from: Follow,
    show: &mut Show<'_>,
) -> Result<Skips, Error> {
    let stop = interrupt::receiver()?;
    let show = RefCell::new(show);
    let skips = follow(
        homes,
        wanted,
        from,
        &stop,
        |file, past| show.borrow_mut().line(file, past),
        || show.borrow_mut().flush(),
    )?;
    show.borrow_mut().out.leave()?;
    Ok(skips)
}

struct Show<'a> {
    json: bool,
    zone: TimeZone,
    out: &'a mut Terminal,
    shown: u64,
}

/// Reports that nothing was found in the log directories.
fn nothing_to_show(homes: &Homes, what: &str, more: &str) {
    let homes = homes.iter();
    let places = homes.map(|home| home.config().log_dir().display().to_string());
    let places: Vec<String> = places.collect();
    let places = places.join(", ");
    complain(format!(
        "{what} in {places}; {more}`telemetry doctor` shows whether telemetry is enabled"
    ));
}

impl Show<'_> {
    fn line(&mut self, file: &LogFile, past: &Past) -> Result<(), Error> {
        self.shown += 1;
        if self.json {
            return Ok(self.record(&past.line)?);
        }
        // The line was parsed once when it was selected.
        if let Ok(entry) = Entry::of(&past.line, file.kind, past.time) {
            line::write(&entry, &file.log, &self.zone, self.out)?;
        }
        Ok(())
    }

    /// Writes a record unchanged; on a terminal, hidden characters become JSON escapes.
    fn record(&mut self, line: &[u8]) -> io::Result<()> {
        match str::from_utf8(line) {
            Ok(text) if self.out.is_terminal() => self.out.write_all(escaped(text).as_bytes())?,
            _ => self.out.write_all(line)?,
        }
        self.out.write_all(b"\n")
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.out.measure();
        self.out.flush()?;
        // Detects a closed pipe even if no further line is ever written.
        Ok(self.out.check_reader()?)
    }
}
