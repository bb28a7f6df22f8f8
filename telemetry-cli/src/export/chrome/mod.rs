//! The Trace Event format, in its form as an object.
//!
//! Spans are nestable asynchronous events (`b`, `e`). The spans of one tree share an id, so a viewer shows
//! them on one track, children below their parents. A span that overlaps a sibling, or outlives its parent,
//! cannot be nested; it gets a track of its own, together with the spans below it. Perfetto groups tracks
//! whose names start alike.
//!
//! Viewers store times as floating-point microseconds, which is not precise enough for nanoseconds since
//! 1970. Therefore times are relative to a day of the logs, which `otherData` names.
//!
//! | module | responsibility |
//! |---|---|
//! | `clock` | the time origin |
//! | `track` | assigns the spans of a tree to tracks |
//! | `counters` | tokens and cost |

mod clock;
mod counters;
mod track;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::source::{ExportSource, forests};
use crate::error::Error;
use crate::skipped_lines::SkippedLines;
use crate::spans::node::{Node, NodeKind};
use crate::spans::tree::Forest;
use crate::terminal::Progress;
use clock::TraceClock;
use track::Track;

/// The category of all events. Viewers find a track by category and id.
const CATEGORY: &str = "span";

/// Writes the selected spans and requests as one trace.
///
/// # Errors
///
/// Fails if a file cannot be read or `out` cannot be written.
pub fn write(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    out: &mut impl Write,
) -> Result<(), Error> {
    let clock = TraceClock::of(source.homes)?;
    let begin = json!({"times_count_from": clock.zero()});
    writeln!(
        out,
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{begin},\"traceEvents\":["
    )?;
    // The first event has no comma before it.
    write!(
        out,
        "{}",
        json!({"ph": "M", "name": "process_name", "pid": counters::PID, "tid": 0, "args": {"name": "usage"}})
    )?;
    let mut pid = counters::PID;
    forests(source, skips, |file, forest| {
        pid += 1;
        event(
            out,
            &json!({"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": file}}),
        )?;
        let mut progress = Progress::of_writing(forest.nodes.len() as u64);
        for (tree, root) in forest.roots.iter().enumerate() {
            write_tree(pid, tree, forest, *root, clock, &mut progress, out)?;
        }
        Ok(())
    })?;
    counters::write(source, skips, clock, out)?;
    out.write_all(b"\n]}\n")?;
    Ok(())
}

fn event(out: &mut impl Write, event: &Value) -> io::Result<()> {
    write!(out, ",\n{event}")
}

fn write_tree(
    pid: u32,
    tree: usize,
    forest: &Forest,
    root: usize,
    clock: TraceClock,
    progress: &mut Progress,
    out: &mut impl Write,
) -> io::Result<()> {
    let tracks = track::of(forest, root, clock);
    let common = |node: usize, track: &Track, phase: &str, nanos: i128| {
        let name = &forest.nodes[node].name;
        json!({
            "ph": phase,
            "cat": CATEGORY,
            // Unique within the process, whose track group contains the track.
            "id2": {"local": format!("{tree}.{}", track.number)},
            "name": if name.is_empty() { "(no name)" } else { name },
            "pid": pid,
            "tid": 0,
            "ts": micros(nanos),
        })
    };
    // The spans that have begun and not ended, from the root downwards.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let end = |(_, node): (usize, usize), out: &mut _| match tracks.get(&node) {
        Some(track) if forest.nodes[node].kind == NodeKind::Span => {
            event(out, &common(node, track, "e", track.end))
        }
        // Events, open spans and missing spans have no end.
        _ => Ok(()),
    };
    for place in forest.walk(root) {
        progress.add(1);
        while let Some(last) = open.pop_if(|(depth, _)| *depth >= place.depth) {
            end(last, out)?;
        }
        open.push((place.depth, place.node));
        let node = &forest.nodes[place.node];
        let Some(track) = tracks.get(&place.node) else {
            continue;
        };
        let phase = match node.kind {
            NodeKind::Missing => continue,
            NodeKind::Event => "n",
            NodeKind::Span | NodeKind::Open => "b",
        };
        let mut json = common(place.node, track, phase, clock.nanos(node.ts));
        if node.has_failed() {
            json["cname"] = "terrible".into();
        }
        json["args"] = arguments(node);
        event(out, &json)?;
    }
    while let Some(last) = open.pop() {
        end(last, out)?;
    }
    Ok(())
}

/// Converts nanoseconds to microseconds.
#[expect(clippy::cast_precision_loss, reason = "the format has floats")]
fn micros(nanos: i128) -> f64 {
    nanos as f64 / 1000.0
}

fn arguments(node: &Node) -> Value {
    let mut arguments = node
        .fields
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({}));
    arguments["ts"] = node.ts.to_string().into();
    let texts = [
        ("outcome", &node.outcome),
        ("error", &node.error),
        ("thread", &node.thread),
        ("session_id", &node.session_id),
        ("src", &node.src),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            arguments[key] = text.as_str().into();
        }
    }
    for (key, number) in [
        ("id", node.id),
        ("parent", node.parent),
        ("dur_ns", node.dur_ns),
        ("busy_ns", node.busy_ns),
        ("polls", node.polls),
    ] {
        if let Some(number) = number {
            arguments[key] = number.into();
        }
    }
    arguments
}
