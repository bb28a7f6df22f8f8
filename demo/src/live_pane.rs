//! The pane beside the chat: the tokens and the cost of the session, and the spans as they are written.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Constraint, Layout, Rect};
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use ratatui_widgets::borders::Borders;
use telemetry_runtime::{SessionSnapshot, SessionStatus};
use unicode_width::UnicodeWidthStr;

use crate::line::draw_line;
use crate::spans::{FollowedSpans, TreeRow, forest};
use crate::status::is_coloured;

/// The rows of the session's totals.
const TOTALS: u16 = 7;

/// The narrowest terminal with a pane. The chat needs about 40 columns.
const NARROWEST: u16 = 72;

/// Returns the areas of the chat and of the pane, which a narrow terminal does not have.
pub(crate) fn split(area: Rect, is_shown: bool) -> (Rect, Option<Rect>) {
    if !is_shown || area.width < NARROWEST {
        return (area, None);
    }
    let columns = [Constraint::Percentage(52), Constraint::Min(0)];
    let [chat, pane] = Layout::horizontal(columns).areas(area);
    (chat, Some(pane))
}

/// Draws the pane.
pub(crate) fn render(
    snapshot: &SessionSnapshot,
    spans: &FollowedSpans,
    area: Rect,
    screen: &mut Buffer,
) {
    let block = Block::new().borders(Borders::LEFT);
    let inside = block.inner(area);
    block.render(area, screen);
    let rows = [
        Constraint::Length(TOTALS),
        Constraint::Length(1),
        Constraint::Min(0),
    ];
    let [totals, head, below] = Layout::vertical(rows).areas(inside);
    SessionStatus::new(snapshot)
        .coloured(is_coloured())
        .render(totals, screen);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let title = format!("Spans ({})", spans.count);
    draw_line(title, head, bold, screen);
    let trees = forest(spans.lines());
    let first = trees.len().saturating_sub(below.height.into());
    for (row, y) in trees[first..].iter().zip(below.y..) {
        draw_row(row, Rect::new(below.x, y, below.width, 1), screen);
    }
}

/// Returns a duration in the unit that needs the least columns.
fn short_duration(nanos: u64) -> String {
    let micros = nanos / 1_000;
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

/// Draws the name of a span at the left and its duration at the right.
fn draw_row(row: &TreeRow<'_>, area: Rect, screen: &mut Buffer) {
    let width = usize::from(area.width);
    let failure = row.line.failure();
    let mut right = row.line.dur_ns.map(short_duration).unwrap_or_default();
    if let Some(outcome) = failure {
        right = format!("{outcome} {right}");
    }
    let room = width.saturating_sub(right.width() + 1);
    let style = match (failure, &*row.line.kind) {
        (Some(_), _) => Style::new().fg(Color::Red),
        (None, "event") => Style::new().fg(Color::Cyan),
        _ => Style::new(),
    };
    let left = format!("{}{}", row.branches, row.line.name);
    screen.set_stringn(area.x, area.y, left, room, style);
    let at = area.x + u16::try_from(width.saturating_sub(right.width())).unwrap_or(0);
    screen.set_stringn(at, area.y, right, width, style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let shown = [0, 999_999, 1_000_000, 263_287_000, 61_240_000_000].map(short_duration);
        assert_eq!(shown, ["0 µs", "999 µs", "1.0 ms", "263.2 ms", "61.2 s"]);
    }
}
