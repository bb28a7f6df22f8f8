//! Selects spans.

use std::str::FromStr;
use std::time::Duration;

use telemetry_schema::name::Family;
use telemetry_schema::record::{Span, Timestamp};

use crate::selection::Period;

/// A filter for spans. A span must match all conditions.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only spans of this session.
    pub session: Option<String>,
    /// Only spans that started in this period.
    pub period: Period,
    /// Only spans of one of these families, or all spans if the list is empty.
    pub names: Vec<Name>,
    /// Only spans of at least this duration.
    pub slow: Option<Slow>,
    /// Only spans whose outcome is not `ok`.
    pub failed: bool,
}

/// A name or a family of names in the notation of the configuration: `model_selection.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Family);

impl Name {
    /// Returns whether a name belongs to the family.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl FromStr for Name {
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
pub struct Slow(pub u64);

impl FromStr for Slow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length: Option<jiff::SignedDuration> = text.parse().ok();
        length
            .and_then(|length| Duration::try_from(length).ok())
            .map(|length| Self(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)))
            .ok_or_else(|| "expected a duration such as 50ms, 1.5s, 800us, 2m".to_owned())
    }
}

impl Filter {
    /// Returns whether the session and the period match.
    pub fn has(&self, session: Option<&str>, time: Timestamp) -> bool {
        self.session
            .as_deref()
            .is_none_or(|wanted| session == Some(wanted))
            && self.period.contains(time)
    }

    /// Returns whether the name matches.
    pub fn names(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|family| family.has(name))
    }

    /// Returns whether the duration and the outcome match.
    pub fn ended(&self, nanos: u64, failed: bool) -> bool {
        self.slow.is_none_or(|slow| nanos >= slow.0) && (failed || !self.failed)
    }

    /// Returns whether a span matches all conditions.
    pub fn means(&self, span: &Span<'_>) -> bool {
        self.has(span.session_id.as_deref(), span.ts)
            && self.names(&span.name)
            && self.ended(span.dur_ns, failed(span))
    }

    /// Returns whether there is a condition other than session and period.
    pub fn is_selective(&self) -> bool {
        !self.names.is_empty() || self.slow.is_some() || self.failed
    }
}

/// Returns whether the outcome of a span is not `ok`.
pub fn failed(span: &Span<'_>) -> bool {
    span.outcome
        .as_deref()
        .is_some_and(|outcome| outcome != "ok")
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
            assert_eq!(text.parse(), Ok(Slow(nanos)), "{text}");
        }
        for text in ["", "fast", "-1s", "50", "5 parsecs"] {
            assert!(text.parse::<Slow>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_family_contains_the_names_below_it() {
        let filter = Filter {
            names: vec!["model_selection.*".parse().unwrap()],
            ..Filter::default()
        };
        assert!(filter.names("model_selection.open"));
        assert!(!filter.names("model.request"));
        assert!("Model.*".parse::<Name>().unwrap_err().contains("expected"));
    }
}
