//! Parses a side of a comparison: a session, a period or a day.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use telemetry_schema::SHORTEST_PREFIX;

use crate::error::Error;
use crate::home::Homes;
use crate::selection::{Period, SessionChoice, SpanFilter, resolve_side};

/// The value of a side on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SideChoice {
    /// A session.
    Session(SessionChoice),
    /// A period `SINCE..UNTIL`, unbounded where a time is missing, or a day.
    Period(String),
}

impl FromStr for SideChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("..") || is_day(text) {
            return Ok(Self::Period(text.to_owned()));
        }
        text.parse().map(Self::Session).map_err(|_| {
            let meant = if is_age(text) {
                format!("; did you mean `{text}..`?")
            } else {
                String::new()
            };
            format!(
                "expected a session (its id, at least {SHORTEST_PREFIX} characters of its beginning, or `latest`), a day \
                 (2026-11-22, today, yesterday), or a period SINCE..UNTIL{meant}"
            )
        })
    }
}

/// Returns whether the text is a single day, or meant for one. A prefix of a session id has no dashes in these places, and no dots.
fn is_day(text: &str) -> bool {
    ["today", "yesterday"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
        || (text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-')
        || text
            .split(['.', '/'])
            .filter(|part| is_number(part))
            .count()
            == 3
}

/// Returns whether the text is an age such as `7d`, which is the start of a period.
fn is_age(text: &str) -> bool {
    text.strip_suffix(['m', 'h', 'd', 'w'])
        .is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for SideChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(session) => session.fmt(f),
            Self::Period(text) => f.write_str(text),
        }
    }
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
            Self::Session(session) => filter.session = Some(resolve_side(session, homes)?),
            Self::Period(text) => {
                filter.period = Period::of_side(text, zone, jiff::Timestamp::now())?;
            }
        }
        Ok(filter)
    }

    /// Returns the name of the side whose filter this is: the whole id of a session, or the period as it was given.
    pub fn title(&self, filter: &SpanFilter) -> String {
        match (self, &filter.session) {
            (Self::Session(choice), id) => id.clone().unwrap_or_else(|| choice.to_string()),
            (Self::Period(text), _) => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_days_and_periods_are_parsed() {
        for text in ["2026-11-20..2026-11-22", "7d..", "yesterday", "2026-11-22"] {
            assert_eq!(text.parse(), Ok(SideChoice::Period(text.to_owned())));
        }
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
