//! Parses a side of a comparison: a session, a period or a day.

use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::error::Error;
use crate::home::Homes;
use crate::selection::{Period, SessionChoice, SpanFilter, resolve};

/// The value of a side on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SideChoice {
    /// A session.
    Session(SessionChoice),
    /// A period `A..B`, unbounded where a time is missing. A single day is `A..A`.
    Period(Option<String>, Option<String>),
}

impl FromStr for SideChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match text.split_once("..") {
            Some((since, until)) => Ok(Self::Period(part(since), part(until))),
            None if is_day(text) => Ok(Self::Period(part(text), part(text))),
            None => text.parse().map(Self::Session),
        }
    }
}

/// Returns whether the text is a single day. A prefix of a session id has no dashes in these places.
fn is_day(text: &str) -> bool {
    matches!(text, "today" | "yesterday")
        || (text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-')
}

impl SideChoice {
    /// Resolves the choice to a filter for spans and requests.
    ///
    /// # Errors
    ///
    /// Fails if no session matches, or if a time of the period is invalid.
    pub fn filter(&self, homes: &Homes, zone: &TimeZone) -> Result<SpanFilter, Error> {
        let mut filter = SpanFilter::default();
        match self {
            Self::Session(session) => filter.session = Some(resolve(session, homes)?),
            Self::Period(since, until) => {
                let now = jiff::Timestamp::now();
                filter.period = Period::parse(since.as_deref(), until.as_deref(), zone, now)?;
            }
        }
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_days_and_periods_are_parsed() {
        let period = |since: Option<&str>, until: Option<&str>| {
            Ok(SideChoice::Period(
                since.map(str::to_owned),
                until.map(str::to_owned),
            ))
        };
        assert_eq!(
            "2026-11-20..2026-11-22".parse(),
            period(Some("2026-11-20"), Some("2026-11-22"))
        );
        assert_eq!("7d..".parse(), period(Some("7d"), None));
        assert_eq!(
            "yesterday".parse(),
            period(Some("yesterday"), Some("yesterday"))
        );
        assert_eq!(
            "2026-11-22".parse(),
            period(Some("2026-11-22"), Some("2026-11-22"))
        );
        assert_eq!(
            "latest".parse(),
            Ok(SideChoice::Session(SessionChoice::Latest))
        );
        assert_eq!(
            "019AB2".parse(),
            Ok(SideChoice::Session(SessionChoice::Prefix(
                "019ab2".to_owned()
            )))
        );
    }
}
