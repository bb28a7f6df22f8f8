//! Draws the user interface.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Constraint, Layout, Position, Rect};
use ratatui_core::terminal::Frame;

use super::{App, Popup, View};
use crate::chatwidget::COMMANDS;
use crate::{live_pane, popup, status};

/// The keys of the chat and their descriptions.
const KEYS: [(&str, &str); 6] = [
    ("Esc", "cancel the answer, or close a popup"),
    ("Tab", "show or hide the pane of telemetry"),
    ("Page Up, Page Down", "scroll the conversation"),
    ("Ctrl-C", "cancel the answer, or end the chat"),
    ("Ctrl-D", "end the chat"),
    ("Ctrl-Z", "stop the program; `fg` continues it"),
];

impl App<'_> {
    pub(super) fn render(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let screen = frame.buffer_mut();
        let rows = [Constraint::Length(1), Constraint::Min(0)];
        let [header, below] = Layout::vertical(rows).areas(area);
        let (main, pane) = live_pane::split(below, self.has_pane);
        if let Some(pane) = pane {
            live_pane::render(&self.snapshot, &self.spans, pane, screen);
        }
        let mut cursor = None;
        match &self.view {
            View::Onboarding(onboarding) => cursor = onboarding.render(main, screen),
            View::FirstSelection(_) => {}
            View::Chat(chat) => {
                let mut widget = chat.widget.borrow_mut();
                widget.header.render(header, screen);
                cursor = Some(widget.render(main, screen));
            }
        }
        if let Some(popup) = &self.popup {
            cursor = None;
            self.render_popup(popup, below, screen);
        }
        // Without a position the cursor is hidden.
        if let Some(cursor) = cursor {
            frame.set_cursor_position(Position::new(cursor.x, cursor.y));
        }
    }

    fn render_popup(&self, popup: &Popup, area: Rect, screen: &mut Buffer) {
        match popup {
            Popup::Model(popup) => popup.render(area, screen),
            Popup::Status => status::render(&self.snapshot, self.telemetry(), area, screen),
            Popup::Resume(popup) => popup.render(area, screen),
            Popup::Help => render_help(area, screen),
        }
    }
}

fn render_help(area: Rect, screen: &mut Buffer) {
    let rows: Vec<_> = COMMANDS.iter().chain(&KEYS).collect();
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let inside = popup::frame("Commands and keys", (72, height), area, screen);
    for ((name, description), y) in rows.into_iter().zip(inside.y..inside.bottom()) {
        let text = format!("{name:<20}{description}");
        screen.set_stringn(
            inside.x,
            y,
            text,
            inside.width.into(),
            ratatui_core::style::Style::new(),
        );
    }
}
