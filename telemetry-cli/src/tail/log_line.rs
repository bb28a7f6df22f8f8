//! Parses a line of any log, and tests it against a filter.

use std::str::FromStr;

use telemetry_schema::level::NAMES;
use telemetry_schema::record::{ParseRecordError, Record, Timestamp};

use crate::home::LogKind;
use crate::records::{end_of, has_failed, session_of, time_of};
use crate::selection::{NamePattern, Period, did_you_mean};

/// The importance of a line. The most important level is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineLevel(usize);

impl LineLevel {
    const ERROR: Self = Self(0);
    const WARN: Self = Self(1);
    const INFO: Self = Self(2);

    /// Returns the name of the level.
    pub fn name(self) -> &'static str {
        NAMES[self.0]
    }
}

impl FromStr for LineLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        found.map(Self).ok_or_else(|| {
            let meant = did_you_mean(&text.to_ascii_lowercase(), NAMES);
            format!("expected one of: {}{meant}", NAMES.join(", "))
        })
    }
}

/// A filter for lines. A line must match all conditions.
#[derive(Clone, Debug, Default)]
pub struct LineFilter {
    /// Only lines of this session. Lines of the TUI log have no session.
    pub session: Option<String>,
    /// Only lines that were written in this period.
    pub period: Period,
    /// Only lines of one of these families, or all lines if the list is empty.
    pub names: Vec<NamePattern>,
    /// Only lines of at least this importance.
    pub level: Option<LineLevel>,
    /// Only lines of one of these logs, or of all logs if the list is empty.
    pub logs: Vec<String>,
    /// Only records, no text lines.
    pub records: bool,
}

/// The content of a line.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "only one value exists at a time")]
pub enum LineContent<'a> {
    /// A record.
    Record(Record<'a>),
    /// The text of a line of the TUI log, without its time and level.
    Text(&'a str),
}

/// A parsed line of a log.
#[derive(Debug)]
pub struct LogLine<'a> {
    /// The time at which the line was written: the end of a span or request, the start of other records.
    pub time: Timestamp,
    /// The importance.
    pub level: LineLevel,
    /// The content.
    pub content: LineContent<'a>,
}

impl<'a> LogLine<'a> {
    /// Parses a line of a log. A text line without a time gets `last`, the time of the line before it.
    ///
    /// # Errors
    ///
    /// Returns the reason why the line is not a valid record.
    pub fn of(line: &'a [u8], kind: LogKind, last: Timestamp) -> Result<Self, ParseRecordError> {
        if kind == LogKind::Tui {
            return Self::text(line, last);
        }
        let record = Record::parse(line)?;
        let named = |level: Option<&str>| {
            level
                .and_then(|level| level.parse().ok())
                .unwrap_or(LineLevel::INFO)
        };
        let level = match &record {
            Record::Span(it) if has_failed(it.outcome.as_deref()) => {
                LineLevel::ERROR.min(named(it.level.as_deref()))
            }
            Record::Span(it) => named(it.level.as_deref()),
            Record::SpanStart(it) => named(it.level.as_deref()),
            Record::Event(it) => named(it.level.as_deref()),
            Record::Lost(_) => LineLevel::WARN,
            Record::Session(it) if !it.is_ok() => LineLevel::ERROR,
            _ => LineLevel::INFO,
        };
        let time = match &record {
            Record::Span(it) => end_of(it.ts, it.dur_ns),
            Record::Session(it) => it.end(),
            record => time_of(record).unwrap_or(last),
        };
        Ok(Self {
            time,
            level,
            content: LineContent::Record(record),
        })
    }

    /// Parses a line such as `2026-11-22T18:54:00.123456Z  INFO the text`.
    fn text(line: &'a [u8], last: Timestamp) -> Result<Self, ParseRecordError> {
        let line = str::from_utf8(line).map_err(|_| ParseRecordError::NotUtf8)?;
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let Ok(time) = first.parse() else {
            return Ok(Self {
                time: last,
                level: LineLevel::INFO,
                content: LineContent::Text(line),
            });
        };
        let rest = rest.trim_start();
        let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let (level, text) = match word.parse() {
            Ok(level) => (level, text),
            Err(_) => (LineLevel::INFO, rest),
        };
        Ok(Self {
            time,
            level,
            content: LineContent::Text(text),
        })
    }

    /// Returns whether the line matches the filter, except for the log, which the caller selects.
    pub fn matches(&self, wanted: &LineFilter) -> bool {
        wanted.period.contains(self.time)
            && wanted.level.is_none_or(|level| self.level <= level)
            && (wanted.names.is_empty()
                || self
                    .name()
                    .is_some_and(|name| wanted.names.iter().any(|family| family.contains(name))))
            && wanted
                .session
                .as_deref()
                .is_none_or(|session| self.session() == Some(session))
            && !(wanted.records && matches!(self.content, LineContent::Text(_)))
    }

    fn name(&self) -> Option<&str> {
        match &self.content {
            LineContent::Record(Record::Span(it)) => Some(&it.name),
            LineContent::Record(Record::SpanStart(it)) => Some(&it.name),
            LineContent::Record(Record::Event(it)) => Some(&it.name),
            _ => None,
        }
    }

    fn session(&self) -> Option<&str> {
        match &self.content {
            LineContent::Record(record) => session_of(record),
            LineContent::Text(_) => None,
        }
    }
}
