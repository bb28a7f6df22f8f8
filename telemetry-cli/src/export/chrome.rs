//! The Trace Event format, as an object.
//!
//! Spans are complete events, which every viewer knows (speedscope leaves out the asynchronous ones),
//! on lanes that a process has: a child is on its parent's lane below it, and where it runs beside a
//! sibling, or outlives its parent, on the next lane that is free. So the nesting that a viewer draws
//! is that of the parents.

use std::io::{self, Write};

use serde_json::json;
use telemetry_schema::record::NanoUsd;

use super::source::{Source, forests, requests};
use crate::error::Error;
use crate::skipped::Skips;
use crate::spans::node::{Node, NodeKind};
use crate::spans::tree::Forest;

/// Starts are in microseconds: a child may stand out of its parent by less than one.
const SLACK: i128 = 1000;

/// Writes all that is meant as one trace.
///
/// # Errors
///
/// Where a file cannot be read, and what `out` says.
pub fn write(source: &Source<'_>, skips: &mut Skips, out: &mut impl Write) -> Result<(), Error> {
    out.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")?;
    // An event that means nothing stands before the first comma.
    out.write_all(b"{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":0,\"tid\":0,\"args\":{\"name\":\"usage\"}}")?;
    let mut pid = 0;
    forests(source, skips, |file, forest| {
        pid += 1;
        Ok(process(pid, file, forest, out)?)
    })?;
    requests(
        source,
        skips,
        out,
        <(u64, NanoUsd)>::default,
        |(tokens, cost), record, out| {
            *tokens = tokens.saturating_add(record.total());
            *cost = cost.plus(record.cost_usd.unwrap_or_default());
            let ts = record.end().micros();
            event(
                out,
                &json!({"ph": "C", "name": "tokens", "pid": 0, "tid": 0, "ts": ts, "args": {"tokens": *tokens}}),
            )?;
            // The exact decimal, not through a float.
            write!(
                out,
                ",\n{{\"ph\":\"C\",\"name\":\"cost (USD)\",\"pid\":0,\"tid\":0,\"ts\":{ts},\"args\":{{\"usd\":{cost}}}}}"
            )
        },
    )?;
    out.write_all(b"\n]}\n")?;
    Ok(())
}

fn event(out: &mut (impl Write + ?Sized), event: &serde_json::Value) -> io::Result<()> {
    write!(out, ",\n{event}")
}

fn process(pid: u32, file: &str, forest: &Forest, out: &mut impl Write) -> io::Result<()> {
    event(
        out,
        &json!({"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": file}}),
    )?;
    let lanes = lanes(forest);
    let most = lanes.iter().max().copied().unwrap_or(0);
    for lane in 0..=most {
        let name = format!("lane {}", lane + 1);
        event(
            out,
            &json!({"ph": "M", "name": "thread_name", "pid": pid, "tid": lane, "args": {"name": name}}),
        )?;
    }
    for place in forest.roots.iter().flat_map(|root| forest.walk(*root)) {
        let (node, lane) = (&forest.nodes[place.node], lanes[place.node]);
        let mut json = match node.kind {
            NodeKind::Missing => continue,
            NodeKind::Event => json!({"ph": "i", "s": "t", "ts": node.ts.micros()}),
            NodeKind::Span => {
                json!({"ph": "X", "ts": node.ts.micros(), "dur": micros(node.dur_ns)})
            }
            // Unfinished: viewers draw it to the end.
            NodeKind::Open => json!({"ph": "B", "ts": node.ts.micros()}),
        };
        json["name"] = node.name.as_str().into();
        json["cat"] = node.name.split('.').next().unwrap_or_default().into();
        json["pid"] = pid.into();
        json["tid"] = lane.into();
        if node.failed() {
            json["cname"] = "terrible".into();
        }
        json["args"] = arguments(node);
        event(out, &json)?;
    }
    Ok(())
}

/// Microseconds to the nanosecond; a number of more digits than a float has is no length of time.
#[allow(clippy::cast_precision_loss)]
fn micros(nanos: Option<u64>) -> f64 {
    nanos.unwrap_or(0) as f64 / 1000.0
}

fn arguments(node: &Node) -> serde_json::Value {
    let mut arguments = node
        .fields
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .filter(serde_json::Value::is_object)
        .unwrap_or_else(|| json!({}));
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
        ("busy_ns", node.busy_ns),
        ("polls", node.polls),
    ] {
        if let Some(number) = number {
            arguments[key] = number.into();
        }
    }
    arguments
}

/// The lane of each node.
fn lanes(forest: &Forest) -> Vec<u32> {
    let start = |node: &Node| i128::from(node.ts.micros()) * 1000;
    let end = |node: &Node| match node.kind {
        NodeKind::Open => i128::MAX,
        _ => start(node) + i128::from(node.dur_ns.unwrap_or(0)),
    };
    // When each lane is free again.
    let mut free: Vec<i128> = Vec::new();
    let mut take = |node: &Node| {
        let lane = free
            .iter()
            .position(|from| *from <= start(node))
            .unwrap_or_else(|| {
                free.push(i128::MIN);
                free.len() - 1
            });
        free[lane] = end(node);
        u32::try_from(lane).unwrap_or(u32::MAX)
    };
    let mut lanes = vec![0; forest.nodes.len()];
    let mut open: Vec<usize> = Vec::new();
    for root in &forest.roots {
        lanes[*root] = take(&forest.nodes[*root]);
        open.push(*root);
        while let Some(at) = open.pop() {
            let parent = &forest.nodes[at];
            let (mut free_from, ends) = (start(parent), end(parent));
            for child in &forest.children[at] {
                let node = &forest.nodes[*child];
                let beside = node.kind == NodeKind::Event;
                let below = parent.kind != NodeKind::Missing
                    && start(node) >= free_from
                    && end(node) <= ends.saturating_add(SLACK);
                lanes[*child] = match (beside, below) {
                    (true, _) => lanes[at],
                    (false, true) => {
                        free_from = end(node);
                        lanes[at]
                    }
                    (false, false) => take(node),
                };
                open.push(*child);
            }
        }
    }
    lanes
}
