//! `telemetry tail`.

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
use crate::terminal::{Terminal, complain, escaped_json};

/// Show the last lines of all logs, by time, and with -f those that come
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry tail -f                              everything, as it happens, until Ctrl-C
  telemetry tail -f --level warn                 what went wrong
  telemetry tail -n 100 --name 'model.*'
  telemetry tail --session latest --since 10m
  telemetry tail -f -j | jq -c 'select(.type == \"span\" and .dur_ns > 5e8)'")]
pub(super) struct Arguments {
    /// Go on with what is written from now on, through rotation and new launches
    #[arg(short, long)]
    follow: bool,

    /// How many lines to show at first [default: 10; all of them with --since or --until]
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<usize>,

    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// Spans and events of this name, or of a family such as 'model.*'; may be given several times
    #[arg(long, value_name = "NAME")]
    name: Vec<Name>,

    /// This level and those that matter more: error, warn, info, debug, trace. What failed is an error
    #[arg(short, long, value_name = "LEVEL")]
    level: Option<Level>,

    /// This log: debug, session, tui, or one of [telemetry.logs]; may be given several times
    #[arg(long, value_name = "LOG")]
    log: Vec<String>,

    /// The records as they stand in the logs; text lines are left out
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
                nothing_to_show(&homes, "no log in", "yet; waiting for one");
            }
            skips.join(&follow_on(&homes, &wanted, from, &mut show)?);
        } else if files.is_empty() {
            nothing_to_show(&homes, "no log in", "");
        } else if show.shown == 0 {
            nothing_to_show(&homes, "no line of that kind in", "");
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
                "--log {log}: no log has that name; allowed: {}",
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

/// Where it was looked for.
fn nothing_to_show(homes: &Homes, what: &str, more: &str) {
    let homes = homes.iter();
    let places = homes.map(|home| home.config().log_dir().display().to_string());
    let places: Vec<String> = places.collect();
    let places = places.join(", ");
    let comma = if more.is_empty() { "" } else { " " };
    complain(format!(
        "{what} {places}{comma}{more}; is telemetry on there? `telemetry doctor` knows"
    ));
}

impl Show<'_> {
    fn line(&mut self, file: &LogFile, past: &Past) -> Result<(), Error> {
        self.shown += 1;
        if self.json {
            return Ok(self.record(&past.line)?);
        }
        // It was read before, so it is one.
        if let Ok(entry) = Entry::of(&past.line, file.kind, past.time) {
            line::write(&entry, &file.log, &self.zone, self.out)?;
        }
        Ok(())
    }

    /// To the byte, but for what a terminal would obey.
    fn record(&mut self, line: &[u8]) -> io::Result<()> {
        match str::from_utf8(line) {
            Ok(text) if self.out.is_terminal() => {
                self.out.write_all(escaped_json(text).as_bytes())?
            }
            _ => self.out.write_all(line)?,
        }
        self.out.write_all(b"\n")
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.out.measure();
        self.out.flush()?;
        // Whoever reads may be gone long before the next line comes.
        Ok(self.out.check_reader()?)
    }
}
