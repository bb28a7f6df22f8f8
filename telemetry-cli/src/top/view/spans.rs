//! The panel of the span names.

use std::collections::VecDeque;

use ratatui_core::layout::Rect;
use telemetry_text::{compact, counted, grouped};

use super::canvas::Canvas;
use super::columns::{Cell, Column, PanelTable, column_at};
use crate::terminal::nanoseconds;
use crate::top::layout::PanelArea;
use crate::top::page::Page;
use crate::top::state::{Panel, SpanSort, ViewState};

/// The width of the sparkline: the number of latest durations that are shown.
const SPARKLINE: u16 = 10;
const COLUMNS: [Column; 8] = [
    Column::text("Span (all sessions)", 18, 0),
    Column::number("Count", 7, 4),
    Column::number("Errors", 6, 3),
    Column::number("p50", 7, 0),
    Column::number("p95", 7, 0),
    Column::number("p99", 7, 0),
    Column::number("Total", 8, 5),
    Column::drawing("Latest", SPARKLINE),
];
/// The column that takes the rest of the width.
const WIDE: usize = 0;
/// The orders of the columns.
const ORDERS: [SpanSort; 7] = [
    SpanSort::Name,
    SpanSort::Count,
    SpanSort::Errors,
    SpanSort::P50,
    SpanSort::P95,
    SpanSort::P99,
    SpanSort::Total,
];

/// Returns the order of the column at a terminal column.
pub(in crate::top) fn sort_at(columns: Rect, x: u16) -> Option<SpanSort> {
    let column = column_at(&COLUMNS, WIDE, columns, x)?;
    ORDERS.get(column).copied()
}

pub(super) fn draw(area: &PanelArea, page: &Page<'_>, state: &ViewState, canvas: &mut Canvas<'_>) {
    let sorted = ORDERS.iter().position(|order| *order == state.span_sort);
    let table =
        PanelTable::of(area, &COLUMNS, WIDE, page, state).sorted_by(sorted, state.spans_reversed);
    let (alarm, good) = (canvas.alarm(), canvas.good());
    table.draw(page.spans.len(), canvas, |at| {
        let (name, row) = page.spans[at];
        let errors = match row.errors {
            0 => "-".into(),
            errors => Cell::styled(grouped(errors), alarm),
        };
        vec![
            name.into(),
            compact(row.count).into(),
            errors,
            nanoseconds(row.p50).into(),
            nanoseconds(row.p95).into(),
            nanoseconds(row.p99).into(),
            nanoseconds(row.total_ns).into(),
            Cell::styled(sparkline(&row.latest), good),
        ]
    });
    if page.spans.is_empty() {
        let text = if state.filter(Panel::Spans).is_empty() {
            "No span yet."
        } else {
            "No span matches the filter."
        };
        canvas.text(area.rows, 0, text, canvas.dim());
    }
    if let Some((name, row)) = page.spans.get(page.selected(Panel::Spans)) {
        let text = format!(
            "{name} · {}, {} failed · total {} · longest {}",
            counted(row.count, "span", "spans"),
            grouped(row.errors),
            nanoseconds(row.total_ns),
            nanoseconds(row.max_ns)
        );
        canvas.text(area.details, 0, &text, canvas.dim());
    }
}

/// Draws the latest durations as bars, in proportion to the longest one.
fn sparkline(latest: &VecDeque<u64>) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = latest
        .iter()
        .skip(latest.len().saturating_sub(SPARKLINE.into()));
    let longest = shown.clone().copied().max().unwrap_or(0).max(1);
    let bar = |duration: &u64| {
        let height = u128::from(*duration) * (BARS.len() as u128 - 1) / u128::from(longest);
        BARS[usize::try_from(height).unwrap_or(0)]
    };
    shown.map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_is_in_proportion_to_the_longest_duration() {
        let of = |durations: &[u64]| sparkline(&durations.iter().copied().collect());
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[0, 1, 7]), "▁▂█");
        assert_eq!(of(&[0]), "▁");
        assert_eq!(of(&[u64::MAX, 0]), "█▁");
        assert_eq!(of(&[9; 40]), "██████████");
    }
}
