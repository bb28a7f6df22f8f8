//! The span tree of the last turn, read from the debug log of this process.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The name of the span of a turn; see `agent.rs`.
const TURN: &str = "history.turn";

/// The keys of a line of the debug log that the tree needs.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    pid: Option<u32>,
    #[serde(default)]
    ts: String,
    #[serde(default)]
    name: String,
    id: Option<u64>,
    parent: Option<u64>,
    dur_ns: Option<u64>,
    outcome: Option<String>,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Returns the tree as text, which is empty if the log contains no turn.
pub(crate) fn last_turn(files: &[PathBuf]) -> io::Result<String> {
    let mut lines = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "jsonl"))
    {
        lines.extend(own_lines(file)?);
    }
    Ok(draw(&lines))
}

/// Returns the spans and events of a debug log if this process wrote it, and none of other files.
fn own_lines(file: &PathBuf) -> io::Result<Vec<Line>> {
    let mut lines = BufReader::new(File::open(file)?).lines();
    let parse =
        |line: io::Result<String>| line.map(|line| serde_json::from_str::<Line>(&line).ok());
    match lines.next().map(parse).transpose()?.flatten() {
        Some(header) if header.kind == "header" && header.pid == Some(std::process::id()) => {}
        _ => return Ok(Vec::new()),
    }
    let mut own = Vec::new();
    for line in lines {
        own.extend(parse(line)?.filter(|line| matches!(&*line.kind, "span" | "event")));
    }
    Ok(own)
}

fn draw(lines: &[Line]) -> String {
    let turns = lines
        .iter()
        .filter(|line| line.name == TURN && line.kind == "span");
    let Some(turn) = turns.max_by_key(|turn| turn.id) else {
        return String::new();
    };
    let mut children: HashMap<u64, Vec<&Line>> = HashMap::new();
    for line in lines {
        if let Some(parent) = line.parent {
            children.entry(parent).or_default().push(line);
        }
    }
    for siblings in children.values_mut() {
        siblings.sort_by(|a, b| (&a.ts, a.id).cmp(&(&b.ts, b.id)));
    }
    let mut out = format!("  {}", describe(turn));
    draw_children(turn, &children, "  ", &mut out);
    out
}

fn draw_children(line: &Line, children: &HashMap<u64, Vec<&Line>>, indent: &str, out: &mut String) {
    let Some(siblings) = line.id.and_then(|id| children.get(&id)) else {
        return;
    };
    for (at, child) in siblings.iter().enumerate() {
        let (branch, below) = if at + 1 == siblings.len() {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let _ = write!(out, "\n{indent}{branch}{}", describe(child));
        draw_children(child, children, &format!("{indent}{below}"), out);
    }
}

fn describe(line: &Line) -> String {
    let mut text = line.name.clone();
    if let Some(nanos) = line.dur_ns {
        let _ = write!(
            text,
            " {}.{:03} ms",
            nanos / 1_000_000,
            nanos / 1_000 % 1_000
        );
    }
    if let Some(outcome) = line.outcome.as_deref().filter(|outcome| *outcome != "ok") {
        let _ = write!(text, " {outcome}");
    }
    for (key, value) in &line.fields {
        let _ = write!(text, " {key}={value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(log: &str) -> Vec<Line> {
        log.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn only_the_last_turn_is_drawn() {
        let log = lines(
            r#"{"type":"span","ts":"1","name":"history.turn","id":1,"dur_ns":1500000,"outcome":"ok"}
{"type":"span","ts":"3","name":"display.answer","id":5,"parent":3,"dur_ns":1000,"outcome":"ok"}
{"type":"span","ts":"2","name":"model.request","id":4,"parent":3,"dur_ns":7000000,"outcome":"err","fields":{"attempt":1}}
{"type":"event","ts":"2","name":"model.retry","parent":4}
{"type":"span","ts":"2","name":"history.turn","id":3,"dur_ns":9000000,"outcome":"ok"}"#,
        );
        assert_eq!(
            draw(&log),
            "  history.turn 9.000 ms
  ├─ model.request 7.000 ms err attempt=1
  │  └─ model.retry
  └─ display.answer 0.001 ms"
        );
    }

    #[test]
    fn the_tree_is_empty_without_a_turn() {
        assert_eq!(draw(&[]), "");
    }
}
