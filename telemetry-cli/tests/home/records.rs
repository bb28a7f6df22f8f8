//! What the demo wrote, line by line.

use std::fs;

use serde_json::Value;

use super::{DEBUG, Home};

/// The records of a log.
pub(crate) fn log(home: &Home, name: &str) -> Vec<Value> {
    let log = fs::read_to_string(home.log(name)).unwrap();
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Those of spans that have ended.
pub(crate) fn spans(home: &Home) -> Vec<Value> {
    let mut spans = log(home, DEBUG);
    spans.retain(|line| line["type"] == "span");
    spans
}

/// Those of the session log.
pub(crate) fn requests(home: &Home) -> Vec<Value> {
    log(home, "codex-litellm-session.jsonl")
}
