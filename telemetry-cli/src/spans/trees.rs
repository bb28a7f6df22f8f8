//! Reads the trees of a turn or of a session.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use telemetry_schema::record::{Record, RecordKind, RecordKinds, Timestamp};

use super::launches::{Launch, progress};
use super::node::{Node, NodeKind};
use super::read;
use super::tree::Forest;
use crate::error::Error;
use crate::records::{session_of, time_of};
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::terminal::complain;

/// The memory limit for nodes, in bytes. Newer nodes replace older ones; the number of dropped nodes is
/// reported.
pub const MAX_NODE_BYTES: usize = 64 * 1024 * 1024;

/// The selected trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeScope {
    /// All trees.
    All,
    /// The tree that started last.
    Last,
    /// The tree that was open at this time.
    Around(Timestamp),
    /// The tree that was open at this time, or else the last one.
    AroundOrLast(Timestamp),
    /// The span that is the turn with this number, and all below it; or else the tree that was open at the time of the
    /// turn's first request.
    Turn(u64, Option<Timestamp>),
}

/// Trees, grouped by the process that wrote them.
#[derive(Debug, Default)]
pub struct Trees {
    /// The name of the first file of each process, and its trees.
    pub launches: Vec<(String, Forest)>,
    /// The number of spans and events that did not fit into memory.
    pub dropped: u64,
}

/// Reads the spans and events that the filter selects, and keeps the trees of `scope`.
///
/// # Errors
///
/// Fails if an existing file cannot be read.
pub fn trees(
    launches: &[Launch],
    filter: &SpanFilter,
    scope: TreeScope,
    skips: &mut SkippedLines,
) -> Result<Trees, Error> {
    let mut kept: VecDeque<(usize, Node)> = VecDeque::new();
    let (mut bytes, mut dropped) = (0, 0);
    let mut progress = progress(launches);
    let kinds = RecordKinds::of(&[RecordKind::Span, RecordKind::SpanStart, RecordKind::Event]);
    let each = |nodes: &mut Vec<Node>, record: Record<'_>| {
        let ts = time_of(&record);
        if ts.is_some_and(|ts| filter.matches_record(session_of(&record), ts)) {
            nodes.push(match record {
                Record::Span(it) => Node::span(it),
                Record::SpanStart(it) => Node::open(it),
                Record::Event(it) => Node::event(it),
                _ => return,
            });
        }
    };
    for (at, launch) in launches.iter().enumerate() {
        let take = |nodes: Vec<Node>| {
            for node in nodes {
                bytes += node.bytes();
                kept.push_back((at, node));
                while bytes > MAX_NODE_BYTES
                    && let Some((_, oldest)) = kept.pop_front()
                {
                    bytes -= oldest.bytes();
                    dropped += 1;
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        read::records(launch, kinds, skips, &mut progress, each, take)?;
    }
    let mut trees = Trees {
        launches: Vec::new(),
        dropped,
    };
    let mut kept = kept.into_iter().peekable();
    for (at, launch) in launches.iter().enumerate() {
        let mut nodes = Vec::new();
        while let Some((_, node)) = kept.next_if(|(launch, _)| *launch == at) {
            nodes.push(node);
        }
        if !nodes.is_empty() {
            trees
                .launches
                .push((launch.name.clone(), Forest::of(nodes)));
        }
    }
    trees.narrow(scope);
    if filter.is_selective() {
        trees.retain(|node| {
            node.kind == NodeKind::Span
                && filter.matches_name(&node.name)
                && filter.matches_end(node.dur_ns.unwrap_or(0), node.has_failed())
        });
    }
    Ok(trees)
}

impl Trees {
    /// Reports on stderr if spans did not fit into memory. `context` is the start of the message.
    pub fn report_dropped(&self, context: &str) {
        if self.dropped > 0 {
            complain(format!(
                "{context}{} older spans and events do not fit into {} MiB and are not included; narrow the period \
                 with --since and --until",
                self.dropped,
                MAX_NODE_BYTES >> 20
            ));
        }
    }

    fn narrow(&mut self, scope: TreeScope) {
        // The tree that started last among those for which `root` returns one.
        let latest = |root: &dyn Fn(&Forest) -> Option<usize>| {
            let forests = self.launches.iter().enumerate();
            let found = forests.filter_map(|(at, (_, forest))| {
                let root = root(forest)?;
                Some((forest.nodes[root].ts, at, root))
            });
            found.max()
        };
        let around = |time| latest(&|forest| forest.around(time));
        let found = match scope {
            TreeScope::All => return,
            TreeScope::Around(time) => around(time),
            TreeScope::AroundOrLast(time) => around(time).or_else(|| latest(&Forest::last)),
            TreeScope::Last => latest(&Forest::last),
            TreeScope::Turn(number, time) => {
                latest(&|forest| forest.turn(number)).or_else(|| around(time?))
            }
        };
        let Some((_, at, root)) = found else {
            self.launches.clear();
            return;
        };
        self.launches.swap(0, at);
        self.launches.truncate(1);
        self.launches[0].1.roots = vec![root];
    }

    fn retain(&mut self, is_selected: impl Fn(&Node) -> bool) {
        for (_, forest) in &mut self.launches {
            forest.retain(&is_selected);
        }
        self.launches.retain(|(_, forest)| !forest.roots.is_empty());
    }
}
