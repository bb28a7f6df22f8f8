//! The panel of a turn: its spans over time.

use std::fmt::Write;

use ratatui_core::layout::Rect;
use telemetry_schema::record::Timestamp;

use super::canvas::Canvas;
use super::columns::{Cell, Column, PanelTable, place};
use crate::fields;
use crate::spans::node::{Node, NodeKind};
use crate::terminal::nanoseconds;
use crate::top::layout::PanelArea;
use crate::top::page::{Page, TreeRow, TurnTree};
use crate::top::state::{Panel, ViewState};

/// The levels that are drawn as indentation. Deeper spans would leave no room for their names.
const DEEPEST: usize = 12;

fn columns(width: u16) -> [Column; 3] {
    [
        Column::text("Span", (width * 2 / 5).max(20), 0),
        Column::number("Duration", 8, 0),
        Column::drawing("Time", 10),
    ]
}
/// The column that takes the rest of the width.
const WIDE: usize = 2;

pub(super) fn draw(area: &PanelArea, page: &Page<'_>, state: &ViewState, canvas: &mut Canvas<'_>) {
    let tree = &page.tree;
    let columns = columns(area.rows.width);
    let table = PanelTable::of(area, &columns, WIDE, page, state);
    let placed = place(&columns, WIDE, area.rows.width);
    let bar_width = placed.last().map_or(0, |(_, _, width)| *width);
    let (alarm, good, plain) = (canvas.alarm(), canvas.good(), Canvas::plain());
    table.draw(tree.rows.len(), canvas, |at| {
        let row = tree.rows[at];
        let node = &tree.forest.nodes[row.node];
        let style = if node.has_failed() { alarm } else { plain };
        let bar_style = if node.has_failed() { alarm } else { good };
        let duration = match node.kind {
            NodeKind::Span => nanoseconds(node.dur_ns.unwrap_or(0)),
            NodeKind::Open => "running".to_owned(),
            NodeKind::Event | NodeKind::Missing => "-".to_owned(),
        };
        vec![
            Cell::styled(label(row, node, tree), style),
            duration.into(),
            Cell::styled(bar(node, tree, bar_width), bar_style),
        ]
    });
    if tree.rows.is_empty() {
        let text = if state.filter(Panel::Waterfall).is_empty() {
            "No span of this session is in the debug log."
        } else {
            "No span matches the filter."
        };
        canvas.text(area.rows, 0, text, canvas.dim());
    }
    if let Some(row) = tree.rows.get(page.selected(Panel::Waterfall)) {
        details(*row, tree, area.details, canvas);
    }
}

fn label(row: TreeRow, node: &Node, tree: &TurnTree) -> String {
    let mark = match node.kind {
        NodeKind::Event => "·",
        _ if row.is_collapsed => "▸",
        _ if tree.forest.children[row.node].is_empty() => " ",
        _ => "▾",
    };
    let name = match node.kind {
        NodeKind::Missing => "(not ended, or lost)",
        _ => node.name.as_str(),
    };
    let turn = node.turn.map(|turn| format!(" #{turn}"));
    format!(
        "{}{mark} {name}{}",
        " ".repeat(row.depth.min(DEEPEST)),
        turn.unwrap_or_default()
    )
}

/// Draws the time of a node as a bar over the time of the turn.
fn bar(node: &Node, tree: &TurnTree, width: u16) -> String {
    let cell = |time: Timestamp| {
        let since = |time: Timestamp| {
            let micros = time.micros().saturating_sub(tree.start.micros());
            u128::try_from(micros).unwrap_or(0)
        };
        let whole = since(tree.end).max(1);
        let cell = since(time) * u128::from(width) / whole;
        usize::try_from(cell).unwrap_or(0).min(width.into())
    };
    let last = usize::from(width).saturating_sub(1);
    let from = cell(node.ts).min(last);
    let until = match node.kind {
        NodeKind::Open | NodeKind::Missing => usize::from(width),
        NodeKind::Span | NodeKind::Event => cell(node.end()),
    };
    let before = " ".repeat(from);
    match (node.kind, until.saturating_sub(from)) {
        (NodeKind::Event, _) => format!("{before}◆"),
        (_, 0) => format!("{before}▏"),
        (NodeKind::Open | NodeKind::Missing, cells) => format!("{before}{}", "░".repeat(cells)),
        (NodeKind::Span, cells) => format!("{before}{}", "█".repeat(cells)),
    }
}

fn details(row: TreeRow, tree: &TurnTree, line: Rect, canvas: &mut Canvas<'_>) {
    let node = &tree.forest.nodes[row.node];
    let after = node.ts.micros().saturating_sub(tree.start.micros());
    let after = u64::try_from(after).unwrap_or(0).saturating_mul(1000);
    let mut text = format!("at {}", nanoseconds(after));
    if let Some(own) = tree.forest.self_ns(row.node) {
        let _ = write!(text, " · self {}", nanoseconds(own));
    }
    for part in [&node.outcome, &node.error, &node.src]
        .into_iter()
        .flatten()
    {
        let _ = write!(text, " · {part}");
    }
    if let Some(json) = &node.fields {
        text.push_str(" ·");
        fields::write(&mut text, json, node.lengths.as_deref());
    }
    let style = if node.has_failed() {
        canvas.alarm()
    } else {
        canvas.dim()
    };
    canvas.text(line, 0, &text, style);
}
