//! Finds the parent of each span and event of one process.
//!
//! An id is unique within a process. A debug log that several processes share has their ids as well. A parent of the
//! node's own session is preferred there, and a parent with another trace id is none.

use std::collections::HashMap;

use super::node::{Node, NodeKind};

/// The most nodes with one id that are searched for a parent, the latest ones. More than one or two have the same id only
/// in a file that many processes share.
const MAX_SEARCHED: usize = 64;

/// The parents of nodes.
#[derive(Debug)]
pub(super) struct Parents {
    /// The parent of each node.
    pub(super) parents: Vec<Option<usize>>,
    /// Whether the node is the start record of a span that ended later.
    pub(super) has_ended: Vec<bool>,
}

/// The nodes by id, the latest one first.
struct ById {
    latest: HashMap<u64, usize>,
    /// The node before each node that has its id.
    before: Vec<Option<usize>>,
}

impl ById {
    fn of(nodes: &[Node]) -> Self {
        let mut ids = Self {
            latest: HashMap::new(),
            before: Vec::with_capacity(nodes.len()),
        };
        for node in nodes {
            ids.add(node);
        }
        ids
    }

    /// Adds the next node.
    fn add(&mut self, node: &Node) {
        let at = self.before.len();
        let id = node.id.filter(|_| node.kind != NodeKind::Event);
        self.before
            .push(id.and_then(|id| self.latest.insert(id, at)));
    }

    fn nodes(&self, id: u64) -> impl Iterator<Item = usize> {
        let latest = self.latest.get(&id).copied();
        std::iter::successors(latest, |at| self.before[*at]).take(MAX_SEARCHED)
    }
}

/// Returns the parents of the nodes, and adds a node for each parent without a record.
pub(super) fn find_parents(nodes: &mut Vec<Node>) -> Parents {
    let mut ids = ById::of(nodes);
    let is_end = |start: &Node, at: usize| {
        let node = &nodes[at];
        let is_of_start = node.session_id == start.session_id || node.ts == start.ts;
        node.kind == NodeKind::Span && is_of_start
    };
    let has_ended = |node: &Node| {
        let mut others = node.id.into_iter().flat_map(|id| ids.nodes(id));
        node.kind == NodeKind::Open && others.any(|at| is_end(node, at))
    };
    let mut has_ended: Vec<bool> = nodes.iter().map(has_ended).collect();
    let mut parents = Vec::with_capacity(nodes.len());
    for at in 0..nodes.len() {
        let Some(id) = nodes[at].parent else {
            parents.push(None);
            continue;
        };
        let found = ids
            .nodes(id)
            .filter(|parent| !has_ended[*parent])
            .filter_map(|parent| Some((fit(&nodes[parent], &nodes[at])?, parent)))
            // The latest node of the best fit.
            .min_by_key(|(fit, _)| *fit);
        let (ts, trace) = (nodes[at].ts, nodes[at].trace);
        let parent = found.map_or(nodes.len(), |(_, parent)| parent);
        if found.is_none() {
            let missing = Node::missing(ts, Some(id));
            ids.add(&missing);
            nodes.push(missing);
            has_ended.push(false);
        }
        let node = &mut nodes[parent];
        if node.kind == NodeKind::Missing {
            node.ts = node.ts.min(ts);
            if node.trace == 0 {
                node.trace = trace;
            }
        }
        parents.push(Some(parent));
    }
    parents.resize(nodes.len(), None);
    Parents { parents, has_ended }
}

/// How well a node fits as the parent of another one, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    OwnSession,
    OtherSession,
    /// A parent without a record.
    Missing,
}

/// Returns how well a node with the id of the child's parent fits, or `None` if the node is of another process.
fn fit(parent: &Node, child: &Node) -> Option<Fit> {
    let is_one_trace = parent.trace == child.trace;
    if !is_one_trace && parent.trace != 0 && child.trace != 0 {
        return None;
    }
    if parent.kind == NodeKind::Missing {
        return Some(Fit::Missing);
    }
    if parent.session_id == child.session_id {
        return Some(Fit::OwnSession);
    }
    // Without trace ids, a parent of another session must have been open when the child started.
    let is_open =
        parent.ts <= child.ts && (parent.kind == NodeKind::Open || child.ts <= parent.end());
    (is_open || (is_one_trace && parent.trace != 0)).then_some(Fit::OtherSession)
}
