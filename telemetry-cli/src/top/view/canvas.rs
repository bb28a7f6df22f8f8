//! Writes text into a buffer.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use telemetry_text::{columns, cut, visible};

use crate::terminal::screen::line;

/// A buffer with the styles of the view.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    has_color: bool,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, has_color: bool) -> Self {
        Self { buffer, has_color }
    }

    /// Returns the area of the screen.
    pub(super) fn area(&self) -> Rect {
        self.buffer.area
    }

    /// Writes a text from a column of an area on, as far as it fits. Control characters become visible.
    pub(super) fn text(&mut self, area: Rect, column: u16, text: &str, style: Style) {
        if area.height == 0 || column >= area.width {
            return;
        }
        let room = usize::from(area.width - column);
        let text = visible(text);
        let text = cut(&text, room);
        (self.buffer).set_stringn(area.x + column, area.y, text, room, style);
    }

    /// Writes a text to the right end of an area, unless it would begin before a column.
    pub(super) fn right(&mut self, area: Rect, from: u16, text: &str, style: Style) {
        let width = u16::try_from(columns(&visible(text))).unwrap_or(u16::MAX);
        if width > 0 && width.saturating_add(from) <= area.width {
            self.text(area, area.width - width, text, style);
        }
    }

    /// Clears the cells of an area.
    pub(super) fn clear(&mut self, area: Rect) {
        for at in 0..area.height {
            self.text(
                line(area, at),
                0,
                &" ".repeat(area.width.into()),
                Style::reset(),
            );
        }
    }

    /// Sets the style of an area.
    pub(super) fn style(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area, style);
    }

    fn coloured(&self, color: Color) -> Style {
        if self.has_color {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }

    pub(super) fn plain() -> Style {
        Style::new()
    }

    pub(super) fn bold() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn dim(&self) -> Style {
        self.coloured(Color::DarkGray)
    }

    /// Returns the style of column titles.
    pub(super) fn column(&self) -> Style {
        self.coloured(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub(super) fn focused_title() -> Style {
        Self::bold().add_modifier(Modifier::REVERSED)
    }

    /// Returns the style of a failure.
    pub(super) fn alarm(&self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of something that is running or within its limit.
    pub(super) fn good(&self) -> Style {
        self.coloured(Color::Green)
    }

    /// Returns the style of the selected row.
    pub(super) fn selected(has_focus: bool) -> Style {
        if has_focus {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Self::bold()
        }
    }
}
