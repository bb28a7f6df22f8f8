//! Spans and events as trees.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use super::line::{SpanLine, describe_duration};

/// The name of the span of a turn; see `agent.rs`.
const TURN: &str = "history.turn";

/// A span or an event in a tree.
#[derive(Debug)]
pub(crate) struct TreeRow<'a> {
    /// The lines that connect the row with its parent.
    pub(crate) branches: String,
    pub(crate) line: &'a SpanLine,
}

/// Returns the tree of the last turn as text, which is empty if the log contains no turn.
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
fn own_lines(file: &PathBuf) -> io::Result<Vec<SpanLine>> {
    let mut lines = BufReader::new(File::open(file)?).lines();
    let first = lines.next().transpose()?;
    if !first.is_some_and(|line| SpanLine::parse(&line).is_some_and(|line| line.is_own_header())) {
        return Ok(Vec::new());
    }
    let mut own = Vec::new();
    for line in lines {
        own.extend(SpanLine::parse(&line?).filter(|line| line.kind != "header"));
    }
    Ok(own)
}

fn draw(lines: &[SpanLine]) -> String {
    let turns = lines
        .iter()
        .filter(|line| line.name == TURN && line.kind == "span");
    let Some(turn) = turns.max_by_key(|turn| turn.id) else {
        return String::new();
    };
    let mut rows = Vec::new();
    add_tree(turn, &children_of(lines), String::new(), "", &mut rows);
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("  {}{}", row.branches, describe(row.line)))
        .collect();
    rows.join("\n")
}

/// Returns all trees in the order of their starts. A span is written when it ends, so that a span whose parent is still
/// open is a root.
pub(crate) fn forest<'a>(lines: impl IntoIterator<Item = &'a SpanLine>) -> Vec<TreeRow<'a>> {
    let lines: Vec<&SpanLine> = lines.into_iter().collect();
    let ids: HashSet<u64> = lines.iter().filter_map(|line| line.id).collect();
    let children = children_of(lines.iter().copied());
    let mut roots: Vec<_> = lines
        .into_iter()
        .filter(|line| !line.parent.is_some_and(|parent| ids.contains(&parent)))
        .collect();
    sort(&mut roots);
    let mut rows = Vec::new();
    for root in roots {
        add_tree(root, &children, String::new(), "", &mut rows);
    }
    rows
}

fn children_of<'a>(
    lines: impl IntoIterator<Item = &'a SpanLine>,
) -> HashMap<u64, Vec<&'a SpanLine>> {
    let mut children: HashMap<u64, Vec<&SpanLine>> = HashMap::new();
    for line in lines {
        if let Some(parent) = line.parent {
            children.entry(parent).or_default().push(line);
        }
    }
    for siblings in children.values_mut() {
        sort(siblings);
    }
    children
}

fn sort(siblings: &mut [&SpanLine]) {
    siblings.sort_by(|a, b| (&a.ts, a.id).cmp(&(&b.ts, b.id)));
}

/// Adds a row and the rows below it. `indent` precedes the branches of the rows below.
fn add_tree<'a>(
    line: &'a SpanLine,
    children: &HashMap<u64, Vec<&'a SpanLine>>,
    branches: String,
    indent: &str,
    rows: &mut Vec<TreeRow<'a>>,
) {
    rows.push(TreeRow { branches, line });
    let siblings = line.id.and_then(|id| children.get(&id));
    let Some((last, others)) = siblings.and_then(|siblings| siblings.split_last()) else {
        return;
    };
    for child in others {
        let below = format!("{indent}│  ");
        add_tree(child, children, format!("{indent}├─ "), &below, rows);
    }
    let below = format!("{indent}   ");
    add_tree(last, children, format!("{indent}└─ "), &below, rows);
}

fn describe(line: &SpanLine) -> String {
    let mut text = line.name.clone();
    if let Some(nanos) = line.dur_ns {
        let _ = write!(text, " {}", describe_duration(nanos));
    }
    if let Some(outcome) = line.failure() {
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

    fn lines(log: &str) -> Vec<SpanLine> {
        log.lines()
            .map(|line| SpanLine::parse(line).unwrap())
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

    #[test]
    fn a_span_whose_parent_is_open_is_a_root() {
        let log = lines(
            r#"{"type":"span","ts":"2","name":"model.request","id":4,"parent":3,"dur_ns":7}
{"type":"event","ts":"1","name":"model.retry","parent":4}"#,
        );
        let rows: Vec<_> = forest(&log)
            .iter()
            .map(|row| format!("{}{}", row.branches, row.line.name))
            .collect();
        assert_eq!(rows, ["model.request", "└─ model.retry"]);
    }
}
