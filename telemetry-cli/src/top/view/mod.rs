//! Draws the rows into a buffer. Nothing here reads a log, a clock or the terminal.
//!
//! Every text goes through `Canvas::text`, which makes control characters visible.

mod canvas;
mod columns;
mod footer;
mod header;
mod help;
mod requests;
pub mod sessions;
pub mod spans;
mod waterfall;

use jiff::tz::TimeZone;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use telemetry_schema::record::Timestamp;

use super::layout::{Areas, PanelArea};
use super::page::Page;
use super::state::{Panel, ViewState};
use canvas::Canvas;

/// The data that the view needs besides the rows.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The directories of the homes.
    pub homes: String,
    /// The current time.
    pub now: Timestamp,
    /// The time zone of times.
    pub zone: TimeZone,
    /// Whether colours are used.
    pub has_color: bool,
}

/// Draws the screen.
pub fn draw(
    page: &Page<'_>,
    state: &ViewState,
    areas: &Areas,
    around: &Surroundings,
    buffer: &mut Buffer,
) {
    let mut canvas = Canvas::new(buffer, around.has_color);
    header::draw(page, areas.header, around, &mut canvas);
    for area in &areas.panels {
        title(area, page, state, &mut canvas);
        match area.panel {
            Panel::Sessions => sessions::draw(area, page, state, around, &mut canvas),
            Panel::Requests => requests::draw(area, page, state, around, &mut canvas),
            Panel::Spans => spans::draw(area, page, state, &mut canvas),
            Panel::Waterfall => waterfall::draw(area, page, state, &mut canvas),
        }
    }
    separate(areas, &mut canvas);
    footer::draw(state, page, areas.footer, &mut canvas);
    if state.has_help {
        help::draw(&mut canvas);
    }
}

/// Draws a line between panels side by side.
fn separate(areas: &Areas, canvas: &mut Canvas<'_>) {
    for area in areas.panels.iter().filter(|area| area.title.x > 0) {
        for y in area.columns.y..area.details.bottom() {
            let cell = Rect::new(area.title.x - 1, y, 1, 1);
            canvas.text(cell, 0, "│", canvas.dim());
        }
    }
}

/// The gap between two tabs.
const GAP: u16 = 2;

/// Returns the panels whose titles the title line shows, each with its first column and its width.
fn tabs(area: &PanelArea) -> Vec<(Panel, u16, u16)> {
    let mut x = area.title.x;
    let tab = |panel: &Panel| {
        let width = u16::try_from(label(*panel).len()).unwrap_or(u16::MAX);
        let tab = (*panel, x, width);
        x = x.saturating_add(width + GAP);
        tab
    };
    area.tabs.iter().map(tab).collect()
}

fn label(panel: Panel) -> String {
    format!("{} {}", panel as usize + 1, panel.title())
}

/// Returns the panel whose tab a column of a title line belongs to.
pub(super) fn tab_at(area: &PanelArea, x: u16) -> Option<Panel> {
    let tabs = tabs(area);
    let tab = tabs
        .iter()
        .find(|(_, from, width)| (*from..from + width).contains(&x));
    tab.map(|(panel, ..)| *panel)
}

fn title(area: &PanelArea, page: &Page<'_>, state: &ViewState, canvas: &mut Canvas<'_>) {
    let line = area.title;
    canvas.text(line, 0, &"─".repeat(line.width.into()), canvas.dim());
    let mut end = 0;
    for (panel, x, width) in tabs(area) {
        let style = match () {
            () if panel == area.panel && panel == state.focus => Canvas::focused_title(),
            () if panel == area.panel => Canvas::bold(),
            () => canvas.dim(),
        };
        end = x - line.x + width;
        canvas.text(line, x - line.x, &label(panel), style);
    }
    let filter = state.filter(area.panel);
    let mut notes = Vec::new();
    let len = page.len(area.panel);
    let height = usize::from(area.rows.height);
    if len > height && height > 0 {
        notes.push(format!("{} of {len}", page.selected(area.panel) + 1));
    }
    if !filter.is_empty() {
        notes.push(format!("filter {filter}"));
    }
    if area.panel == Panel::Waterfall && !page.tree.turns.is_empty() {
        let (place, turns) = (page.tree.place + 1, page.tree.turns.len());
        notes.push(format!("tree {place} of {turns}"));
    }
    let note = notes.join(", ");
    canvas.right(line, end + 1, &note, Canvas::bold());
}
