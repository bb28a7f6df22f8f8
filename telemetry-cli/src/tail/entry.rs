//! A line of any log: when it was written, and whether it is meant.

use std::str::FromStr;

use telemetry_schema::level::NAMES;
use telemetry_schema::record::{NoRecord, Record, Skipped, Timestamp};

use crate::home::LogKind;
use crate::selection::Period;
use crate::spans::filter::{Name, failed};

/// How much it matters; the first matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(usize);

impl Level {
    const ERROR: Self = Self(0);
    const WARN: Self = Self(1);
    const INFO: Self = Self(2);

    /// Its name.
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
            .ok_or_else(|| format!("allowed: {}", NAMES.join(", ")))
    }
}

/// What is meant: all of it must hold.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this session. Lines of the TUI's log belong to none.
    pub session: Option<String>,
    /// Written in it.
    pub period: Period,
    /// Of one of these families; none: of any.
    pub names: Vec<Name>,
    /// As important, or more.
    pub level: Option<Level>,
    /// Of one of these logs; none: of any.
    pub logs: Vec<String>,
    /// Records only: no text lines.
    pub records: bool,
}

/// What a line says.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // there is one at a time
pub enum What<'a> {
    /// A record.
    Record(Record<'a>),
    /// A line of the TUI's log, behind its time and level.
    Text(&'a str),
}

/// A line.
#[derive(Debug)]
pub struct Entry<'a> {
    /// When it was written: the end of what has one.
    pub time: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub what: What<'a>,
}

impl<'a> Entry<'a> {
    /// Reads a line of a log. A text line without a time has that of the line before it, `last`.
    ///
    /// # Errors
    ///
    /// Why it is no record.
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

    /// `2026-11-22T18:54:00.123456Z  INFO what it says`.
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

    /// Whether it is meant. Which log it is of has been asked already.
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

/// Counts a line that is no record.
pub fn skip(skipped: &mut Skipped, reason: NoRecord) {
    *match reason {
        NoRecord::NotUtf8 => &mut skipped.not_utf8,
        NoRecord::NotJson => &mut skipped.not_json,
        NoRecord::UnknownType => &mut skipped.unknown_type,
    } += 1;
}
