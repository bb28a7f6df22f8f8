//! Assignment of recorded spans to requests.

use std::collections::{HashMap, HashSet};

use telemetry_schema::record::{Record, SessionRecord, write_line};

use super::ids::span_of_request;
use super::inference::RecordedSpan;
use super::links::SpanId;

/// The most requests, about 50 MB. Further requests become spans below those that their records name.
const MOST: usize = 100_000;

/// The requests by the spans that their records name.
#[derive(Debug, Default)]
pub(super) struct RequestIndex {
    /// The line of the first request of a span.
    lines: HashMap<SpanId, Box<[u8]>>,
    /// Whether there were more requests than may be kept.
    is_full: bool,
    /// The spans that the debug log has.
    joined: HashSet<SpanId>,
}

impl RequestIndex {
    /// Adds a request.
    pub(super) fn add(&mut self, record: &SessionRecord<'_>) {
        let Some(span) = span_of_request(record).filter(|_| !record.is_amendment()) else {
            return;
        };
        if self.lines.len() >= MOST {
            self.is_full = true;
            return;
        }
        if let Some(line) = line_of(record) {
            self.lines.entry(span).or_insert(line);
        }
    }

    /// Calls `make` with the request of a span; `None` if the span is not that of a request.
    pub(super) fn with_request<T>(
        &self,
        span: SpanId,
        make: impl FnOnce(&SessionRecord<'_>) -> T,
    ) -> Option<T> {
        let line = self.lines.get(&span)?;
        match Record::parse(line.trim_ascii_end()) {
            Ok(Record::Session(record)) => Some(make(&record)),
            _ => None,
        }
    }

    /// Notes spans that were exported as those of their requests.
    pub(super) fn joined(&mut self, spans: Vec<SpanId>) {
        self.joined.extend(spans);
    }

    /// Returns whether the span of a request was recorded; `None` if it was exported with the request.
    pub(super) fn recorded_span(
        &self,
        record: &SessionRecord<'_>,
    ) -> Option<RecordedSpan<'static>> {
        let Some(span) = span_of_request(record).filter(|_| !record.is_amendment()) else {
            return Some(RecordedSpan::Missing);
        };
        match self.lines.get(&span) {
            Some(line) if line_of(record).as_ref() == Some(line) => {
                (!self.joined.contains(&span)).then_some(RecordedSpan::Missing)
            }
            // Another request has the span.
            Some(_) => Some(RecordedSpan::Exported),
            None if self.is_full => Some(RecordedSpan::Exported),
            None => Some(RecordedSpan::Missing),
        }
    }
}

fn line_of(record: &SessionRecord<'_>) -> Option<Box<[u8]>> {
    let mut line = Vec::new();
    write_line(&mut line, record).ok()?;
    Some(line.into())
}
