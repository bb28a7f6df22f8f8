//! The widget of `/status` for ratatui.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::widgets::Widget;

use super::data::SessionSnapshot;
use super::line::Role;
use crate::implementation::status;

/// A ratatui widget with the text of [`Display`](std::fmt::Display), fitted into an area and coloured.
///
/// In a small area the totals, the cost and the requests are kept longest. In a large area every model has a
/// line. The widget draws no border: put it inside a `Block`.
///
/// ```
/// use ratatui_core::{buffer::Buffer, layout::Rect, widgets::Widget};
/// use telemetry_runtime::{SessionSnapshot, SessionStatus};
///
/// let area = Rect::new(0, 0, 40, 1);
/// let mut screen = Buffer::empty(area);
/// SessionStatus::new(&SessionSnapshot::default()).render(area, &mut screen);
/// let text: String = screen.content.iter().map(|cell| cell.symbol()).collect();
/// assert_eq!(text.trim_end(), "Requests   none yet");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct SessionStatus<'a> {
    snapshot: &'a SessionSnapshot,
    is_coloured: bool,
}

impl<'a> SessionStatus<'a> {
    /// Makes the widget of a snapshot, with colour.
    pub fn new(snapshot: &'a SessionSnapshot) -> Self {
        Self {
            snapshot,
            is_coloured: true,
        }
    }

    /// Sets whether the widget has colour: pass `false` if `NO_COLOR` is set. Bold and dim text is shown in either case.
    pub fn coloured(self, is_coloured: bool) -> Self {
        Self {
            is_coloured,
            ..self
        }
    }

    fn style(self, role: Role) -> Style {
        let style = Style::new();
        match role {
            Role::Label => style.add_modifier(Modifier::DIM),
            Role::Detail if self.is_coloured => style.fg(Color::Gray),
            Role::Warning if self.is_coloured => style.fg(Color::Yellow),
            Role::Value | Role::Detail => style,
            Role::Warning | Role::Head => style.add_modifier(Modifier::BOLD),
        }
    }
}

impl Widget for SessionStatus<'_> {
    fn render(self, area: Rect, screen: &mut Buffer) {
        let area = area.intersection(screen.area);
        if area.is_empty() {
            return;
        }
        let lines = status::fitting(self.snapshot, area.width.into(), area.height.into());
        for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
            let mut x = area.x;
            for (role, text) in line.pieces {
                let room = usize::from(area.right().saturating_sub(x));
                (x, _) = screen.set_stringn(x, y, text, room, self.style(role));
            }
        }
    }
}

impl Widget for &SessionStatus<'_> {
    fn render(self, area: Rect, screen: &mut Buffer) {
        Widget::render(*self, area, screen);
    }
}
