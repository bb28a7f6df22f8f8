//! The keys of the user interface.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::job::JobKind;
use super::resume::ResumeEnd;
use super::{App, AppEnd, Popup, View};
use crate::model_selection::PopupEnd;
use crate::onboarding::ScreenEnd;
use crate::terminal::stop_group;

/// The rows of one Page Up.
const PAGE: isize = 10;

impl App<'_> {
    /// Handles an event of the terminal. After a resize, the loop draws again.
    pub(super) fn event(&mut self, event: &Event) {
        let key = event.as_key_press_event();
        if let Some(key) = key
            && self.control(key)
        {
            return;
        }
        if let Some(popup) = self.popup.take() {
            self.popup_key(popup, key);
            return;
        }
        match &mut self.view {
            View::Onboarding(screen) => match screen.event(event) {
                None => {}
                Some(ScreenEnd::Connect(credentials)) => self.connect(credentials, true),
                Some(ScreenEnd::Cancelled) => self.end = Some(AppEnd::Quit),
            },
            View::FirstSelection(_) => {}
            View::Chat(_) => self.chat_event(event, key),
        }
    }

    /// Handles keys with Ctrl, which work everywhere. Returns whether the key was one.
    fn control(&mut self, key: KeyEvent) -> bool {
        if key.modifiers != KeyModifiers::CONTROL {
            return false;
        }
        match key.code {
            KeyCode::Char('c') if self.is_running(JobKind::Turn) => self.cancel(),
            KeyCode::Char('c' | 'd') => self.end = Some(AppEnd::Quit),
            KeyCode::Char('z') => stop_group(),
            _ => return false,
        }
        true
    }

    /// Hands a key to the popup, which stays open unless the key ends it.
    fn popup_key(&mut self, mut popup: Popup, key: Option<KeyEvent>) {
        let Some(key) = key else {
            self.popup = Some(popup);
            return;
        };
        match &mut popup {
            Popup::Model(model) => match model.key(key) {
                None => self.popup = Some(popup),
                Some(PopupEnd::Accepted(selection)) => self.select(selection),
                Some(PopupEnd::Cancelled) => self.selection_cancelled(),
            },
            Popup::Resume(resume) => match resume.key(key) {
                None => self.popup = Some(popup),
                Some(ResumeEnd::Session(id)) => self.resume(id),
                Some(ResumeEnd::Cancelled) => {}
            },
            Popup::Status | Popup::Help => {
                if !matches!(key.code, KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q')) {
                    self.popup = Some(popup);
                }
            }
        }
    }

    fn chat_event(&mut self, event: &Event, key: Option<KeyEvent>) {
        let View::Chat(chat) = &mut self.view else {
            return;
        };
        let mut widget = chat.widget.borrow_mut();
        match key.map(|key| key.code) {
            Some(KeyCode::Enter) => {
                drop(widget);
                self.submit();
            }
            Some(KeyCode::Esc) => {
                if self.job.is_none() {
                    widget.composer.clear();
                } else {
                    drop(widget);
                    self.cancel();
                }
            }
            Some(KeyCode::Tab) => self.has_pane = !self.has_pane,
            Some(KeyCode::PageUp) => widget.scroll(PAGE),
            Some(KeyCode::PageDown) => widget.scroll(-PAGE),
            _ => widget.composer.edit(event),
        }
    }
}
