//! Builds trees of spans and events.
//!
//! A parent without a record, because it has not ended or its line was lost, is a node without a name.
//! The writer never produces ids that form a cycle; a cycle in a damaged log is cut at the span that
//! started first.

use telemetry_schema::record::Timestamp;
use telemetry_schema::sort::sort_by_key;

use super::node::{Node, NodeKind};
use super::parents::{Parents, find_parents};
use super::self_time::{Coverage, Interval};

/// The spans and events of one process, as trees.
#[derive(Debug, Default)]
pub struct Forest {
    /// The nodes. The start records of spans that ended later are in no tree.
    pub nodes: Vec<Node>,
    /// The children of each node, by time.
    pub children: Vec<Vec<usize>>,
    /// The nodes at which the shown trees begin, by time: first, the nodes without a parent.
    pub roots: Vec<usize>,
    parents: Vec<Option<usize>>,
    /// Whether each node is selected by itself, and not only shown with others.
    is_selected: Vec<bool>,
    /// The self time of each node, from all of its children.
    self_ns: Vec<Option<u64>>,
}

/// A node with its position in the drawing order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreePosition {
    /// The index of the node.
    pub node: usize,
    /// The number of levels above the node.
    pub depth: usize,
    /// Whether the node is the last child of its parent.
    pub last: bool,
}

impl Forest {
    /// Builds the trees of the nodes of one process.
    pub fn of(mut nodes: Vec<Node>) -> Self {
        let Parents { parents, has_ended } = find_parents(&mut nodes);
        let mut forest = Self {
            children: vec![Vec::new(); nodes.len()],
            roots: Vec::new(),
            is_selected: vec![true; nodes.len()],
            parents: Vec::new(),
            self_ns: Vec::new(),
            nodes,
        };
        for (at, parent) in parents.iter().enumerate() {
            match parent {
                _ if has_ended[at] => {}
                Some(parent) => forest.children[*parent].push(at),
                None => forest.roots.push(at),
            }
        }
        forest.sort();
        forest.open_cycles(&has_ended);
        forest.parents = vec![None; forest.nodes.len()];
        for (at, children) in forest.children.iter().enumerate() {
            for child in children {
                forest.parents[*child] = Some(at);
            }
        }
        forest.self_ns = (0..forest.nodes.len())
            .map(|at| forest.uncovered(at))
            .collect();
        forest
    }

    fn sort(&mut self) {
        let nodes = &self.nodes;
        let key = |at: &usize| (nodes[*at].ts, nodes[*at].id, *at);
        self.roots.sort_by_key(key);
        for children in &mut self.children {
            children.sort_by_key(key);
        }
    }

    /// Makes roots of nodes that no root reaches, and removes all but one path to each node.
    fn open_cycles(&mut self, unreachable: &[bool]) {
        let mut reached = unreachable.to_vec();
        for at in 0..self.roots.len() {
            self.reach(self.roots[at], &mut reached);
        }
        let mut rest: Vec<usize> = (0..self.nodes.len()).filter(|at| !reached[*at]).collect();
        sort_by_key(&mut rest, |at| (self.nodes[*at].ts, *at));
        for at in rest {
            if !reached[at] {
                self.reach(at, &mut reached);
                self.roots.push(at);
            }
        }
        self.sort_roots();
    }

    fn reach(&mut self, root: usize, reached: &mut [bool]) {
        reached[root] = true;
        let mut open = vec![root];
        while let Some(at) = open.pop() {
            self.children[at].retain(|child| !std::mem::replace(&mut reached[*child], true));
            open.extend(&self.children[at]);
        }
    }

    /// Iterates over a tree in drawing order: parents before children.
    pub fn walk(&self, root: usize) -> impl Iterator<Item = TreePosition> {
        let mut open = vec![TreePosition {
            node: root,
            depth: 0,
            last: true,
        }];
        std::iter::from_fn(move || {
            let place = open.pop()?;
            let children = &self.children[place.node];
            for (at, child) in children.iter().enumerate().rev() {
                open.push(TreePosition {
                    node: *child,
                    depth: place.depth + 1,
                    last: at + 1 == children.len(),
                });
            }
            Some(place)
        })
    }

    /// Returns the self time of a span: the part that no child covers, whether the child is shown or not.
    pub fn self_ns(&self, at: usize) -> Option<u64> {
        self.self_ns[at]
    }

    fn uncovered(&self, at: usize) -> Option<u64> {
        let node = &self.nodes[at];
        let interval = Interval::of(node.ts, node.dur_ns?);
        let children = self.children[at].iter().map(|child| &self.nodes[*child]);
        let mut intervals: Vec<Interval> = children
            .filter_map(|child| Some(Interval::of(child.ts, child.dur_ns?)))
            .collect();
        sort_by_key(&mut intervals, |interval| interval.start);
        let mut cover = Coverage::default();
        for interval in intervals {
            cover.add(interval);
        }
        Some(node.dur_ns?.saturating_sub(cover.within(interval)))
    }

    /// Returns the root span that was open at a time; of several, the one that started last.
    pub fn around(&self, time: Timestamp) -> Option<usize> {
        self.last_roots().find(|root| {
            let node = &self.nodes[*root];
            let is_over = node.kind == NodeKind::Span && node.end() < time;
            node.ts <= time && !is_over
        })
    }

    /// Returns the selected spans that are the turn with this number, by time. They are several where a number was given again.
    pub fn turns(&self, number: u64) -> Vec<usize> {
        let is_turn = |at: &usize| self.is_selected[*at] && self.nodes[*at].turn == Some(number);
        let mut turns: Vec<usize> = (0..self.nodes.len()).filter(is_turn).collect();
        sort_by_key(&mut turns, |at| self.nodes[*at].ts);
        turns
    }

    /// Returns the root span that started last.
    pub fn last(&self) -> Option<usize> {
        self.last_roots().next()
    }

    /// Iterates over the roots that are spans, the last one first.
    pub fn last_roots(&self) -> impl Iterator<Item = usize> {
        let roots = self.roots.iter().rev().copied();
        roots.filter(|root| self.nodes[*root].kind != NodeKind::Event)
    }

    /// Returns whether a node is selected by itself. Others are shown because they are above or below such a node.
    pub fn is_selected(&self, at: usize) -> bool {
        self.is_selected[at]
    }

    /// Returns the session of a node, if it is another one than that of the nearest span above it with a session. The
    /// session of the tree is expected where no span in the tree has one.
    pub fn other_session(&self, place: TreePosition, of_tree: Option<&str>) -> Option<&str> {
        let own = self.nodes[place.node].session_id.as_deref()?;
        let above = std::iter::successors(self.parents[place.node], |at| self.parents[*at]);
        let mut above = above.take(place.depth);
        let expected = above.find_map(|at| self.nodes[at].session_id.as_deref());
        (expected.or(of_tree)? != own).then_some(own)
    }

    /// Selects nodes: the trees begin with the topmost selected nodes, and contain everything below them. A parent
    /// without a record is shown above its selected children.
    pub fn select(&mut self, is_selected: impl Fn(&Node) -> bool) {
        let selects = |node: &Node| node.kind != NodeKind::Missing && is_selected(node);
        self.is_selected = self.nodes.iter().map(selects).collect();
        let has_selected = self.at_or_above(|at| self.is_selected[at]);
        let mut roots = Vec::new();
        let mut open = std::mem::take(&mut self.roots);
        while let Some(at) = open.pop() {
            let is_selected = |child: &usize| self.is_selected[*child];
            let is_parent = self.nodes[at].kind == NodeKind::Missing
                && self.children[at].iter().any(is_selected);
            if is_parent {
                self.children[at].retain(|child| has_selected[*child]);
            }
            if is_parent || self.is_selected[at] {
                roots.push(at);
            } else if has_selected[at] {
                open.extend(&self.children[at]);
            }
        }
        self.roots = roots;
        self.sort_roots();
    }

    /// Adds the spans above the roots, without their other children.
    pub fn add_ancestors(&mut self) {
        let mut is_kept = vec![false; self.nodes.len()];
        let mut ancestors = Vec::new();
        for root in &self.roots {
            is_kept[*root] = true;
            let above = std::iter::successors(self.parents[*root], |at| self.parents[*at]);
            for at in above {
                if std::mem::replace(&mut is_kept[at], true) {
                    break;
                }
                ancestors.push(at);
            }
        }
        for at in &ancestors {
            self.children[*at].retain(|child| is_kept[*child]);
        }
        self.roots.extend(ancestors);
        self.roots.retain(|at| self.parents[*at].is_none());
        self.sort_roots();
    }

    /// Returns the nodes of the trees, those above them and the children of these, which determine their self times.
    pub(super) fn into_connected(self) -> impl Iterator<Item = Node> {
        let mut is_kept = vec![false; self.nodes.len()];
        let mut is_ancestor = vec![false; self.nodes.len()];
        for root in &self.roots {
            for place in self.walk(*root) {
                is_kept[place.node] = true;
            }
            let above = std::iter::successors(self.parents[*root], |at| self.parents[*at]);
            for at in above {
                if std::mem::replace(&mut is_ancestor[at], true) {
                    break;
                }
                is_kept[at] = true;
                for child in &self.children[at] {
                    is_kept[*child] = true;
                }
            }
        }
        let nodes = self.nodes.into_iter().zip(is_kept);
        nodes.filter_map(|(node, is_kept)| {
            (is_kept && node.kind != NodeKind::Missing).then_some(node)
        })
    }

    fn sort_roots(&mut self) {
        let nodes = &self.nodes;
        sort_by_key(&mut self.roots, |at| (nodes[*at].ts, nodes[*at].id, *at));
    }

    /// Returns for each node of the trees whether `is_wanted` returns true for it, or for a node below it.
    fn at_or_above(&self, is_wanted: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut found = vec![false; self.nodes.len()];
        for root in &self.roots {
            // Children before parents.
            let places: Vec<TreePosition> = self.walk(*root).collect();
            for place in places.into_iter().rev() {
                let below = self.children[place.node].iter().any(|child| found[*child]);
                found[place.node] = below || is_wanted(place.node);
            }
        }
        found
    }

    /// Keeps only the nodes for which `is_selected` returns true, and the nodes above them.
    pub fn retain(&mut self, is_selected: impl Fn(&Node) -> bool) {
        let kept = self.at_or_above(|at| is_selected(&self.nodes[at]));
        self.roots.retain(|root| kept[*root]);
        for children in &mut self.children {
            children.retain(|child| kept[*child]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(id: u64, parent: Option<u64>, start: i64, micros: u64) -> Node {
        Node {
            kind: NodeKind::Span,
            name: format!("s{id}"),
            parent,
            dur_ns: Some(micros * 1000),
            ..Node::missing(Timestamp::from_micros(start), Some(id))
        }
    }

    fn drawn(forest: &Forest) -> Vec<String> {
        let roots = forest.roots.iter();
        let places = roots.flat_map(|root| forest.walk(*root));
        places
            .map(|place| {
                let node = &forest.nodes[place.node];
                format!("{}{}", " ".repeat(place.depth), node.id.unwrap_or(0))
            })
            .collect()
    }

    #[test]
    fn a_parent_that_is_not_there_has_a_node() {
        let forest = Forest::of(vec![
            span(3, Some(2), 5, 1),
            span(4, Some(2), 4, 1),
            span(5, None, 6, 1),
        ]);
        assert_eq!(drawn(&forest), ["2", " 4", " 3", "5"]);
        assert_eq!(forest.nodes[forest.roots[0]].kind, NodeKind::Missing);
    }

    #[test]
    fn a_span_that_ended_takes_the_place_of_its_start() {
        let mut open = span(1, None, 0, 0);
        open.kind = NodeKind::Open;
        let forest = Forest::of(vec![
            open.clone(),
            span(2, Some(1), 1, 1),
            span(1, None, 0, 9),
        ]);
        assert_eq!(drawn(&forest), ["1", " 2"]);
        let forest = Forest::of(vec![open, span(2, Some(1), 1, 1)]);
        assert_eq!(forest.nodes[forest.roots[0]].kind, NodeKind::Open);
    }

    #[test]
    fn cycles_are_cut_open() {
        let forest = Forest::of(vec![
            span(1, Some(3), 0, 1),
            span(2, Some(1), 1, 1),
            span(3, Some(2), 2, 1),
            span(4, Some(4), 3, 1),
        ]);
        assert_eq!(drawn(&forest), ["1", " 2", "  3", "4"]);
    }

    #[test]
    fn the_self_time_is_the_time_that_no_child_covers() {
        let forest = Forest::of(vec![
            span(2, Some(1), 10, 10),
            span(3, Some(1), 15, 10),
            // This span ends after its parent.
            span(4, Some(1), 90, 50),
            span(1, None, 0, 100),
        ]);
        assert_eq!(forest.self_ns(forest.roots[0]), Some(75_000));
    }

    #[test]
    fn the_root_around_a_moment() {
        let forest = Forest::of(vec![
            span(1, None, 0, 10),
            span(2, None, 20, 10),
            span(3, Some(2), 21, 1),
        ]);
        let id = |root: Option<usize>| root.and_then(|root| forest.nodes[root].id);
        let at = |micros| id(forest.around(Timestamp::from_micros(micros)));
        assert_eq!(
            [at(5), at(15), at(25), at(40)],
            [Some(1), None, Some(2), None]
        );
        assert_eq!(id(forest.last()), Some(2));
    }

    proptest! {
        #[test]
        fn every_node_is_drawn_once_whatever_the_ids(
            spans in prop::collection::vec((0..8_u64, prop::option::of(0..8_u64), 0..9_i64), 0..30)
        ) {
            let nodes: Vec<Node> = spans.iter().map(|(id, parent, start)| span(*id, *parent, *start, 1)).collect();
            let forest = Forest::of(nodes);
            let mut places: Vec<usize> = forest.roots.iter().flat_map(|root| forest.walk(*root)).map(|place| place.node).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..forest.nodes.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_chain_of_any_depth_is_walked() {
        let chain = (1..200_000)
            .map(|id| span(id, (id > 1).then(|| id - 1), 0, 1))
            .collect();
        let mut forest = Forest::of(chain);
        forest.retain(|node| node.id == Some(199_999));
        assert_eq!(forest.walk(forest.roots[0]).last().unwrap().depth, 199_998);
    }
}
