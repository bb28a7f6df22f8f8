//! One pass over the span trees of a selection: the waterfalls, the failed spans and the stacks of the flame graph.

use std::collections::VecDeque;

use telemetry_schema::record::Timestamp;

use super::waterfall::{Waterfall, details, name};
use crate::error::Error;
use crate::export::folded::{self, StackSums};
use crate::selection::SpanFilter;
use crate::skipped_lines::SkippedLines;
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;
use crate::spans::{Launch, TreeScope, trees};

/// The most rows of one waterfall.
const MAX_ROWS: usize = 300;
/// The most rows of all waterfalls. Beyond that, each waterfall has fewer rows: 12,000 rows are about 3 MB of HTML.
const MAX_ALL_ROWS: usize = 12_000;
/// The fewest rows to which a waterfall is cut.
const MIN_ROWS: usize = 6;
/// The most waterfalls, the latest ones.
const MAX_WATERFALLS: usize = 2_000;
/// The most failed spans that are listed, the latest ones.
const MAX_FAILED: usize = 500;

/// A span whose outcome is not `ok`.
#[derive(Clone, Debug)]
pub(super) struct FailedSpan {
    pub(super) ts: Timestamp,
    pub(super) name: String,
    pub(super) details: String,
    pub(super) dur_ns: Option<u64>,
    pub(super) src: Option<String>,
}

/// The waterfalls, failed spans and stacks of a selection.
#[derive(Debug, Default)]
pub(super) struct SpanCollection {
    pub(super) waterfalls: VecDeque<Waterfall>,
    /// The number of earlier waterfalls that were omitted.
    pub(super) omitted_waterfalls: u64,
    /// The number of trees of a single span outside of turns, which have no waterfall.
    pub(super) single: u64,
    pub(super) failed: VecDeque<FailedSpan>,
    /// The number of failed spans that are not listed.
    pub(super) omitted_failures: u64,
    /// The folded stacks, as `telemetry export folded` writes them.
    pub(super) stacks: String,
    /// The number of spans and events that did not fit into memory.
    pub(super) dropped: u64,
    limit: usize,
    rows: usize,
}

/// Reads the trees of the processes, one process after another.
pub(super) fn collect(launches: &[Launch], filter: &SpanFilter) -> Result<SpanCollection, Error> {
    let mut spans = SpanCollection {
        limit: MAX_ROWS,
        ..SpanCollection::default()
    };
    let mut stacks = StackSums::default();
    // The totals by span name count the damaged lines.
    let skips = &mut SkippedLines::default();
    for launch in launches {
        let of_launch = std::slice::from_ref(launch);
        let trees = trees(of_launch, filter, TreeScope::All, skips)?;
        spans.dropped += trees.dropped;
        for (_, forest) in &trees.launches {
            folded::add(forest, &mut stacks);
            spans.add(forest);
        }
    }
    let mut folded = Vec::new();
    stacks.write(&mut folded)?;
    spans.stacks = String::from_utf8_lossy(&folded).into_owned();
    // Processes may have run at the same time.
    spans.waterfalls.make_contiguous().sort_by_key(|it| it.ts);
    spans.failed.make_contiguous().sort_by_key(|it| it.ts);
    Ok(spans)
}

impl SpanCollection {
    fn add(&mut self, forest: &Forest) {
        for root in &forest.roots {
            for place in forest.walk(*root) {
                let node = &forest.nodes[place.node];
                if !forest.is_selected(place.node) {
                    continue;
                }
                if node.turn.is_some() && place.node != *root {
                    self.push(Waterfall::of(forest, place.node));
                }
                if node.has_failed() {
                    self.failed.push_back(FailedSpan {
                        ts: node.ts,
                        name: name(node),
                        details: details(node),
                        dur_ns: node.dur_ns,
                        src: node.src.clone(),
                    });
                    if self.failed.len() > MAX_FAILED {
                        self.failed.pop_front();
                        self.omitted_failures += 1;
                    }
                }
            }
            let node = &forest.nodes[*root];
            if node.turn.is_some() || !forest.children[*root].is_empty() {
                self.push(Waterfall::of(forest, *root));
            } else {
                self.single += u64::from(node.kind == NodeKind::Span);
            }
        }
    }

    fn push(&mut self, mut waterfall: Waterfall) {
        waterfall.trim(self.limit);
        self.rows += waterfall.rows.len();
        self.waterfalls.push_back(waterfall);
        if self.waterfalls.len() > MAX_WATERFALLS
            && let Some(oldest) = self.waterfalls.pop_front()
        {
            self.rows -= oldest.rows.len();
            self.omitted_waterfalls += 1;
        }
        while self.rows > MAX_ALL_ROWS && self.limit > MIN_ROWS {
            self.limit = (self.limit * 3 / 4).max(MIN_ROWS);
            for waterfall in &mut self.waterfalls {
                waterfall.trim(self.limit);
            }
            self.rows = self.waterfalls.iter().map(|it| it.rows.len()).sum();
        }
    }
}
