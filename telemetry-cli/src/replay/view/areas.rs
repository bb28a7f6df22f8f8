//! The areas of the terminal, and the part of the recorded screen that is shown.

use ratatui_core::layout::Rect;

use crate::recording::ShownScreen;

/// The narrowest panel beside the screen.
const PANEL: u16 = 28;
/// The lowest panel below the screen.
const LOW_PANEL: u16 = 4;

/// The areas of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayAreas {
    /// The screen of the host.
    pub screen: Rect,
    /// Spans and requests; empty if they have no room.
    pub panel: Rect,
    /// The line at the bottom.
    pub status: Rect,
}

impl ReplayAreas {
    /// Divides the terminal. The panel is beside the screen, or below it if only there is room; the screen is cut rather than
    /// the panel, but keeps half of the terminal.
    pub fn of(area: Rect, screen: &ShownScreen, has_panel: bool) -> Self {
        let status = Rect {
            y: area.bottom().saturating_sub(1),
            height: area.height.min(1),
            ..area
        };
        let rest = Rect {
            height: area.height.saturating_sub(1),
            ..area
        };
        let size = |size: usize| u16::try_from(size).unwrap_or(u16::MAX);
        let (width, height) = (size(screen.width), size(screen.rows().len()));
        let whole = Self {
            screen: rest,
            panel: Rect::ZERO,
            status,
        };
        if !has_panel {
            return whole;
        }
        let fits_below = rest.height >= height.saturating_add(LOW_PANEL);
        let is_beside = rest.width >= width.saturating_add(PANEL + 1) || !fits_below;
        if is_beside && rest.width > 2 * PANEL {
            let left = width.min(rest.width - PANEL - 1).max(rest.width / 2);
            Self {
                screen: Rect {
                    width: left,
                    ..rest
                },
                panel: Rect {
                    x: rest.x + left + 1,
                    width: rest.width - left - 1,
                    ..rest
                },
                status,
            }
        } else if fits_below {
            Self {
                screen: Rect { height, ..rest },
                panel: Rect {
                    y: rest.y + height,
                    height: rest.height - height,
                    ..rest
                },
                status,
            }
        } else {
            whole
        }
    }
}

/// Returns the first column and the first row that are shown: those that the person has chosen, or those with the cursor.
pub fn offset(screen: &ShownScreen, area: Rect, chosen: Option<(usize, usize)>) -> (usize, usize) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let most = (
        screen.width.saturating_sub(width),
        screen.rows().len().saturating_sub(height),
    );
    let (x, y) = match (chosen, screen.cursor) {
        (Some(chosen), _) => chosen,
        (None, Some((x, y))) => (
            (x + 1).saturating_sub(width),
            (y + 1).saturating_sub(height),
        ),
        (None, None) => (0, 0),
    };
    (x.min(most.0), y.min(most.1))
}
