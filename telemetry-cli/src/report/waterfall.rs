//! The rows of the waterfall of a turn.

use crate::records::operation_name;
use crate::spans::node::{Node, NodeKind};
use crate::spans::tree::Forest;
use crate::terminal::{cut, visible};

/// The longest text of the fields of a span, in terminal columns.
const MAX_FIELDS: usize = 120;

/// The time of a turn, as the tree of its spans.
#[derive(Clone, Debug)]
pub(super) struct Waterfall {
    /// The number of the turn; `None` for a tree outside of turns.
    pub(super) turn: Option<u64>,
    pub(super) session: Option<String>,
    pub(super) name: String,
    pub(super) ts: telemetry_schema::record::Timestamp,
    /// The time from the first start to the last end, in nanoseconds.
    pub(super) length_ns: u64,
    pub(super) failed: u64,
    pub(super) rows: Vec<WaterfallRow>,
    /// The number of spans and events that have no row.
    pub(super) omitted: usize,
}

/// A span or an event.
#[derive(Clone, Debug)]
pub(super) struct WaterfallRow {
    pub(super) depth: usize,
    pub(super) kind: NodeKind,
    pub(super) name: String,
    /// The fields, the operation, and the error.
    pub(super) details: String,
    /// Nanoseconds from the start of the waterfall.
    pub(super) start_ns: u64,
    pub(super) dur_ns: Option<u64>,
    pub(super) self_ns: Option<u64>,
    pub(super) failed: bool,
}

impl Waterfall {
    /// Returns the waterfall of a tree. The trees of selected turns below `root` are omitted, because they have their
    /// own.
    pub(super) fn of(forest: &Forest, root: usize) -> Self {
        let mut rows = Vec::new();
        let top = &forest.nodes[root];
        let (mut start, mut end) = (top.ts, top.end());
        let mut session = top.session_id.clone();
        // The depth of the turn whose tree is omitted.
        let mut hidden: Option<usize> = None;
        let mut shown = Vec::new();
        for place in forest.walk(root) {
            if hidden.is_some_and(|depth| place.depth > depth) {
                continue;
            }
            let node = &forest.nodes[place.node];
            let is_turn = node.turn.is_some() && forest.is_selected(place.node);
            hidden = (is_turn && place.node != root).then_some(place.depth);
            start = start.min(node.ts);
            end = end.max(node.end());
            session = session.or_else(|| node.session_id.clone());
            shown.push(place);
        }
        let nanos = |from: i64, to: i64| {
            u64::try_from(to.saturating_sub(from))
                .unwrap_or(0)
                .saturating_mul(1000)
        };
        let mut failed = 0;
        for place in shown {
            let node = &forest.nodes[place.node];
            failed += u64::from(node.has_failed());
            let details = match forest.other_session(place, session.as_deref()) {
                Some(other) => {
                    let details = format!("of session {} {}", visible(other), details(node));
                    cut(details.trim_end(), MAX_FIELDS).into_owned()
                }
                None => details(node),
            };
            rows.push(WaterfallRow {
                depth: place.depth,
                kind: node.kind,
                name: name(node),
                details,
                start_ns: nanos(start.micros(), node.ts.micros()),
                dur_ns: node.dur_ns,
                self_ns: forest.self_ns(place.node),
                failed: node.has_failed(),
            });
        }
        Self {
            turn: top.turn,
            session,
            name: name(top),
            ts: start,
            length_ns: nanos(start.micros(), end.micros()).max(top.dur_ns.unwrap_or(0)),
            failed,
            rows,
            omitted: 0,
        }
    }

    /// Keeps the first row and the most important others: the failed ones, then the longest ones.
    pub(super) fn trim(&mut self, limit: usize) {
        if self.rows.len() <= limit {
            return;
        }
        let mut order: Vec<usize> = (1..self.rows.len()).collect();
        order.sort_by_key(|at| {
            let row = &self.rows[*at];
            std::cmp::Reverse((row.failed, row.dur_ns))
        });
        let mut kept = vec![false; self.rows.len()];
        kept[0] = true;
        for at in order.into_iter().take(limit.saturating_sub(1)) {
            kept[at] = true;
        }
        let before = self.rows.len();
        let mut kept = kept.into_iter();
        self.rows.retain(|_| kept.next() == Some(true));
        self.omitted += before - self.rows.len();
    }
}

pub(super) fn name(node: &Node) -> String {
    match (node.kind, node.id) {
        (NodeKind::Missing, Some(id)) => format!("(span {id}: not ended, or lost)"),
        (NodeKind::Open, _) => format!("{} (open)", visible(&node.name)),
        _ => visible(&node.name).into_owned(),
    }
}

/// Returns the outcome and the error of a failed span, its operation and its fields.
pub(super) fn details(node: &Node) -> String {
    let mut parts = Vec::new();
    if let Some(outcome) = node.outcome.as_deref().filter(|_| node.has_failed()) {
        parts.push(match &node.error {
            Some(error) => format!("{}: {}", visible(outcome), visible(error)),
            None => visible(outcome).into_owned(),
        });
    }
    let (tool, agent) = (node.tool.as_deref(), node.agent.as_deref());
    if let Some(operation) = operation_name(node.operation.as_deref(), tool, agent) {
        parts.push(format!("[{}]", visible(&operation)));
    }
    if let Some(fields) = &node.fields {
        let mut text = String::new();
        crate::fields::write(&mut text, fields, node.lengths.as_deref());
        parts.push(text.trim_start().to_owned());
    }
    cut(&parts.join(" "), MAX_FIELDS).into_owned()
}
