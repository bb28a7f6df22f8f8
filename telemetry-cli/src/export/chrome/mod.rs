//! The Trace Event format, as an object.
//!
//! Spans are nestable asynchronous events (`b`, `e`). Those of one tree share an id, which is one track
//! of a viewer: a child stands below its parent. One that runs beside a sibling, or outlives its
//! parent, cannot stand there: it has a track of its own, with what is below it. Perfetto shows tracks
//! that begin with the same name as one.
//!
//! Viewers keep times as floats of microseconds, and those since 1970 leave no room in one for
//! nanoseconds. So times count from a day of the logs, which `otherData` names.
//!
//! | module | job |
//! |---|---|
//! | `clock` | where the times of a trace begin |
//! | `track` | which track each span of a tree is on, and where it ends there |
//! | `counters` | tokens and cost |

mod clock;
mod counters;
mod track;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::source::{Source, forests};
use crate::error::Error;
use crate::skipped::Skips;
use crate::spans::node::{Node, NodeKind};
use crate::spans::tree::Forest;
use clock::Clock;
use track::Track;

/// With the id it says which track an event is on: the same for all of a tree.
const CATEGORY: &str = "span";

/// Writes all that is meant as one trace.
///
/// # Errors
///
/// Where a file cannot be read, and what `out` says.
pub fn write(source: &Source<'_>, skips: &mut Skips, out: &mut impl Write) -> Result<(), Error> {
    let clock = Clock::of(source.homes)?;
    let begin = json!({"times_count_from": clock.zero()});
    writeln!(
        out,
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{begin},\"traceEvents\":["
    )?;
    // What stands before the first comma.
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
        for (tree, root) in forest.roots.iter().enumerate() {
            write_tree(pid, tree, forest, *root, clock, out)?;
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
    clock: Clock,
    out: &mut impl Write,
) -> io::Result<()> {
    let tracks = track::of(forest, root, clock);
    let common = |node: usize, track: &Track, phase: &str, nanos: i128| {
        let name = &forest.nodes[node].name;
        json!({
            "ph": phase,
            "cat": CATEGORY,
            // Of its process: that is where viewers show the track.
            "id2": {"local": format!("{tree}.{}", track.number)},
            "name": if name.is_empty() { "(no name)" } else { name },
            "pid": pid,
            "tid": 0,
            "ts": micros(nanos),
        })
    };
    // Those that have begun and not ended, from the root on.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let end = |(_, node): (usize, usize), out: &mut _| match tracks.get(&node) {
        Some(track) if forest.nodes[node].kind == NodeKind::Span => {
            event(out, &common(node, track, "e", track.end))
        }
        // It has not ended, as far as the log says.
        _ => Ok(()),
    };
    for place in forest.walk(root) {
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
        if node.failed() {
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

/// Microseconds to the nanosecond, as far as a float has digits.
#[allow(clippy::cast_precision_loss)]
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
