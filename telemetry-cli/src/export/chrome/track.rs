//! Assigns the spans of a tree to tracks.

use std::collections::HashMap;

use super::clock::TraceClock;
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;

/// The tolerance of nesting: start times have microsecond precision, so a child can end up to a
/// microsecond after its parent.
const SLACK: i128 = 1000;
/// The end of an open span.
const NEVER: i128 = i128::MAX;

/// The track of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Track {
    /// The number of the track within the tree, from 0.
    pub(super) number: usize,
    /// The end of the span on the track, which is not after the end of the span that contains it.
    pub(super) end: i128,
}

/// Returns the track of each node of a tree. Overlapping spans on one track are nested, and a span is nested
/// only in its ancestors.
pub(super) fn of(forest: &Forest, root: usize, clock: TraceClock) -> HashMap<usize, Track> {
    let start = |at: usize| clock.nanos(forest.nodes[at].ts);
    let end = |at: usize| match forest.nodes[at].kind {
        NodeKind::Open => NEVER,
        _ => start(at) + i128::from(forest.nodes[at].dur_ns.unwrap_or(0)),
    };
    // The time from which each track is free.
    let mut free: Vec<i128> = Vec::new();
    let mut take = |at: usize| {
        // Strictly after the end, as the order of events with equal times is undefined.
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
