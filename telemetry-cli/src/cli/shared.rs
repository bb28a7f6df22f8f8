//! Arguments that several commands have.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::error::Error;
use crate::home::Homes;
use crate::selection::{Period, SessionChoice, time_zone};

/// Above the options of all commands in the help of each.
const EVERYWHERE: &str = "Options of all commands";

/// What every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// The directory of config.toml; several, or a comma list, are read as one [default: $CODEX_HOME,
    /// else ~/.codex]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    pub(super) home: Vec<OsString>,

    /// Colour: always where nothing is given; without it as NO_COLOR, CLICOLOR_FORCE and the terminal
    /// say
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        value_name = "WHEN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "always"
    )]
    color: Option<When>,

    /// No colour
    #[arg(long, global = true, help_heading = EVERYWHERE, conflicts_with = "color")]
    no_color: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl Global {
    /// What was said about colour, if anything was.
    pub(super) fn color(&self) -> Option<bool> {
        match self.color {
            _ if self.no_color => Some(false),
            Some(When::Always) => Some(true),
            Some(When::Never) => Some(false),
            Some(When::Auto) | None => None,
        }
    }

    /// The homes that are meant.
    pub(super) fn homes(&self) -> Homes {
        Homes::find(&self.home)
    }

    /// The same, for who says himself what is broken.
    pub(super) fn homes_quietly(&self) -> Homes {
        Homes::find_quietly(&self.home)
    }
}

/// `--since`, `--until`, `--timezone`.
#[derive(Debug, Args)]
pub(super) struct PeriodArgs {
    /// From then on: a day (2026-11-22, 20261122, today, yesterday), a time (RFC 3339), or how long
    /// ago (2h, 7d)
    #[arg(short, long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(super) since: Option<String>,

    /// Until then; a day is included
    #[arg(short, long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(super) until: Option<String>,

    #[arg(short = 'z', long, value_name = "NAME", help = zone_help())]
    pub(super) timezone: Option<String>,
}

impl PeriodArgs {
    /// The period, and the time zone of its days.
    pub(super) fn period(&self) -> Result<(Period, TimeZone), Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        let now = jiff::Timestamp::now();
        let period = Period::parse(self.since.as_deref(), self.until.as_deref(), &zone, now)?;
        Ok((period, zone))
    }
}

/// `--session`.
#[derive(Debug, Args)]
pub(super) struct SessionArgs {
    /// Only this session: its id, the beginning of one, or `latest`
    #[arg(short = 'i', long, visible_alias = "id", value_name = "ID")]
    pub(super) session: Option<SessionChoice>,
}

/// The help of `--timezone`.
pub(super) fn zone_help() -> &'static str {
    "The time zone of days: an IANA name such as Europe/Berlin, UTC, or local [default: local]"
}

/// `--start-of-week`.
#[derive(Debug, Args)]
pub(super) struct WeekArgs {
    /// The first day of a week
    #[arg(short = 'w', long, value_enum, default_value_t = Day::Monday, value_name = "DAY")]
    start_of_week: Day,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl WeekArgs {
    pub(super) fn start(&self) -> Weekday {
        match self.start_of_week {
            Day::Monday => Weekday::Monday,
            Day::Tuesday => Weekday::Tuesday,
            Day::Wednesday => Weekday::Wednesday,
            Day::Thursday => Weekday::Thursday,
            Day::Friday => Weekday::Friday,
            Day::Saturday => Weekday::Saturday,
            Day::Sunday => Weekday::Sunday,
        }
    }
}
