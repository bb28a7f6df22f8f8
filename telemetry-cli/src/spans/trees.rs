//! Reads the trees of a turn or of a session.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use telemetry_schema::record::{Kind, Kinds, Record, Timestamp};

use super::filter::Filter;
use super::launches::Launch;
use super::node::{Node, NodeKind};
use super::read;
use super::tree::Forest;
use crate::error::Error;
use crate::skipped::Skips;
use crate::terminal::Progress;

/// What is kept to be drawn: older spans give way to newer ones, and it is said how many.
/// The memory limit for nodes, in bytes. Newer nodes replace older ones; the number of dropped nodes is
/// reported.

/// Which trees.
/// The selected trees.
pub enum Scope {
    /// All of them.
    /// All trees.
    All,
    /// The tree that started last.
    Last,
    /// The tree that was open at this time, or else the last one.
    Around(Timestamp),

/// Trees by the process that wrote them.
/// Trees, grouped by the process that wrote them.
pub struct Trees {
    /// The first file's name and its trees.
    /// The name of the first file of each process, and its trees.
    pub launches: Vec<(String, Forest)>,
    /// The number of spans and events that did not fit into memory.
}

/// Reads the spans and events of the launches that the filter means, and of them what the scope says.
/// Reads the spans and events that the filter selects, and keeps the trees of `scope`.
///
/// # Errors
///
/// Fails if an existing file cannot be read.
    launches: &[Launch],
    filter: &Filter,
    scope: Scope,
    skips: &mut Skips,
) -> Result<Trees, Error> {
    let mut kept: VecDeque<(usize, Node)> = VecDeque::new();
    let (mut bytes, mut dropped) = (0, 0);
    let mut progress = Progress::of(launches.iter().map(|launch| launch.bytes).sum());
    let kinds = Kinds::of(&[Kind::Span, Kind::SpanStart, Kind::Event]);
    let each = |nodes: &mut Vec<Node>, record: Record<'_>| {
        let node = match record {
            Record::Span(it) if filter.has(it.session_id.as_deref(), it.ts) => Node::span(it),
            Record::SpanStart(it) if filter.has(it.session_id.as_deref(), it.ts) => Node::open(it),
            Record::Event(it) if filter.has(it.session_id.as_deref(), it.ts) => Node::event(it),
            _ => return,
        };
        nodes.push(node);
    };
    for (at, launch) in launches.iter().enumerate() {
        let take = |nodes: Vec<Node>| {
            for node in nodes {
                bytes += node.bytes();
                kept.push_back((at, node));
                while bytes > KEPT
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
        trees.keep(|node| {
            node.kind == NodeKind::Span
                && filter.names(&node.name)
                && filter.ended(node.dur_ns.unwrap_or(0), node.failed())
        });
    }
    Ok(trees)
}

impl Trees {
    fn narrow(&mut self, scope: Scope) {
        let around = |time| {
            let found = self
                .launches
                .iter()
                .enumerate()
                .filter_map(|(at, (_, forest))| {
                    forest
                        .around(time)
                        .map(|root| (forest.nodes[root].ts, at, root))
                });
            found.max()
        };
        let found = match scope {
            Scope::All => return,
            Scope::Around(time) => around(time),
            Scope::Last => None,
        };
        let last = || {
            let found = self.launches.iter().enumerate();
            found
                .filter_map(|(at, (_, forest))| {
                    forest.last().map(|root| (forest.nodes[root].ts, at, root))
                })
                .max()
        };
        let Some((_, at, root)) = found.or_else(last) else {
            self.launches.clear();
            return;
        };
        self.launches.swap(0, at);
        self.launches.truncate(1);
        self.launches[0].1.roots = vec![root];
    }

    fn keep(&mut self, meant: impl Fn(&Node) -> bool) {
        for (_, forest) in &mut self.launches {
            forest.keep(&meant);
        }
        self.launches.retain(|(_, forest)| !forest.roots.is_empty());
    }
}
