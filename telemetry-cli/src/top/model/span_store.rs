//! The latest spans and events, from which the trees of turns are built.

use std::collections::VecDeque;

use foldhash::{HashMap, HashMapExt};
use telemetry_schema::record::Timestamp;
use telemetry_schema::sort::sort_by_key;

use crate::spans::node::{Node, NodeKind};
use crate::spans::tree::Forest;

/// The memory of the kept spans and events, in bytes.
const MAX_BYTES: usize = 24 * 1024 * 1024;

/// A span of a launch. Ids are unique in a launch only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanKey {
    /// The number of the launch.
    pub launch: usize,
    /// The id of the span.
    pub id: u64,
}

/// A tree of a session: a turn, or a span without a parent where the host marks no turns.
#[derive(Clone, Debug)]
pub struct TurnRoot {
    /// The span at the root.
    pub key: SpanKey,
    /// The start of the first known span.
    pub start: Timestamp,
}

/// The latest spans and events, in the order in which they were read.
#[derive(Debug, Default)]
pub struct SpanStore {
    kept: VecDeque<(usize, Node)>,
    bytes: usize,
    /// The number of spans and events that were dropped.
    pub dropped: u64,
}

/// The spans of one session, with their roots.
#[derive(Debug)]
pub struct SessionSpans<'a> {
    nodes: Vec<(usize, &'a Node, Option<SpanKey>)>,
    /// The roots by their start.
    pub roots: Vec<TurnRoot>,
}

impl SpanStore {
    /// Adds a span or an event, and drops the oldest ones that do not fit.
    pub fn add(&mut self, launch: usize, node: Node) {
        self.bytes += node.bytes();
        self.kept.push_back((launch, node));
        while self.bytes > MAX_BYTES
            && let Some((_, oldest)) = self.kept.pop_front()
        {
            self.bytes -= oldest.bytes();
            self.dropped += 1;
        }
    }

    /// Returns the spans and events of a session, with the root of each.
    pub fn of_session(&self, session: &str) -> SessionSpans<'_> {
        let nodes: Vec<(usize, &Node)> = self
            .kept
            .iter()
            .filter(|(_, node)| node.session_id.as_deref() == Some(session))
            .map(|(launch, node)| (*launch, node))
            .collect();
        let mut by_key: HashMap<SpanKey, &Node> = HashMap::with_capacity(nodes.len());
        for (launch, node) in &nodes {
            if let Some(id) = node.id {
                let key = SpanKey {
                    launch: *launch,
                    id,
                };
                let known = by_key.entry(key).or_insert(node);
                if known.kind == NodeKind::Open {
                    // The span has ended, and its record has the turn.
                    *known = node;
                }
            }
        }
        let mut known_roots = HashMap::with_capacity(by_key.len());
        let mut roots: HashMap<SpanKey, Timestamp> = HashMap::new();
        let mut with_roots = Vec::with_capacity(nodes.len());
        for (launch, node) in nodes {
            let key = node.id.or(node.parent).map(|id| SpanKey { launch, id });
            let root = key.map(|key| root_of(key, &by_key, &mut known_roots));
            if let Some(root) = root {
                let start = roots.entry(root).or_insert(node.ts);
                *start = node.ts.min(*start);
            }
            with_roots.push((launch, node, root));
        }
        let mut roots: Vec<TurnRoot> = roots
            .into_iter()
            .map(|(key, start)| TurnRoot { key, start })
            .collect();
        sort_by_key(&mut roots, |root| (root.start, root.key));
        SessionSpans {
            nodes: with_roots,
            roots,
        }
    }
}

/// Returns the nearest span above a span, or the span itself, that is a turn; or else the topmost known one. `known` keeps the roots of
/// all spans on the way.
fn root_of(
    key: SpanKey,
    by_key: &HashMap<SpanKey, &Node>,
    known: &mut HashMap<SpanKey, SpanKey>,
) -> SpanKey {
    let mut way = Vec::new();
    let mut at = key;
    let root = loop {
        if let Some(root) = known.get(&at) {
            break *root;
        }
        // A damaged log may have ids that form a cycle. This entry ends the walk there.
        known.insert(at, key);
        way.push(at);
        match by_key.get(&at) {
            Some(node) if node.turn.is_none() => match node.parent {
                Some(id) => at = SpanKey { id, ..at },
                None => break at,
            },
            _ => break at,
        }
    };
    known.extend(way.into_iter().map(|span| (span, root)));
    root
}

impl SessionSpans<'_> {
    /// Returns the tree below a root.
    pub fn forest(&self, root: SpanKey) -> Forest {
        let of_root = self.nodes.iter().filter(|(_, _, at)| *at == Some(root));
        let nodes = of_root.map(|(_, node, _)| {
            let mut node = (*node).clone();
            if node.id == Some(root.id) {
                // The spans above a turn are not part of its tree.
                node.parent = None;
            }
            node
        });
        Forest::of(nodes.collect())
    }

    /// Returns the place of the root whose tree contains a time: the last one that starts before it.
    pub fn place_at(&self, time: Timestamp) -> Option<usize> {
        self.roots.iter().rposition(|root| root.start <= time)
    }
}
