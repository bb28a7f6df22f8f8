//! Assignment of spans to requests: the requests behind the position in the session log, and the spans that were sent.

use std::collections::{HashMap, HashSet};

use telemetry_schema::record::{Record, SessionRecord, write_line};

use super::checkpoint::State;
use super::feed::{Budget, Feed};
use super::requests::position;
use crate::error::Error;
use crate::export::otlp::ids::span_of_request;
use crate::export::otlp::links::SpanId;
use crate::history::TakenRequests;
use crate::home::LogKind;

/// The most requests behind the position in the session log whose spans are searched. Further requests become spans of
/// their own.
const MOST_AHEAD: usize = 100_000;

/// The spans that were sent.
#[derive(Debug, Default)]
pub(super) struct KnownSpans {
    /// Spans of the debug log.
    pub(super) recorded: HashSet<SpanId>,
    /// Spans that requests have.
    pub(super) requests: HashSet<SpanId>,
}

/// Requests behind the position in the session log.
#[derive(Debug, Default)]
pub(super) struct RequestsAhead {
    pub(super) lines: HashMap<SpanId, Box<[u8]>>,
    /// How far each file was read.
    read: HashMap<String, u64>,
}

impl RequestsAhead {
    /// Reads the lines that were appended.
    pub(super) fn update(
        &mut self,
        feed: &Feed,
        state: &State,
        taken: &TakenRequests,
    ) -> Result<(), Error> {
        for file in feed.of_kind(LogKind::Session) {
            let read = self.read.get(&file.key).copied().unwrap_or(0);
            let from = read.max(position(state, file));
            let lines = &mut self.lines;
            let mut budget = Budget::unlimited();
            let (read, _) = file.read(from, &mut budget, |line| {
                if let Ok(Record::Session(record)) = Record::parse(line.line)
                    && !record.is_amendment()
                    && !taken.is_repeated(&record)
                    && let Some(span) = span_of_request(&record)
                    && lines.len() < MOST_AHEAD
                {
                    lines.entry(span).or_insert_with(|| line.line.into());
                }
                Ok(true)
            })?;
            self.read.insert(file.key.clone(), read);
        }
        Ok(())
    }

    /// Calls `make` with the request of a span; `None` if there is none.
    pub(super) fn with<T>(
        &self,
        span: SpanId,
        make: impl FnOnce(&SessionRecord<'_>) -> T,
    ) -> Option<T> {
        match Record::parse(self.lines.get(&span)?) {
            Ok(Record::Session(record)) => Some(make(&record)),
            _ => None,
        }
    }

    /// Returns whether the request is the one whose line is kept for its span.
    pub(super) fn is_of(&self, span: SpanId, record: &SessionRecord<'_>) -> bool {
        let mut line = Vec::new();
        let is_written = write_line(&mut line, record).is_ok();
        let kept = self.with(span, |kept| {
            let mut other = Vec::new();
            write_line(&mut other, kept).is_ok() && other == line
        });
        is_written && kept == Some(true)
    }
}
