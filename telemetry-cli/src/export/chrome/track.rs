//! Which track each span of a tree is on, and where it ends there.

use std::collections::HashMap;

use super::clock::Clock;
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;

/// Starts are in microseconds: a child may stand out of its parent by less than one.
const SLACK: i128 = 1000;
/// The end of what has not ended.
const NEVER: i128 = i128::MAX;

/// A node's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Track {
    /// From 0 on, in its tree.
    pub(super) number: usize,
    /// Where it ends there: not after what it stands below.
    pub(super) end: i128,
}

/// The tracks of a tree's nodes. On each of them what overlaps is nested, and what is nested in a span
/// is below it in the tree.
pub(super) fn of(forest: &Forest, root: usize, clock: Clock) -> HashMap<usize, Track> {
    let start = |at: usize| clock.nanos(forest.nodes[at].ts);
    let end = |at: usize| match forest.nodes[at].kind {
        NodeKind::Open => NEVER,
        _ => start(at) + i128::from(forest.nodes[at].dur_ns.unwrap_or(0)),
    };
    // When each track is free again.
    let mut free: Vec<i128> = Vec::new();
    let mut take = |at: usize| {
        // Not at its very end: which of two events of one time comes first would be left to chance.
        let found = free.iter().position(|from| *from < start(at));
        let number = found.unwrap_or_else(|| {
            free.push(NEVER);
            free.len() - 1
        });
        free[number] = end(at);
        Track {
            number,
            end: end(at),
        }
    };
    let mut tracks = HashMap::new();
    tracks.insert(root, take(root));
    for place in forest.walk(root) {
        let above = tracks[&place.node];
        let is_there = forest.nodes[place.node].kind != NodeKind::Missing;
        let mut free_from = start(place.node);
        for child in &forest.children[place.node] {
            let fits = is_there
                && start(*child) >= free_from
                && start(*child) <= above.end
                && end(*child) <= above.end.saturating_add(SLACK);
            let track = if fits {
                let end = end(*child).min(above.end);
                free_from = free_from.max(end);
                Track { end, ..above }
            } else {
                take(*child)
            };
            tracks.insert(*child, track);
        }
    }
    tracks
}
