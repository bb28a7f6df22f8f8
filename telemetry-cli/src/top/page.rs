//! The rows that the view shows: those of the model, filtered and sorted by the state.

use std::cmp::Ordering;

use telemetry_schema::record::Timestamp;
use telemetry_schema::sort::sort_by;

use super::model::Model;
use super::model::request::Request;
use super::model::session::Session;
use super::model::span_name::SpanName;
use super::model::span_store::{SpanKey, TurnRoot};
use super::state::{Panel, SessionSort, SpanSort, TreeRowKey, ViewState};
use crate::selection::{SHORT_ID, prefix_len};
use crate::spans::node::NodeKind;
use crate::spans::tree::Forest;

/// A row of the waterfall.
#[derive(Clone, Copy, Debug)]
pub struct TreeRow {
    /// The index of the node in the forest.
    pub node: usize,
    /// The number of levels above the node.
    pub depth: usize,
    /// Whether the children of the node are hidden.
    pub is_collapsed: bool,
}

/// The turn that the waterfall shows.
#[derive(Debug, Default)]
pub struct TurnTree {
    /// The turns of the session, by their start.
    pub turns: Vec<TurnRoot>,
    /// The place of the shown turn in `turns`.
    pub place: usize,
    /// The spans and events of the turn.
    pub forest: Forest,
    /// The rows, parents before children.
    pub rows: Vec<TreeRow>,
    /// The start of the first span.
    pub start: Timestamp,
    /// The end of the last span.
    pub end: Timestamp,
}

impl TurnTree {
    /// Returns the root of the shown turn.
    pub fn root(&self) -> Option<SpanKey> {
        self.turns.get(self.place).map(|turn| turn.key)
    }

    /// Returns the key by which a row stays selected.
    pub fn key_of(&self, row: usize) -> Option<TreeRowKey> {
        let node = &self.forest.nodes[self.rows.get(row)?.node];
        let id = node.id.filter(|_| node.kind != NodeKind::Event);
        Some(TreeRowKey { id, start: node.ts })
    }
}

/// The rows that the view shows.
#[derive(Debug)]
pub struct Page<'a> {
    /// The model.
    pub model: &'a Model,
    /// The sessions.
    pub sessions: Vec<&'a Session>,
    /// The requests of the selected session, the latest first.
    pub requests: Vec<&'a Request>,
    /// The span names.
    pub spans: Vec<(&'a str, &'a SpanName)>,
    /// The turn of the selected session; empty unless the waterfall is shown, since a long session has many spans.
    pub tree: TurnTree,
    /// The number of characters by which the ids of all sessions differ.
    pub id_len: usize,
    /// The index of the selected row of each panel.
    pub selected: [usize; 4],
}

impl<'a> Page<'a> {
    /// Returns the rows.
    pub fn of(model: &'a Model, state: &ViewState) -> Self {
        let sessions = sessions(model, state);
        let find = |wanted: &Option<String>| {
            let wanted = wanted.as_deref()?;
            sessions.iter().position(|session| session.id == wanted)
        };
        let session_at = find(&state.session).unwrap_or(0);
        let session = sessions.get(session_at).map(|session| session.id.as_str());
        let requests = session.map_or_else(Vec::new, |id| requests(model, state, id));
        let request_at = state
            .request
            .and_then(|number| requests.iter().position(|row| row.number == number));
        let spans = spans(model, state);
        let name_at = state
            .name
            .as_deref()
            .and_then(|name| spans.iter().position(|(row, _)| *row == name));
        let is_shown = state.lower.panel() == Panel::Waterfall;
        let tree = session
            .filter(|_| is_shown)
            .map_or_else(TurnTree::default, |id| {
                tree(model, state, id, requests.first().map(|request| request.ts))
            });
        let row_at = state
            .row
            .and_then(|key| (0..tree.rows.len()).find(|row| tree.key_of(*row) == Some(key)));
        Self {
            model,
            sessions,
            requests,
            spans,
            tree,
            id_len: prefix_len(model.sessions.iter().map(|it| it.id.as_str()), SHORT_ID),
            selected: [
                session_at,
                request_at.unwrap_or(0),
                name_at.unwrap_or(0),
                row_at.unwrap_or(0),
            ],
        }
    }

    /// Returns the selected session.
    pub fn session(&self) -> Option<&'a Session> {
        self.sessions.get(self.selected(Panel::Sessions)).copied()
    }

    /// Returns the selected request.
    pub fn request(&self) -> Option<&'a Request> {
        self.requests.get(self.selected(Panel::Requests)).copied()
    }

    /// Returns the index of the selected row.
    pub fn selected(&self, panel: Panel) -> usize {
        self.selected[panel as usize]
    }

    /// Returns the number of rows of a panel.
    pub fn len(&self, panel: Panel) -> usize {
        match panel {
            Panel::Sessions => self.sessions.len(),
            Panel::Requests => self.requests.len(),
            Panel::Spans => self.spans.len(),
            Panel::Waterfall => self.tree.rows.len(),
        }
    }

    /// Returns whether the process of a session is running.
    pub fn is_running(&self, session: &Session) -> bool {
        is_running(self.model, session)
    }
}

fn is_running(model: &Model, session: &Session) -> bool {
    let launch = session.launch.and_then(|launch| model.launches.get(launch));
    launch.is_some_and(|launch| launch.is_alive)
}

/// Returns whether the view shows a session. A launch that ended without a record is not shown.
pub fn has_content(model: &Model, session: &Session) -> bool {
    session.sums.requests > 0 || session.has_spans || is_running(model, session)
}

fn contains(text: &str, filter: &str) -> bool {
    text.to_lowercase().contains(filter)
}

fn sessions<'a>(model: &'a Model, state: &ViewState) -> Vec<&'a Session> {
    let filter = state.filter(Panel::Sessions).to_lowercase();
    let is_shown = |session: &&Session| {
        let launch = session.launch.and_then(|launch| model.launches.get(launch));
        let texts = [
            Some(session.id.as_str()),
            session.model.as_deref(),
            launch.and_then(|launch| launch.app.as_deref()),
            session.error.as_ref().map(|error| error.class.as_str()),
        ];
        has_content(model, session)
            && (filter.is_empty()
                || texts
                    .into_iter()
                    .flatten()
                    .any(|text| contains(text, &filter)))
    };
    let mut rows: Vec<&Session> = model.sessions.iter().filter(is_shown).collect();
    let sort = state.session_sort;
    sort_by(&mut rows, |a, b| {
        let order = match sort {
            SessionSort::Last => b.last.cmp(&a.last),
            SessionSort::Cost => b.sums.cost_nanos.cmp(&a.sums.cost_nanos),
            SessionSort::Rate => b.hourly.nanos.cmp(&a.hourly.nanos),
            SessionSort::Tokens => b.sums.total_tokens.cmp(&a.sums.total_tokens),
            SessionSort::Requests => b.sums.requests.cmp(&a.sums.requests),
            SessionSort::Model => a.model.cmp(&b.model),
        };
        directed(order, state.sessions_reversed).then_with(|| b.id.cmp(&a.id))
    });
    rows
}

fn requests<'a>(model: &'a Model, state: &ViewState, session: &str) -> Vec<&'a Request> {
    let filter = state.filter(Panel::Requests).to_lowercase();
    let mut rows = model.requests.of_session(session);
    rows.retain(|row| {
        let texts = [&row.model, &row.retry_cause, &row.error, &row.id];
        filter.is_empty()
            || texts
                .into_iter()
                .flatten()
                .any(|text| contains(text, &filter))
    });
    rows.reverse();
    rows
}

fn spans<'a>(model: &'a Model, state: &ViewState) -> Vec<(&'a str, &'a SpanName)> {
    let filter = state.filter(Panel::Spans).to_lowercase();
    let mut rows: Vec<_> = model
        .names
        .iter()
        .filter(|(name, _)| contains(name, &filter))
        .collect();
    sort_by(&mut rows, |(name, a), (other, b)| {
        let order = match state.span_sort {
            SpanSort::P95 => b.p95.cmp(&a.p95),
            SpanSort::P99 => b.p99.cmp(&a.p99),
            SpanSort::P50 => b.p50.cmp(&a.p50),
            SpanSort::Total => b.total_ns.cmp(&a.total_ns),
            SpanSort::Count => b.count.cmp(&a.count),
            SpanSort::Errors => b.errors.cmp(&a.errors),
            SpanSort::Name => Ordering::Equal,
        };
        directed(order.then_with(|| name.cmp(other)), state.spans_reversed)
    });
    rows
}

fn directed(order: Ordering, is_reversed: bool) -> Ordering {
    if is_reversed { order.reverse() } else { order }
}

fn tree(
    model: &Model,
    state: &ViewState,
    session: &str,
    latest_request: Option<Timestamp>,
) -> TurnTree {
    let spans = model.spans.of_session(session);
    let chosen = state
        .turn
        .and_then(|key| spans.roots.iter().position(|root| root.key == key));
    let latest = || latest_request.and_then(|time| spans.place_at(time));
    let last = spans.roots.len().saturating_sub(1);
    let place = chosen.or_else(latest).unwrap_or(last);
    let Some(root) = spans.roots.get(place).map(|root| root.key) else {
        return TurnTree::default();
    };
    let forest = spans.forest(root);
    let filter = state.filter(Panel::Waterfall).to_lowercase();
    let mut rows = Vec::new();
    let (mut start, mut end) = (None::<Timestamp>, None::<Timestamp>);
    for tree in &forest.roots {
        // The depth below which nodes are hidden.
        let mut hidden_below = None;
        for position in forest.walk(*tree) {
            let node = &forest.nodes[position.node];
            start = Some(start.map_or(node.ts, |start| start.min(node.ts)));
            end = end.max(Some(node.end()));
            if hidden_below.is_some_and(|depth| position.depth > depth) {
                continue;
            }
            hidden_below = None;
            let key = node.id.map(|id| SpanKey {
                launch: root.launch,
                id,
            });
            let has_children = !forest.children[position.node].is_empty();
            let is_collapsed =
                has_children && key.is_some_and(|key| state.collapsed.contains(&key));
            if is_collapsed {
                hidden_below = Some(position.depth);
            }
            if contains(&node.name, &filter) {
                rows.push(TreeRow {
                    node: position.node,
                    depth: position.depth,
                    is_collapsed,
                });
            }
        }
    }
    TurnTree {
        turns: spans.roots,
        place,
        rows,
        start: start.unwrap_or_default(),
        end: end.unwrap_or_default(),
        forest,
    }
}
