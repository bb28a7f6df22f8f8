//! A line of the debug log.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The keys of a line of the debug log that the demo shows.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SpanLine {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) pid: Option<u32>,
    /// The start, as text that sorts by time.
    #[serde(default)]
    pub(crate) ts: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) id: Option<u64>,
    pub(crate) parent: Option<u64>,
    pub(crate) dur_ns: Option<u64>,
    pub(crate) outcome: Option<String>,
    #[serde(default)]
    pub(crate) fields: Map<String, Value>,
}

impl SpanLine {
    /// Parses a line. Returns `None` for anything but a span, an event or a header.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line: Self = serde_json::from_str(line).ok()?;
        matches!(&*line.kind, "span" | "event" | "header").then_some(line)
    }

    /// Returns whether the line is the header of a log of this process.
    pub(crate) fn is_own_header(&self) -> bool {
        self.kind == "header" && self.pid == Some(std::process::id())
    }

    /// Returns the outcome, unless it is a success.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.outcome.as_deref().filter(|outcome| *outcome != "ok")
    }
}

/// Returns a duration as milliseconds with three decimals.
pub(crate) fn describe_duration(nanos: u64) -> String {
    format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1_000 % 1_000)
}
