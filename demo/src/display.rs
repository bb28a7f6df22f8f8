//! The interface between a turn and its display: plain lines, or the chat of the user interface.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use crate::client::{Answer, Attempt, ClientError, Progress};

/// Shows a turn.
pub(crate) trait Display {
    /// Shows the model of the turn if it has changed.
    fn set_model(&mut self, model: &str) -> io::Result<()>;
    /// Shows the prompt of the user.
    fn prompt(&mut self, prompt: &str) -> io::Result<()>;
    /// Shows text of an answer as it arrives.
    fn text(&mut self, text: &str) -> io::Result<()>;
    /// Shows that the request is sent again.
    fn retrying(&mut self, attempt: &Attempt, wait: Duration);
    /// Shows the rest of an answer whose text was shown already.
    fn answer(&mut self, answer: &Answer) -> io::Result<()>;
    /// Shows the error of a turn without an answer.
    fn error(&mut self, error: &ClientError) -> io::Result<()>;
}

/// A display that is borrowed only during each call, so that it can be drawn while an answer arrives.
pub(crate) struct SharedDisplay<'a, D>(pub(crate) &'a RefCell<D>);

impl<D: Display> Progress for SharedDisplay<'_, D> {
    fn text(&mut self, text: &str) -> io::Result<()> {
        self.0.borrow_mut().text(text)
    }

    fn retrying(&mut self, attempt: &Attempt, wait: Duration) {
        self.0.borrow_mut().retrying(attempt, wait);
    }
}

/// Removes control characters from text of a model or a proxy.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}
