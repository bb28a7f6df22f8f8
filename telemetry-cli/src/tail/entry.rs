//! Parses a line of any log, and tests it against a filter.

use std::str::FromStr;

use telemetry_schema::level::NAMES;
use telemetry_schema::record::{NoRecord, Record, Skipped, Timestamp};

use crate::home::LogKind;
use crate::selection::Period;
use crate::spans::filter::{Name, failed};

/// The importance of a line. The most important level is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(usize);

impl Level {
    const ERROR: Self = Self(0);
    const WARN: Self = Self(1);
    const INFO: Self = Self(2);

    /// Returns the name of the level.
    pub fn name(self) -> &'static str {
        NAMES[self.0]
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        found
            .map(Self)
            .ok_or_else(|| format!("expected one of: {}", NAMES.join(", ")))
    }
}

/// A filter for lines. A line must match all conditions.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only lines of this session. Lines of the TUI log have no session.
    pub session: Option<String>,
    /// Only lines that were written in this period.
    pub period: Period,
    /// Only lines of one of these families, or all lines if the list is empty.
    pub names: Vec<Name>,
    /// Only lines of at least this importance.
    pub level: Option<Level>,
    /// Only lines of one of these logs, or of all logs if the list is empty.
    pub logs: Vec<String>,
    /// Only records, no text lines.
    pub records: bool,
}

/// The content of a line.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "only one value exists at a time")]
pub enum What<'a> {
    /// A record.
    Record(Record<'a>),
    /// The text of a line of the TUI log, without its time and level.
    Text(&'a str),
}

/// A parsed line of a log.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The time at which the line was written: the end of a span or request, the start of other records.
    pub time: Timestamp,
    /// The importance.
    pub level: Level,
    /// The content.
    pub what: What<'a>,
}

impl<'a> Entry<'a> {
    /// Parses a line of a log. A text line without a time gets `last`, the time of the line before it.
    ///
    /// # Errors
    ///
    /// Returns the reason why the line is not a valid record.
    pub fn of(line: &'a [u8], kind: LogKind, last: Timestamp) -> Result<Self, NoRecord> {
        if kind == LogKind::Tui {
            return Self::text(line, last);
        }
        let record = Record::parse(line)?;
        let named = |level: Option<&str>| {
            level
                .and_then(|level| level.parse().ok())
                .unwrap_or(Level::INFO)
        };
        let end = |start: Timestamp, nanos: u64| {
            let micros = i64::try_from(nanos / 1000).unwrap_or(i64::MAX);
            Timestamp::from_micros(start.micros().saturating_add(micros))
        };
        let (time, level) = match &record {
            Record::Header(it) => (it.ts, Level::INFO),
            Record::Span(it) => {
                let level = named(it.level.as_deref());
                (
                    end(it.ts, it.dur_ns),
                    if failed(it) {
                        Level::ERROR.min(level)
                    } else {
                        level
                    },
                )
            }
            Record::SpanStart(it) => (it.ts, named(it.level.as_deref())),
            Record::Event(it) => (it.ts, named(it.level.as_deref())),
            Record::Lost(it) => (it.ts, Level::WARN),
            Record::Session(it) if it.is_ok() => (it.end(), Level::INFO),
            Record::Session(it) => (it.end(), Level::ERROR),
            Record::Rollup(it) => (it.last, Level::INFO),
            Record::Folded(it) => (it.ts, Level::INFO),
            _ => (last, Level::INFO),
        };
        Ok(Self {
            time,
            level,
            what: What::Record(record),
        })
    }

    /// Parses a line such as `2026-11-22T18:54:00.123456Z  INFO the text`.
    fn text(line: &'a [u8], last: Timestamp) -> Result<Self, NoRecord> {
        let line = str::from_utf8(line).map_err(|_| NoRecord::NotUtf8)?;
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let Ok(time) = first.parse() else {
            return Ok(Self {
                time: last,
                level: Level::INFO,
                what: What::Text(line),
            });
        };
        let rest = rest.trim_start();
        let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let (level, text) = match word.parse() {
            Ok(level) => (level, text),
            Err(_) => (Level::INFO, rest),
        };
        Ok(Self {
            time,
            level,
            what: What::Text(text),
        })
    }

    /// Returns whether the line matches the filter, except for the log, which the caller selects.
    pub fn is(&self, wanted: &Wanted) -> bool {
        wanted.period.contains(self.time)
            && wanted.level.is_none_or(|level| self.level <= level)
            && (wanted.names.is_empty()
                || self
                    .name()
                    .is_some_and(|name| wanted.names.iter().any(|family| family.has(name))))
            && wanted
                .session
                .as_deref()
                .is_none_or(|session| self.session() == Some(session))
            && !(wanted.records && matches!(self.what, What::Text(_)))
    }

    fn name(&self) -> Option<&str> {
        match &self.what {
            What::Record(Record::Span(it)) => Some(&it.name),
            What::Record(Record::SpanStart(it)) => Some(&it.name),
            What::Record(Record::Event(it)) => Some(&it.name),
            _ => None,
        }
    }

    fn session(&self) -> Option<&str> {
        match &self.what {
            What::Record(Record::Span(it)) => it.session_id.as_deref(),
            What::Record(Record::SpanStart(it)) => it.session_id.as_deref(),
            What::Record(Record::Event(it)) => it.session_id.as_deref(),
            What::Record(Record::Session(it)) => Some(&it.session_id),
            What::Record(Record::Header(it)) => it.session_id.as_deref(),
            _ => None,
        }
    }
}

/// Counts a line that is not a valid record.
pub fn skip(skipped: &mut Skipped, reason: NoRecord) {
    *match reason {
        NoRecord::NotUtf8 => &mut skipped.not_utf8,
        NoRecord::NotJson => &mut skipped.not_json,
        NoRecord::UnknownType => &mut skipped.unknown_type,
    } += 1;
}
