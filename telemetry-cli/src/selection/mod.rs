//! Selects the records that a command reads: a session, a period, and the time zone of days.

mod calendar;
mod filter;
mod matches;
mod session;
mod time_argument;

use jiff::tz::TimeZone;
use telemetry_schema::nearest::nearest;
use telemetry_schema::record::Timestamp;

use crate::error::Error;

pub use calendar::{Calendar, Grouping, from_zoned, to_zoned};
pub use filter::{MinDuration, NamePattern, SpanFilter};
pub use matches::shortened;
pub use session::{
    SHORT_ID, SessionChoice, is_known, latest, prefix_len, resolve, resolve_only, resolve_quietly,
    resolve_side,
};
pub use time_argument::{Bound, parse_time, parse_time_before};

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
    pub fn of_options(
        since: Option<&str>,
        until: Option<&str>,
        zone: &TimeZone,
        now: jiff::Timestamp,
    ) -> Result<Self, Error> {
        let invalid = |option: &str, text: &str, why: &str| {
            Error::new(format!("invalid {option} `{text}`: {why}"))
        };
        let period = Self {
            since: parsed(since, Bound::Start, zone, now)
                .map_err(|(text, why)| invalid("--since", text, &why))?,
            until: parsed(until, Bound::End, zone, now)
                .map_err(|(text, why)| invalid("--until", text, &why))?,
        };
        if period.ends_before_it_begins() {
            return Err(Error::new(format!(
                "--until {} is not after --since {}; swap the two values",
                until.unwrap_or_default(),
                since.unwrap_or_default()
            )));
        }
        Ok(period)
    }

    /// Parses the period `SINCE..UNTIL`, or a day, which is both its first and its last one.
    ///
    /// # Errors
    ///
    /// Fails like [`of_options`](Self::of_options), with messages that name the parts of `text`.
    pub fn of_side(text: &str, zone: &TimeZone, now: jiff::Timestamp) -> Result<Self, Error> {
        let (since, until) = text.split_once("..").unwrap_or((text, text));
        let invalid = |part: &str, (at, why): (&str, String)| {
            Error::new(if at == text {
                format!("invalid day `{text}`: {why}")
            } else {
                format!("invalid {part} `{at}` of the period `{text}`: {why}")
            })
        };
        let period = Self {
            since: parsed(given(since), Bound::Start, zone, now)
                .map_err(|found| invalid("start", found))?,
            until: parsed(given(until), Bound::End, zone, now)
                .map_err(|found| invalid("end", found))?,
        };
        if period.ends_before_it_begins() {
            return Err(Error::new(format!(
                "the period `{text}` ends before it begins; expected SINCE..UNTIL with the earlier time first, such as `{until}..{since}`"
            )));
        }
        Ok(period)
    }

    fn ends_before_it_begins(&self) -> bool {
        matches!((self.since, self.until), (Some(first), Some(end)) if end <= first)
    }

    /// Returns whether the period contains the start of a record.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// Returns an end of a period `SINCE..UNTIL`, of which each may be missing.
fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Parses an end of a period. An error has the text and the reason.
fn parsed<'a>(
    text: Option<&'a str>,
    bound: Bound,
    zone: &TimeZone,
    now: jiff::Timestamp,
) -> Result<Option<Timestamp>, (&'a str, String)> {
    let time = text.map(|text| parse_time(text, bound, zone, now).map_err(|why| (text, why)));
    time.transpose()
}

/// Returns the question behind an error about a word that is similar to one of the valid ones; nothing if it is not.
pub fn did_you_mean<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, valid) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => String::new(),
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
