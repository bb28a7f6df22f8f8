//! The records that the demo wrote.

use std::fs;

use serde_json::Value;

use super::{DEBUG, Home};

/// Returns the records of a log.
pub(crate) fn log(home: &Home, name: &str) -> Vec<Value> {
    let log = fs::read_to_string(home.log(name)).unwrap();
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns the records of ended spans.
pub(crate) fn spans(home: &Home) -> Vec<Value> {
    let mut spans = log(home, DEBUG);
    spans.retain(|line| line["type"] == "span");
    spans
}

/// Returns the records of the session log.
pub(crate) fn requests(home: &Home) -> Vec<Value> {
    log(home, "codex-litellm-session.jsonl")
}
