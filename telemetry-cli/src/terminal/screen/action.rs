//! The keys that every full-screen view has.

use crossterm::event::{KeyCode, KeyEvent};

/// A step that an event causes outside of the state of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ends.
    Quit,
    /// Stops until the shell continues it.
    Suspend,
    /// Draws every cell again.
    Redraw,
}

impl Action {
    /// Returns the action of a key that is pressed with Ctrl.
    pub(crate) fn of_control(key: KeyEvent) -> Option<Self> {
        match key.code {
            KeyCode::Char('c') => Some(Self::Quit),
            KeyCode::Char('z') => Some(Self::Suspend),
            KeyCode::Char('l') => Some(Self::Redraw),
            _ => None,
        }
    }
}
