//! The popup of `/resume`.

use crossterm::event::KeyEvent;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use telemetry_runtime::{SessionId, SessionSnapshot};
use telemetry_text::counted;

use crate::choices::{Choices, ListAction};
use crate::display::printable;
use crate::popup;

/// The latest sessions of this home.
#[derive(Debug)]
pub(super) struct ResumePopup {
    ids: Vec<SessionId>,
    rows: Choices,
}

/// The end of the popup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResumeEnd {
    Session(SessionId),
    Cancelled,
}

impl ResumePopup {
    pub(super) fn new(sessions: &[(SessionId, SessionSnapshot)]) -> Self {
        let row = |(id, snapshot): &(SessionId, SessionSnapshot)| {
            let model = snapshot.last_model.as_deref().unwrap_or_default();
            let requests = counted(snapshot.totals.requests, "request", "requests");
            format!("{id}  {requests}  {}", printable(model))
        };
        Self {
            ids: sessions.iter().map(|(id, _)| *id).collect(),
            rows: Choices::new(sessions.iter().map(row).collect(), 0),
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Option<ResumeEnd> {
        match self.rows.key(key) {
            ListAction::None => None,
            ListAction::Row(row) => Some(ResumeEnd::Session(self.ids[row])),
            ListAction::Back => Some(ResumeEnd::Cancelled),
        }
    }

    pub(super) fn render(&self, area: Rect, screen: &mut Buffer) {
        let size = (72, self.rows.height());
        let inside = popup::frame("Resume a session", size, area, screen);
        self.rows.render(inside, screen);
    }
}
