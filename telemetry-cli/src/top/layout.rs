//! The areas of the screen.

use ratatui_core::layout::Rect;

use super::page::Page;
use super::state::{Panel, ViewState};
use crate::terminal::screen::line;

/// The lines of the totals at the top.
const HEADER: u16 = 3;
/// The lines of a panel besides its rows: the title, the column titles and the details.
const AROUND_ROWS: usize = 3;
/// The columns that the requests take from the panel beside them, so that the requests have room for their models.
const SHIFT: u16 = 3;
/// The narrowest screen with two panels side by side in the lower part.
const WIDE: u16 = 120;

/// The area of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelArea {
    /// The panel.
    pub panel: Panel,
    /// The panels whose titles the line of the title shows: this one, and those that replace it.
    pub tabs: &'static [Panel],
    /// The line of the title.
    pub title: Rect,
    /// The line of the column titles.
    pub columns: Rect,
    /// The rows.
    pub rows: Rect,
    /// The line about the selected row.
    pub details: Rect,
}

/// The areas of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The totals.
    pub header: Rect,
    /// The visible panels.
    pub panels: Vec<PanelArea>,
    /// The line of the keys.
    pub footer: Rect,
}

impl Areas {
    /// Divides the screen. The panel of the sessions takes no more lines than it has sessions.
    pub fn of(screen: Rect, state: &ViewState, sessions: usize) -> Self {
        let header = HEADER.min(screen.height);
        let footer = u16::from(screen.height > HEADER + 2);
        let rest = screen.height - header - footer;
        let lines = |y: u16, height: u16| Rect::new(screen.x, screen.y + y, screen.width, height);
        let needed = sessions.max(1).saturating_add(AROUND_ROWS);
        let upper = (rest * 2 / 5).min(u16::try_from(needed).unwrap_or(u16::MAX));
        let mut panels = vec![PanelArea::of(
            Panel::Sessions,
            &[Panel::Sessions],
            lines(header, upper),
        )];
        let lower = lines(header + upper, rest - upper);
        let shown = state.lower.panel();
        if screen.width < WIDE {
            panels.push(PanelArea::of(shown, &Panel::LOWER, lower));
        } else {
            // The requests stay visible beside the other panels.
            let beside = match shown {
                Panel::Requests => Panel::Spans,
                panel => panel,
            };
            let left = Rect {
                width: lower.width / 2 + SHIFT,
                ..lower
            };
            let right = Rect {
                x: lower.x + left.width + 1,
                width: lower.width - left.width - 1,
                ..lower
            };
            panels.push(PanelArea::of(Panel::Requests, &[Panel::Requests], left));
            panels.push(PanelArea::of(
                beside,
                &[Panel::Spans, Panel::Waterfall],
                right,
            ));
        }
        Self {
            header: lines(0, header),
            panels,
            footer: lines(screen.height - footer, footer),
        }
    }

    /// Returns the area of a panel, if the panel is visible.
    pub fn panel(&self, panel: Panel) -> Option<&PanelArea> {
        self.panels.iter().find(|area| area.panel == panel)
    }

    /// Scrolls each panel so that its selected row is visible.
    pub fn scroll(&self, state: &mut ViewState, page: &Page<'_>) {
        for area in &self.panels {
            let height = usize::from(area.rows.height);
            let selected = page.selected(area.panel);
            let offset = &mut state.offsets[area.panel as usize];
            let last = page.len(area.panel).saturating_sub(height);
            *offset = (*offset)
                .min(selected)
                .max((selected + 1).saturating_sub(height))
                .min(last);
        }
    }
}

impl PanelArea {
    fn of(panel: Panel, tabs: &'static [Panel], area: Rect) -> Self {
        let details = u16::from(usize::from(area.height) > AROUND_ROWS);
        Self {
            panel,
            tabs,
            title: line(area, 0),
            columns: line(area, 1),
            rows: Rect {
                y: area.y + area.height.min(2),
                height: area.height.saturating_sub(2 + details),
                ..area
            },
            details: Rect {
                y: area.y + area.height - details,
                height: details,
                ..area
            },
        }
    }
}
