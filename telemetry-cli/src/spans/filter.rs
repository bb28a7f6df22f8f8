//! Which spans are meant.

use std::str::FromStr;
use std::time::Duration;

use telemetry_schema::name::Family;
use telemetry_schema::record::{Span, Timestamp};

use crate::selection::Period;

/// All that is said must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this session.
    pub session: Option<String>,
    /// Started in it.
    pub period: Period,
    /// Of one of these families; none: of any.
    pub names: Vec<Name>,
    /// As long or longer.
    pub slow: Option<Slow>,
    /// Not ended with `ok`.
    pub failed: bool,
}

/// A family of names, as the configuration writes it: `model_selection.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Family);

impl Name {
    /// Whether a name belongs to it.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        Family::parse(pattern).map(Self).map_err(|error| {
            format!(
                "{error}; allowed: a name such as model.request, a family such as `model.*`, or `*`"
            )
        })
    }
}

/// A length of time such as `50ms`, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow(pub u64);

impl FromStr for Slow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length: Option<jiff::SignedDuration> = text.parse().ok();
        length
            .and_then(|length| Duration::try_from(length).ok())
            .map(|length| Self(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)))
            .ok_or_else(|| "allowed: a length such as 50ms, 1.5s, 800us, 2m".to_owned())
    }
}

impl Filter {
    /// Whether a record of this session and time belongs to what is looked at.
    pub fn has(&self, session: Option<&str>, time: Timestamp) -> bool {
        self.session
            .as_deref()
            .is_none_or(|wanted| session == Some(wanted))
            && self.period.contains(time)
    }

    /// Whether a name is meant.
    pub fn names(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|family| family.has(name))
    }

    /// Whether a length and an outcome are meant.
    pub fn ended(&self, nanos: u64, failed: bool) -> bool {
        self.slow.is_none_or(|slow| nanos >= slow.0) && (failed || !self.failed)
    }

    /// Whether a span is meant.
    pub fn means(&self, span: &Span<'_>) -> bool {
        self.has(span.session_id.as_deref(), span.ts)
            && self.names(&span.name)
            && self.ended(span.dur_ns, failed(span))
    }

    /// Whether it leaves out some of the spans that it has.
    pub fn is_selective(&self) -> bool {
        !self.names.is_empty() || self.slow.is_some() || self.failed
    }
}

/// Whether a span did not end with `ok`.
pub fn failed(span: &Span<'_>) -> bool {
    span.outcome
        .as_deref()
        .is_some_and(|outcome| outcome != "ok")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_as_people_write_them() {
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
    fn a_family_has_what_is_below_it() {
        let filter = Filter {
            names: vec!["model_selection.*".parse().unwrap()],
            ..Filter::default()
        };
        assert!(filter.names("model_selection.open"));
        assert!(!filter.names("model.request"));
        assert!("Model.*".parse::<Name>().unwrap_err().contains("allowed"));
    }
}
