//! Reads the trees of a turn or of a session.

use std::ops::ControlFlow;

use telemetry_schema::record::{Record, RecordKind, RecordKinds, Timestamp};

use super::launches::{Launch, progress};
use super::node::{Node, NodeKind};
use super::node_store::{MAX_NODE_BYTES, NodeStore};
use super::read;
use super::tree::{Forest, TreePosition};
use crate::error::Error;
use crate::records::{session_of, time_of};
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::terminal::{complain, counted};

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
    /// The spans that are the turn with this number, and all below them; or else the tree that was open at the time of the
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
    /// The number of trees outside of the scope.
    pub others: usize,
}

/// Reads the spans and events that the filter selects, and keeps the trees of `scope`. The trees contain everything
/// below a selected span, also of other sessions or after the period.
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
    let mut nodes = NodeStore::default();
    let mut progress = progress(launches);
    let kinds = RecordKinds::of(&[RecordKind::Span, RecordKind::SpanStart, RecordKind::Event]);
    let each = |nodes: &mut Vec<(Node, bool)>, record: Record<'_>| {
        let Some(ts) = time_of(&record) else { return };
        let is_selected = filter.matches_record(session_of(&record), ts);
        let node = match record {
            Record::Span(it) => Node::span(it),
            Record::SpanStart(it) => Node::open(it),
            Record::Event(it) if is_selected || it.parent.is_some() => Node::event(it),
            _ => return,
        };
        nodes.push((node, is_selected));
    };
    let is_selected = |node: &Node| filter.matches_record(node.session_id.as_deref(), node.ts);
    for (at, launch) in launches.iter().enumerate() {
        nodes.begin(at);
        let take = |part: Vec<(Node, bool)>| {
            for (node, is_selected) in part {
                nodes.add(node, is_selected);
            }
            Ok(ControlFlow::Continue(()))
        };
        read::records(launch, kinds, skips, &mut progress, each, take)?;
        nodes.end(is_selected);
    }
    let mut trees = Trees {
        dropped: nodes.dropped,
        ..Trees::default()
    };
    for (at, nodes) in nodes.into_launches() {
        let mut forest = Forest::of(nodes);
        forest.select(is_selected);
        trees.launches.push((launches[at].name.clone(), forest));
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
            let older = counted(
                self.dropped,
                "older span or event does not fit",
                "older spans and events do not fit",
            );
            complain(format!(
                "{context}{older} into the {} MiB of a process; narrow the period with --since and --until to include them",
                MAX_NODE_BYTES >> 20
            ));
        }
    }

    /// Reports on stderr if several turns have the number `turn`, with the files that have their spans.
    pub fn report_repeated(&self, turn: u64) {
        let turns: usize = self
            .launches
            .iter()
            .map(|(_, forest)| forest.roots.len())
            .sum();
        if turns > 1 {
            let files: Vec<&str> = self.launches.iter().map(|(file, _)| &**file).collect();
            complain(format_args!(
                "{turns} turns of the session have the number {turn}, in {}; processes that use a session at the same time \
                 number their turns independently",
                files.join(", ")
            ));
        }
    }

    /// Iterates over the nodes in drawing order.
    pub fn nodes(&self) -> impl Iterator<Item = (&Forest, TreePosition, &Node)> {
        self.launches.iter().flat_map(|(_, forest)| {
            let places = forest.roots.iter().flat_map(|root| forest.walk(*root));
            places.map(move |place| (forest, place, &forest.nodes[place.node]))
        })
    }

    /// Adds the spans above the trees.
    pub fn add_ancestors(&mut self) {
        for (_, forest) in &mut self.launches {
            forest.add_ancestors();
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
                let turns: Vec<Vec<usize>> = self
                    .launches
                    .iter()
                    .map(|(_, forest)| forest.turns(number))
                    .collect();
                if turns.iter().any(|turns| !turns.is_empty()) {
                    return self.keep(turns);
                }
                time.and_then(around)
            }
        };
        let mut roots = vec![Vec::new(); self.launches.len()];
        if let Some((_, at, root)) = found {
            roots[at].push(root);
        }
        self.keep(roots);
    }

    /// Keeps the trees with these roots, which are those of each process.
    fn keep(&mut self, roots: Vec<Vec<usize>>) {
        let forests = self.launches.iter();
        let all: usize = forests.map(|(_, forest)| forest.last_roots().count()).sum();
        let kept: usize = roots.iter().map(Vec::len).sum();
        self.others = if kept == 0 {
            0
        } else {
            all.saturating_sub(kept)
        };
        for ((_, forest), roots) in self.launches.iter_mut().zip(roots) {
            forest.roots = roots;
        }
        self.launches.retain(|(_, forest)| !forest.roots.is_empty());
    }

    fn retain(&mut self, is_selected: impl Fn(&Node) -> bool) {
        for (_, forest) in &mut self.launches {
            forest.retain(&is_selected);
        }
        self.launches.retain(|(_, forest)| !forest.roots.is_empty());
    }
}
