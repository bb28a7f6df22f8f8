//! The chat widget: the header, the transcript and the composer. [`PlainChat`] is the chat as plain lines.

mod composer;
mod header;
mod plain;
mod slash_command;
mod transcript;
mod widget;
mod wrap;

pub(crate) use composer::Composer;
pub(crate) use header::Overrides;
pub(crate) use plain::PlainChat;
pub(crate) use slash_command::{COMMANDS, SlashCommand};
pub(crate) use widget::{ChatWidget, StatusHeader};
pub(crate) use wrap::wrap;
