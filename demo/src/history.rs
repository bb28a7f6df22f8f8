//! The conversation so far.

use telemetry_runtime::telemetry_span;

use crate::client::{Message, Role};

/// The messages of the conversation, and the numbers of turns and failures.
#[derive(Debug, Default)]
pub(crate) struct History {
    messages: Vec<Message>,
    pub(crate) turns: u32,
    pub(crate) failures: u32,
}

impl History {
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    #[telemetry_span(
        "history.append",
        fields(role = ?role, messages = self.messages.len()),
        content(text)
    )]
    pub(crate) fn append(&mut self, role: Role, text: &str) {
        self.messages.push(Message {
            role,
            text: text.to_owned(),
        });
    }

    /// Removes a prompt without an answer, so that the next request does not contain it.
    #[telemetry_span("history.rollback", level = "warn")]
    pub(crate) fn rollback(&mut self) {
        if self
            .messages
            .last()
            .is_some_and(|message| message.role == Role::User)
        {
            self.messages.pop();
        }
        self.failures += 1;
    }
}
