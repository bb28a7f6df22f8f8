//! The spans, events and requests of a session, by time.

use std::fmt::Write as _;

use telemetry_schema::record::{SessionRecord, Timestamp};
use telemetry_schema::sort::sort_by_key;

use super::whole_session;
use crate::error::Error;
use crate::export::{ExportSource, requests};
use crate::home::Homes;
use crate::selection::Period;
use crate::skipped_lines::SkippedLines;
use crate::spans::node::{Node, NodeKind};
use crate::spans::{TreeScope, launches, trees};
use crate::terminal::{counted, dollars, milliseconds, nanoseconds};

/// A span, an event or a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The start.
    pub start: Timestamp,
    /// The end; `None` for an event, and for a span without an end.
    pub end: Option<Timestamp>,
    /// The line that describes the moment. Control characters of the logs are not escaped.
    pub text: String,
    /// Whether the span or the request failed.
    pub has_failed: bool,
}

/// All moments of a session.
#[derive(Debug, Default)]
pub struct Moments {
    /// The moments, ordered by start, then the longest first.
    all: Vec<Moment>,
    /// The indexes of the moments, ordered by end.
    by_end: Vec<usize>,
    /// The ends of the failed moments, in order and without duplicates.
    failures: Vec<Timestamp>,
}

/// The moments to show beside the screen of a time.
#[derive(Debug)]
pub struct Beside<'a> {
    /// The moments that had begun and not yet ended, the outermost first.
    pub open: Vec<&'a Moment>,
    /// The moments that had ended, the latest first; at most `MAX_PAST`.
    pub past: Vec<&'a Moment>,
}

/// The number of ended moments that [`Moments::at`] returns.
const MAX_PAST: usize = 100;

impl Moments {
    /// Reads the moments of a session, or of all sessions if `session` is empty.
    ///
    /// # Errors
    ///
    /// Fails if an existing file cannot be read.
    pub fn read(homes: &Homes, session: &str, skips: &mut SkippedLines) -> Result<Self, Error> {
        let filter = whole_session(session);
        let launches = launches(homes, &Period::ALWAYS)?;
        let trees = trees(&launches, &filter, TreeScope::All, skips)?;
        trees.report_dropped("");
        let nodes = trees.launches.iter().flat_map(|(_, forest)| &forest.nodes);
        let mut all: Vec<Moment> = nodes.filter_map(of_node).collect();
        let source = ExportSource { homes, filter };
        requests(&source, skips, |request| {
            all.push(of_request(request));
            Ok(())
        })?;
        Ok(Self::of(all))
    }

    /// Sorts moments by start and by end, and collects the failures.
    pub fn of(mut all: Vec<Moment>) -> Self {
        // Of two spans that begin together, the outer one is longer.
        sort_by_key(&mut all, |moment| {
            (moment.start, std::cmp::Reverse(moment.end))
        });
        let end = |moment: &Moment| moment.end.unwrap_or(moment.start);
        let mut by_end: Vec<usize> = (0..all.len()).collect();
        sort_by_key(&mut by_end, |index| end(&all[*index]));
        let failed = all.iter().filter(|moment| moment.has_failed);
        let mut failures: Vec<Timestamp> = failed.map(end).collect();
        failures.sort_unstable();
        failures.dedup();
        Self {
            all,
            by_end,
            failures,
        }
    }

    /// Returns the moments that were open at a time, and those that had ended before.
    pub fn at(&self, time: Timestamp) -> Beside<'_> {
        let end = |index: usize| self.all[index].end.unwrap_or(self.all[index].start);
        let begun = self.all.partition_point(|moment| moment.start <= time);
        let is_open = |moment: &&Moment| moment.end.is_some_and(|end| end > time);
        let ended = self.by_end.partition_point(|index| end(*index) <= time);
        let past = self.by_end[..ended].iter().rev().take(MAX_PAST);
        Beside {
            open: self.all[..begun].iter().filter(is_open).collect(),
            past: past.map(|index| &self.all[*index]).collect(),
        }
    }

    /// Returns the end of the last one.
    pub fn end(&self) -> Option<Timestamp> {
        let last = &self.all[*self.by_end.last()?];
        Some(last.end.unwrap_or(last.start))
    }

    /// Returns the times of failures, in order.
    pub fn failures(&self) -> &[Timestamp] {
        &self.failures
    }
}

fn of_node(node: &Node) -> Option<Moment> {
    let is_error = node.level.as_deref() == Some("error");
    let (end, text) = match node.kind {
        NodeKind::Missing => return None,
        NodeKind::Event => (None, format!("· {}", node.name)),
        NodeKind::Open => (None, format!("{} …", node.name)),
        NodeKind::Span => {
            let duration = nanoseconds(node.dur_ns.unwrap_or(0));
            let mut text = format!("{} {duration}", node.name);
            if let Some(outcome) = node.outcome.as_deref().filter(|it| *it != "ok") {
                text.push(' ');
                text.push_str(outcome);
            }
            if let Some(error) = &node.error {
                text.push_str(": ");
                text.push_str(error);
            }
            (Some(node.end()), text)
        }
    };
    Some(Moment {
        start: node.ts,
        end,
        text,
        has_failed: node.has_failed() || (node.kind == NodeKind::Event && is_error),
    })
}

fn of_request(request: &SessionRecord<'_>) -> Moment {
    let mut text = format!("⇄ {}", request.model.as_deref().unwrap_or("unknown"));
    // Writing to a string cannot fail.
    if request.total() > 0 {
        let _ = write!(text, " {}", counted(request.total(), "token", "tokens"));
    }
    if let Some(cost) = request.cost_usd {
        let _ = write!(text, " {}", dollars(cost));
    }
    if let Some(latency) = request.latency_ms {
        let _ = write!(text, " {}", milliseconds(latency));
    }
    if let Some(attempt) = request.attempt.filter(|attempt| *attempt > 1) {
        let _ = write!(text, " attempt {attempt}");
    }
    if !request.is_ok() {
        let class = request.error_class.as_deref().unwrap_or("failed");
        let _ = write!(text, " {class}");
    }
    Moment {
        start: request.ts,
        end: Some(request.end()),
        text,
        has_failed: !request.is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(start: i64, end: Option<i64>, text: &str, has_failed: bool) -> Moment {
        Moment {
            start: Timestamp::from_micros(start),
            end: end.map(Timestamp::from_micros),
            text: text.to_owned(),
            has_failed,
        }
    }

    #[test]
    fn moments_are_open_from_their_start_to_their_end() {
        let moments = Moments::of(vec![
            moment(10, Some(20), "inner", true),
            moment(10, Some(90), "outer", false),
            moment(15, None, "event", true),
            moment(200, Some(300), "later", false),
        ]);
        let at = |micros| {
            let beside = moments.at(Timestamp::from_micros(micros));
            let texts = |found: Vec<&Moment>| -> Vec<String> {
                found
                    .into_iter()
                    .map(|moment| moment.text.clone())
                    .collect()
            };
            (texts(beside.open), texts(beside.past))
        };
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(at(9), (texts(&[]), texts(&[])));
        assert_eq!(at(15), (texts(&["outer", "inner"]), texts(&["event"])));
        assert_eq!(at(20), (texts(&["outer"]), texts(&["inner", "event"])));
        assert_eq!(at(250).0, texts(&["later"]));
        let failures: Vec<i64> = moments
            .failures()
            .iter()
            .map(|time| time.micros())
            .collect();
        assert_eq!(failures, [15, 20]);
        assert_eq!(moments.end(), Some(Timestamp::from_micros(300)));
        assert_eq!(Moments::default().end(), None);
    }
}
