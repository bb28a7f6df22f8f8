//! Selects spans.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use telemetry_schema::name::Family;
use telemetry_schema::record::{Span, Timestamp};

use super::Period;
use crate::records::has_failed;

/// A filter for spans. A span must match all conditions.
#[derive(Clone, Debug, Default)]
pub struct SpanFilter {
    /// Only spans of this session.
    pub session: Option<String>,
    /// Only spans that started in this period.
    pub period: Period,
    /// Only spans of one of these families, or all spans if the list is empty.
    pub names: Vec<NamePattern>,
    /// Only spans of at least this duration.
    pub slow: Option<MinDuration>,
    /// Only spans whose outcome is not `ok`.
    pub failed: bool,
}

/// A name or a family of names in the notation of the configuration: `model_selection.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(Family);

impl NamePattern {
    /// Returns whether a name belongs to the family.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        Family::parse(pattern).map(Self).map_err(|error| {
            format!(
                "{error}; expected a name such as model.request, a family such as `model.*`, or `*`"
            )
        })
    }
}

/// A duration in nanoseconds, parsed from text such as `50ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinDuration(pub u64);

impl FromStr for MinDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length: Option<jiff::SignedDuration> = text.parse().ok();
        length
            .and_then(|length| Duration::try_from(length).ok())
            .map(|length| Self(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)))
            .ok_or_else(|| "expected a duration such as 50ms, 1.5s, 800us, 2m (minutes)".to_owned())
    }
}

impl SpanFilter {
    /// Returns whether the session and the period match.
    pub fn matches_record(&self, session: Option<&str>, time: Timestamp) -> bool {
        self.session
            .as_deref()
            .is_none_or(|wanted| session == Some(wanted))
            && self.period.contains(time)
    }

    /// Returns whether the name matches.
    pub fn matches_name(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|family| family.contains(name))
    }

    /// Returns whether the duration and the outcome match.
    pub fn matches_end(&self, nanos: u64, failed: bool) -> bool {
        self.slow.is_none_or(|slow| nanos >= slow.0) && (failed || !self.failed)
    }

    /// Returns whether a span matches all conditions.
    pub fn matches(&self, span: &Span<'_>) -> bool {
        self.matches_record(span.session_id.as_deref(), span.ts)
            && self.matches_name(&span.name)
            && self.matches_end(span.dur_ns, has_failed(span.outcome.as_deref()))
    }

    /// Returns whether there is a condition other than session and period.
    pub fn is_selective(&self) -> bool {
        !self.names.is_empty() || self.slow.is_some() || self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed() {
        for (text, nanos) in [
            ("50ms", 50_000_000),
            ("1.5s", 1_500_000_000),
            ("800us", 800_000),
            ("2m", 120_000_000_000),
            ("7ns", 7),
        ] {
            assert_eq!(text.parse(), Ok(MinDuration(nanos)), "{text}");
        }
        for text in ["", "fast", "-1s", "50", "5 parsecs"] {
            assert!(text.parse::<MinDuration>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_family_contains_the_names_below_it() {
        let filter = SpanFilter {
            names: vec!["model_selection.*".parse().unwrap()],
            ..SpanFilter::default()
        };
        assert!(filter.matches_name("model_selection.open"));
        assert!(!filter.matches_name("model.request"));
        assert!(
            "Model.*"
                .parse::<NamePattern>()
                .unwrap_err()
                .contains("expected")
        );
    }
}
