//! The nodes of spans and events within a limit of memory.

use std::collections::VecDeque;

use super::node::Node;
use super::tree::Forest;

/// The memory limit for nodes, in bytes. Newer nodes replace older ones; the number of dropped nodes is
/// reported.
pub const MAX_NODE_BYTES: usize = 64 * 1024 * 1024;

/// The nodes of the processes that were read. Nodes that the filter does not select stay if they are above or below
/// selected ones.
#[derive(Debug, Default)]
pub(super) struct NodeStore {
    /// The kept nodes with the index of their process, the oldest process first.
    kept: VecDeque<(usize, VecDeque<Node>)>,
    /// The nodes of the process that is being read which the filter does not select.
    beside: VecDeque<Node>,
    dropped_beside: u64,
    bytes: usize,
    /// The number of nodes that did not fit.
    pub(super) dropped: u64,
}

impl NodeStore {
    /// Begins a process.
    pub(super) fn begin(&mut self, launch: usize) {
        self.kept.push_back((launch, VecDeque::new()));
    }

    /// Adds a node of the process.
    pub(super) fn add(&mut self, node: Node, is_selected: bool) {
        self.bytes += node.bytes();
        match self.kept.back_mut() {
            Some((_, kept)) if is_selected => kept.push_back(node),
            _ => self.beside.push_back(node),
        }
        while self.bytes > MAX_NODE_BYTES {
            if let Some(oldest) = self.beside.pop_front() {
                self.bytes -= oldest.bytes();
                self.dropped_beside += 1;
            } else if let Some(oldest) = self.kept.iter_mut().find_map(|(_, it)| it.pop_front()) {
                self.bytes -= oldest.bytes();
                self.dropped += 1;
            } else {
                return;
            }
        }
    }

    /// Ends the process.
    pub(super) fn end(&mut self, is_selected: impl Fn(&Node) -> bool) {
        let beside = std::mem::take(&mut self.beside);
        self.bytes -= beside.iter().map(Node::bytes).sum::<usize>();
        let dropped = std::mem::take(&mut self.dropped_beside);
        let Some((_, kept)) = self.kept.back_mut().filter(|(_, kept)| !kept.is_empty()) else {
            return;
        };
        self.dropped += dropped;
        if beside.is_empty() {
            return;
        }
        self.bytes -= kept.iter().map(Node::bytes).sum::<usize>();
        let mut forest = Forest::of(kept.drain(..).chain(beside).collect());
        forest.select(is_selected);
        kept.extend(forest.into_connected());
        self.bytes += kept.iter().map(Node::bytes).sum::<usize>();
    }

    /// Returns the nodes of each process that has some, with its index.
    pub(super) fn into_launches(self) -> impl Iterator<Item = (usize, Vec<Node>)> {
        let launches = self.kept.into_iter().filter(|(_, nodes)| !nodes.is_empty());
        launches.map(|(launch, nodes)| (launch, nodes.into()))
    }
}
