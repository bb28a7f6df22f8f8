//! The content of the logs: the debug log as a tree, the session log as a list.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// Returns the debug log.
///
/// # Panics
///
/// If a file cannot be read.
pub fn debug(log_dir: &Path) -> String {
    let mut lines = String::new();
    for entry in std::fs::read_dir(log_dir).unwrap() {
        let path = entry.unwrap().path();
        // The name of the debug log begins with its time, `2…`.
        if path.file_name().unwrap().to_string_lossy().starts_with('2') {
            lines += &std::fs::read_to_string(path).unwrap();
        }
    }
    lines
}

/// Returns the spans and events of the debug log, children below their parents, in the order of their ids.
///
/// # Panics
///
/// If a record cannot be read or is below none.
pub fn tree(log_dir: &Path) -> String {
    let mut children: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for line in debug(log_dir).lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record["type"] == "span" || record["type"] == "event" {
            let parent = record["parent"].as_u64().unwrap_or(0);
            children.entry(parent).or_default().push(record);
        }
    }
    let mut text = String::new();
    write_below(&mut text, &mut children, 0, 0);
    assert!(children.is_empty(), "without a parent: {children:?}");
    text
}

fn write_below(
    text: &mut String,
    children: &mut BTreeMap<u64, Vec<Value>>,
    parent: u64,
    depth: usize,
) {
    let mut below = children.remove(&parent).unwrap_or_default();
    below.sort_by_key(|record| record["id"].as_u64());
    for record in below {
        write!(
            text,
            "{:depth$}{}",
            "",
            record["name"].as_str().unwrap(),
            depth = depth * 2
        )
        .unwrap();
        for key in ["outcome", "level", "polls", "error", "ret"] {
            match &record[key] {
                Value::Null => {}
                Value::String(value) => write!(text, " {key}={value}").unwrap(),
                value => write!(text, " {key}={value}").unwrap(),
            }
        }
        if let Value::Object(fields) = &record["fields"] {
            let fields = serde_json::to_string(fields).unwrap();
            write!(text, " {fields}").unwrap();
        }
        text.push('\n');
        if let Some(id) = record["id"].as_u64() {
            write_below(text, children, id, depth + 1);
        }
    }
}

/// Returns the records of the session log.
///
/// # Panics
///
/// If a record cannot be read.
pub fn usage(logs: &Path) -> String {
    let path = logs.join("codex-litellm-session.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut records = String::new();
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let [model, outcome] = ["model", "outcome"].map(|key| record[key].as_str().unwrap_or("?"));
        let tokens = &record["prompt_tokens"];
        writeln!(records, "{model} {outcome} {tokens}").unwrap();
    }
    records
}
