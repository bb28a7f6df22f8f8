//! Selects the records that a command reads: a session, a period, and the time zone of days.

mod moment;
mod session;

use jiff::tz::TimeZone;
use telemetry_schema::record::Timestamp;

use crate::error::Error;

pub use moment::{Bound, moment};
pub use session::{SessionChoice, latest, resolve};
/// A half-open period: from `since` on and before `until`. `None` is unbounded.
/// From `since` on and before `until`; what is `None` has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    /// The first instant of the period.
    /// The first moment of it.
    /// The first instant after the period.
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

    /// The unbounded period.
    /// All of time.
    pub const ALWAYS: Self = Self {
        since: None,
        until: None,
    };
    /// Parses the values of `--since` and `--until` in a time zone, relative to `now`.
    ///
    /// # Errors
    ///
    /// Fails if a value is not a valid time, or `until` is not after `since`.
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
                "--until {} ends before --since {} begins; swap them",
                "--until {} is not after --since {}; swap the two values",
                since.unwrap_or_default()
            ))),
            _ => Ok(period),
        }
    }

    /// Whether a record that starts then belongs to it.
    /// Returns whether the period contains the start of a record.
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// What `--timezone` says; the system's where it says nothing.
/// Returns the time zone of the option `--timezone`, or the system's time zone without the option.
///
/// # Errors
///
/// Fails if the name is not in the time zone database.
    match name {
        None => Ok(TimeZone::system()),
        Some(name) if name.eq_ignore_ascii_case("local") => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            Error::new(format!(
                "--timezone {name}: no time zone has that name; allowed: an IANA name such as Europe/Berlin, UTC, local"
                "invalid --timezone `{name}`: expected an IANA name such as Europe/Berlin, UTC or local"
        }),
    }
}

/// The moment at which it is asked.
/// Returns the current time.
    Timestamp::from(std::time::SystemTime::now())
}
