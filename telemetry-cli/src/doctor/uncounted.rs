//! Answered requests whose record has no count of tokens, so that sums are too low.

use std::collections::VecDeque;

use telemetry_schema::record::{Record, SessionRecord, answered_request_key};

use super::Finding;
use crate::terminal::counted;

/// The number of the latest requests without counts that are stored. A later record with the counts follows soon.
const MAX_STORED: usize = 256;

/// A statement of a session record about missing counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingCounts {
    /// The request with this key was answered without any count, in a stream or not.
    Absent { key: u64, is_stream: bool },
    /// An amendment brings the counts of the request with this key.
    Amended(u64),
}

impl MissingCounts {
    pub(super) fn of(record: &Record<'_>) -> Option<Self> {
        let Record::Session(record) = record else {
            return None;
        };
        let key = |record: &SessionRecord<'_>| {
            let id = record.request_id.as_deref().unwrap_or_default();
            answered_request_key(&record.session_id, id)
        };
        if record.is_uncounted() {
            Some(Self::Absent {
                key: key(record),
                is_stream: record.stream == Some(true),
            })
        } else if record.is_amendment() && (record.has_tokens() || record.first_cost == Some(true))
        {
            Some(Self::Amended(key(record)))
        } else {
            None
        }
    }
}

/// The number of answered requests without counts.
#[derive(Debug, Default)]
pub(super) struct Uncounted {
    /// The number of answers that were streamed.
    streams: u64,
    /// The number of other answers.
    others: u64,
    /// The latest requests, each with whether its answer was streamed.
    latest: VecDeque<(u64, bool)>,
}

impl Uncounted {
    /// Adds the statement of a record. Records are added in the order of the log.
    pub(super) fn add(&mut self, found: MissingCounts) {
        match found {
            MissingCounts::Absent { key, is_stream } => {
                if self.latest.len() == MAX_STORED {
                    self.latest.pop_front();
                }
                self.latest.push_back((key, is_stream));
                *self.number(is_stream) += 1;
            }
            MissingCounts::Amended(key) => {
                let at = self.latest.iter().position(|(known, _)| *known == key);
                if let Some((_, is_stream)) = at.and_then(|at| self.latest.remove(at)) {
                    *self.number(is_stream) -= 1;
                }
            }
        }
    }

    fn number(&mut self, is_stream: bool) -> &mut u64 {
        if is_stream {
            &mut self.streams
        } else {
            &mut self.others
        }
    }

    /// Returns the finding about these requests of a log, if there are any. What helps depends on whether the answers were streams.
    pub(super) fn finding(&self, log: &str) -> Option<Finding> {
        const STREAMS: &str = "let the host ask for the usage of each stream: `\"stream_options\": {\"include_usage\": true}` in the body \
                               of the request";
        const OTHERS: &str = "compare the object `usage` of such an answer with what the host gives to `record_usage`: counts are missing, \
                              or they were refused because they are negative, fractions or texts";
        let count = counted(
            self.streams + self.others,
            "answered request",
            "answered requests",
        );
        let (streamed, suggestion) = match (self.streams, self.others) {
            (0, 0) => return None,
            (_, 0) => (
                "",
                format!("{STREAMS}; report counts that the answer has elsewhere by `record_usage`"),
            ),
            (0, _) => (", and not streamed", OTHERS.to_owned()),
            (_, _) => (
                ", some of them streamed",
                format!("{STREAMS}; of the other answers, {OTHERS}"),
            ),
        };
        Some(Finding::new(
            "answers_without_counts",
            format!(
                "log {log}: {count} without counts of tokens and without a cost{streamed}, so that the sums are too low"
            ),
            suggestion,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_record_with_the_counts_removes_the_request() {
        let mut uncounted = Uncounted::default();
        for key in 0..1000 {
            let is_stream = key % 2 == 1;
            uncounted.add(MissingCounts::Absent { key, is_stream });
        }
        uncounted.add(MissingCounts::Amended(999));
        uncounted.add(MissingCounts::Amended(999));
        assert_eq!((uncounted.streams, uncounted.others), (499, 500));
        assert!(uncounted.latest.len() <= MAX_STORED);
    }
}
