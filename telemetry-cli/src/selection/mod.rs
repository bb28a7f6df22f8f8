//! Which records are meant: a session, a span of time, and the time zone of days.

mod moment;
mod session;

use jiff::tz::TimeZone;
use telemetry_schema::record::Timestamp;

use crate::error::Error;

pub use moment::{Bound, moment};
pub use session::{SessionChoice, latest, resolve};

/// From `since` on and before `until`; what is `None` has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first moment of it.
    pub since: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

impl Period {
    /// All of time.
    pub const ALWAYS: Self = Self {
        since: None,
        until: None,
    };

    /// What `--since` and `--until` say, in a time zone, seen from now.
    ///
    /// # Errors
    ///
    /// Where one of them is no moment, or the second is before the first.
    pub fn parse(
        since: Option<&str>,
        until: Option<&str>,
        zone: &TimeZone,
        now: jiff::Timestamp,
    ) -> Result<Self, Error> {
        let read = |text: Option<&str>, flag, bound| {
            text.map(|text| {
                moment(text, bound, zone, now)
                    .map_err(|why| Error::new(format!("{flag} {text}: {why}")))
            })
            .transpose()
        };
        let period = Self {
            since: read(since, "--since", Bound::Start)?,
            until: read(until, "--until", Bound::End)?,
        };
        match (period.since, period.until) {
            (Some(first), Some(end)) if end <= first => Err(Error::new(format!(
                "--until {} ends before --since {} begins; swap them",
                until.unwrap_or_default(),
                since.unwrap_or_default()
            ))),
            _ => Ok(period),
        }
    }

    /// Whether a record that starts then belongs to it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// What `--timezone` says; the system's where it says nothing.
///
/// # Errors
///
/// Where no time zone has that name.
pub fn time_zone(name: Option<&str>) -> Result<TimeZone, Error> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) if name.eq_ignore_ascii_case("local") => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            Error::new(format!(
                "--timezone {name}: no time zone has that name; allowed: an IANA name such as Europe/Berlin, UTC, local"
            ))
        }),
    }
}

/// The moment at which it is asked.
pub fn now() -> Timestamp {
    Timestamp::from(std::time::SystemTime::now())
}
