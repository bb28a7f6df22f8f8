//! Selects the records that a command reads: a session, a period, and the time zone of days.

mod calendar;
mod filter;
mod session;
mod time_argument;

use jiff::tz::TimeZone;
use telemetry_schema::record::Timestamp;

use crate::error::Error;

pub use calendar::{Calendar, Grouping, from_zoned, to_zoned};
pub use filter::{MinDuration, NamePattern, SpanFilter};
pub use session::{SessionChoice, latest, resolve};
pub use time_argument::{Bound, parse_time};

/// A half-open period: from `since` on and before `until`. `None` is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first instant of the period.
    pub since: Option<Timestamp>,
    /// The first instant after the period.
    pub until: Option<Timestamp>,
}

impl Period {
    /// The unbounded period.
    pub const ALWAYS: Self = Self {
        since: None,
        until: None,
    };

    /// Parses the values of `--since` and `--until` in a time zone, relative to `now`.
    ///
    /// # Errors
    ///
    /// Fails if a value is not a valid time, or `until` is not after `since`.
    pub fn parse(
        since: Option<&str>,
        until: Option<&str>,
        zone: &TimeZone,
        now: jiff::Timestamp,
    ) -> Result<Self, Error> {
        let read = |text: Option<&str>, flag, bound| {
            text.map(|text| {
                parse_time(text, bound, zone, now)
                    .map_err(|why| Error::new(format!("invalid {flag} `{text}`: {why}")))
            })
            .transpose()
        };
        let period = Self {
            since: read(since, "--since", Bound::Start)?,
            until: read(until, "--until", Bound::End)?,
        };
        match (period.since, period.until) {
            (Some(first), Some(end)) if end <= first => Err(Error::new(format!(
                "--until {} is not after --since {}; swap the two values",
                until.unwrap_or_default(),
                since.unwrap_or_default()
            ))),
            _ => Ok(period),
        }
    }

    /// Returns whether the period contains the start of a record.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// Returns the time zone of the option `--timezone`, or the system's time zone without the option.
///
/// # Errors
///
/// Fails if the name is not in the time zone database.
pub fn time_zone(name: Option<&str>) -> Result<TimeZone, Error> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) if name.eq_ignore_ascii_case("local") => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            Error::new(format!(
                "invalid --timezone `{name}`: expected an IANA name such as Europe/Berlin, UTC or local"
            ))
        }),
    }
}

/// Returns the current time.
pub fn now() -> Timestamp {
    Timestamp::from(std::time::SystemTime::now())
}
