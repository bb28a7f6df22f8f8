//! Arguments that several commands share.

use std::ffi::OsString;
use std::fmt::Display;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::error::Error;
use crate::home::{Homes, check_named};
use crate::selection::{
    MinDuration, NamePattern, Period, SessionChoice, SpanFilter, resolve, resolve_quietly,
    time_zone,
};
use crate::terminal::{Terminal, complain, nanoseconds};

/// The heading of the global options in each command's help.
const EVERYWHERE: &str = "Options of all commands";

/// Options of every command.
#[derive(Debug, Args)]
pub(super) struct GlobalArgs {
    /// Directory of config.toml; repeat it, or give a comma-separated list, to read several as one
    /// [default: $CODEX_HOME, else ~/.codex]
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        value_name = "DIR",
        value_parser = OsStringValueParser::new().try_map(check_named)
    )]
    pub(super) home: Vec<OsString>,

    /// Use colours: `always` if no value is given; without the option, NO_COLOR, CLICOLOR_FORCE and the
    /// terminal decide
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        value_name = "WHEN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "always"
    )]
    color: Option<ColorMode>,

    /// Do not use colours
    #[arg(long, global = true, help_heading = EVERYWHERE, conflicts_with = "color")]
    no_color: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColorMode {
    Auto,
    Always,
    Never,
}

impl GlobalArgs {
    /// Returns the choice of `--color` or `--no-color`, or `None` to detect colour support.
    pub(super) fn color(&self) -> Option<bool> {
        match self.color {
            _ if self.no_color => Some(false),
            Some(ColorMode::Always) => Some(true),
            Some(ColorMode::Never) => Some(false),
            Some(ColorMode::Auto) | None => None,
        }
    }

    /// Returns the selected homes and reports invalid values of their configurations on stderr.
    pub(super) fn homes(&self) -> Result<Homes, Error> {
        Homes::find(&self.home)
    }

    /// Like [`homes`](Self::homes), but fails if a configuration leaves open where the requests are recorded.
    pub(super) fn homes_with_requests(&self) -> Result<Homes, Error> {
        Homes::find_with_requests(&self.home)
    }

    /// Returns the selected homes, for a command that reports broken configurations itself.
    pub(super) fn homes_quietly(&self) -> Result<Homes, Error> {
        Homes::find_quietly(&self.home)
    }

    /// Returns the selected homes, for a command that also reports homes that cannot be used.
    pub(super) fn homes_unchecked(&self) -> Homes {
        Homes::find_unchecked(&self.home)
    }
}

/// The options `--since`, `--until` and `--timezone`.
#[derive(Debug, Args)]
pub(super) struct PeriodArgs {
    /// Only from this time on: a day (2026-11-22, 20261122, today, yesterday), an RFC 3339 time, or an age
    /// in minutes, hours, days or weeks (30m, 2h, 7d, 2w)
    #[arg(short, long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(super) since: Option<String>,

    /// Only before this time, in the notation of --since; a day is included
    #[arg(short, long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(super) until: Option<String>,

    #[arg(short = 'z', long, value_name = "NAME", help = zone_help())]
    pub(super) timezone: Option<String>,
}

impl PeriodArgs {
    /// Returns the period, and the time zone of its days.
    pub(super) fn period(&self) -> Result<(Period, TimeZone), Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        let now = jiff::Timestamp::now();
        let period = Period::of_options(self.since.as_deref(), self.until.as_deref(), &zone, now)?;
        Ok((period, zone))
    }
}

/// The filters that the command line has, as messages name them.
#[derive(Debug, Default)]
pub(super) struct GivenFilters {
    options: Vec<String>,
    /// The session that was selected without an option.
    latest: Option<String>,
}

impl GivenFilters {
    /// Adds an option that has a value.
    pub(super) fn add(&mut self, option: &str, value: Option<impl Display>) {
        self.options
            .extend(value.map(|value| format!("{option} {value}")));
    }

    /// Adds an option without a value.
    pub(super) fn add_flag(&mut self, option: &str, is_given: bool) {
        self.options.extend(is_given.then(|| option.to_owned()));
    }

    /// Returns the first option.
    #[cfg(feature = "otlp-send")]
    pub(super) fn first(&self) -> Option<&str> {
        self.options.first().map(String::as_str)
    }

    /// Reports that nothing was found, and names the filters that may have excluded existing records.
    pub(super) fn report_nothing_found(&self, homes: &Homes, wanted: &str) {
        let message = homes.nothing_found(wanted);
        if !has_logs(homes) {
            return complain(message);
        }
        let options = match self.options.as_slice() {
            [] => String::new(),
            options => format!(" with {}", options.join(" ")),
        };
        let latest = self.latest.as_ref().map_or_else(String::new, |id| {
            format!(" in the latest session, {id}; --session ID selects another one")
        });
        complain(format_args!("{message}{options}{latest}"));
    }
}

/// Reports homes without a log, and returns whether it did: the empty result of a misspelt home must not look like that of a home
/// in use.
pub(super) fn report_missing_logs(homes: &Homes, wanted: &str) -> bool {
    let is_missing = !has_logs(homes);
    if is_missing {
        complain(homes.nothing_found(wanted));
    }
    is_missing
}

fn has_logs(homes: &Homes) -> bool {
    // A directory that cannot be read is reported by the command itself.
    !homes.files().is_ok_and(|files| files.is_empty())
}

impl PeriodArgs {
    pub(super) fn name_filters(&self, given: &mut GivenFilters) {
        given.add("--since", self.since.as_ref());
        given.add("--until", self.until.as_ref());
    }
}

/// The option `--session`.
#[derive(Debug, Args)]
pub(super) struct SessionArgs {
    /// Only this session: its id, a prefix of its id, or `latest`
    #[arg(short = 'i', long, visible_alias = "id", value_name = "ID")]
    pub(super) session: Option<SessionChoice>,
}

impl SessionArgs {
    /// Returns the id of the selected session, if any.
    pub(super) fn resolve(&self, homes: &Homes) -> Result<Option<String>, Error> {
        let choice = self.session.as_ref();
        choice.map(|choice| resolve(choice, homes)).transpose()
    }

    /// Like [`resolve`](Self::resolve), without a message about other sessions that begin with the prefix.
    pub(super) fn resolve_quietly(&self, homes: &Homes) -> Result<Option<String>, Error> {
        let choice = self.session.as_ref();
        choice
            .map(|choice| resolve_quietly(choice, homes))
            .transpose()
    }

    pub(super) fn name_filters(&self, given: &mut GivenFilters) {
        given.add("--session", self.session.as_ref());
    }
}

/// The options that select spans.
#[derive(Debug, Args)]
pub(super) struct SelectionArgs {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// Only spans of this name, or of a family such as 'model_selection.*'; trees and stacks keep the spans
    /// above them; may be repeated
    #[arg(short, long, value_name = "NAME")]
    name: Vec<NamePattern>,

    /// Only spans of at least this duration in us, ms, s (seconds), m (minutes) or h: 50ms, 1.5s
    #[arg(long, value_name = "LENGTH")]
    slow: Option<MinDuration>,

    /// Only spans whose outcome is not `ok`
    #[arg(long)]
    failed: bool,
}

impl SelectionArgs {
    /// Returns the filter of these options.
    pub(super) fn filter(&self, homes: &Homes) -> Result<SpanFilter, Error> {
        let (period, _) = self.period.period()?;
        Ok(SpanFilter {
            session: self.session.resolve(homes)?,
            period,
            names: self.name.clone(),
            slow: self.slow,
            failed: self.failed,
        })
    }

    /// Returns the options as messages name them. `session` is the session that was selected by default.
    pub(super) fn given(&self, session: Option<&str>) -> GivenFilters {
        let mut given = GivenFilters::default();
        match (&self.session.session, session) {
            (None, Some(id)) => given.latest = Some(id.to_owned()),
            _ => self.session.name_filters(&mut given),
        }
        self.period.name_filters(&mut given);
        for name in &self.name {
            given.add("--name", Some(name));
        }
        given.add("--slow", self.slow.map(|slow| nanoseconds(slow.0)));
        given.add_flag("--failed", self.failed);
        given
    }

    /// Returns the first option that selects spans and no requests.
    pub(super) fn of_spans_only(&self) -> Option<&'static str> {
        let given = [
            ("--name", !self.name.is_empty()),
            ("--slow", self.slow.is_some()),
            ("--failed", self.failed),
        ];
        given
            .into_iter()
            .find_map(|(option, is_given)| is_given.then_some(option))
    }

    /// Returns the time zone of days and times.
    pub(super) fn zone(&self) -> Result<TimeZone, Error> {
        time_zone(self.period.timezone.as_deref())
    }

    /// Returns whether only failed spans are wanted.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }
}

/// Returns the error about an option that would have no effect. The option may be a mistake, so that the command does nothing.
pub(super) fn without_effect(option: &str, reason: &str) -> Error {
    Error::new(format!(
        "{option} has no effect: {reason}; nothing was written, repeat the command without {option}"
    ))
}

/// Refuses to write a document of any length to a terminal: it is a mistake there.
pub(super) fn refuse_terminal(document: &str, out: &Terminal) -> Result<(), Error> {
    if !out.is_terminal() {
        return Ok(());
    }
    Err(Error::new(format!(
        "{document} is not for a terminal: add `-o FILE`, or pipe it into a program such as `less`"
    )))
}

/// Returns the help text of `--timezone`.
pub(super) fn zone_help() -> &'static str {
    "Time zone of days: an IANA name such as Europe/Berlin, UTC, or local [default: local]"
}

/// The option `--start-of-week`.
#[derive(Debug, Args)]
pub(super) struct WeekArgs {
    #[arg(
        short = 'w',
        long,
        value_enum,
        ignore_case = true,
        value_name = "DAY",
        help = "First day of a week [default: monday]"
    )]
    start_of_week: Option<WeekStart>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WeekStart {
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
        // Both enums begin with Monday.
        let days = self.start_of_week.map_or(0, |day| day as i8);
        Weekday::from_monday_zero_offset(days).unwrap_or(Weekday::Monday)
    }

    /// Refuses the option where no row is a week. `reason` says which arguments would make it one.
    pub(super) fn refuse_without_weeks(&self, has_weeks: bool, reason: &str) -> Result<(), Error> {
        match self.start_of_week {
            Some(_) if !has_weeks => Err(without_effect("--start-of-week", reason)),
            _ => Ok(()),
        }
    }
}
