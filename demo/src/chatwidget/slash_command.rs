//! The commands of the chat.

use std::fmt;

/// A command, which the user enters in place of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SlashCommand {
    Model,
    Status,
    Telemetry(bool),
    /// The beginning of a session's id; without one, the popup offers the latest sessions.
    Resume(Option<String>),
    Help,
    Panic,
    Quit,
}

/// The commands and their descriptions.
pub(crate) const COMMANDS: [(&str, &str); 7] = [
    ("/model", "choose the model and the reasoning effort"),
    (
        "/status",
        "show the tokens, the cost and the state of telemetry",
    ),
    ("/telemetry on|off", "enable or disable telemetry"),
    ("/resume [SESSION]", "continue an earlier session"),
    ("/help", "show the commands and the keys"),
    ("/panic", "panic, to see that the terminal is restored"),
    ("/quit", "end the chat"),
];

/// The reason why a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommandError {
    Unknown(String),
    Telemetry,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(found) => {
                write!(f, "unknown command `{}`: ", found.escape_debug())?;
                let names = COMMANDS.map(|(usage, _)| usage.split(' ').next().unwrap_or(usage));
                write!(f, "expected {}", names.join(", "))
            }
            Self::Telemetry => f.write_str("expected `/telemetry on` or `/telemetry off`"),
        }
    }
}

impl SlashCommand {
    /// Returns the name without the argument, which is text of the user.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Status => "status",
            Self::Telemetry(_) => "telemetry",
            Self::Resume(_) => "resume",
            Self::Help => "help",
            Self::Panic => "panic",
            Self::Quit => "quit",
        }
    }

    /// Parses a line. Returns `None` for a prompt, which does not begin with a slash.
    pub(crate) fn parse(line: &str) -> Option<Result<Self, CommandError>> {
        let mut words = line.strip_prefix('/')?.split_whitespace();
        let (name, argument) = (words.next().unwrap_or_default(), words.next());
        Some(match (name, argument) {
            ("model", _) => Ok(Self::Model),
            ("status", _) => Ok(Self::Status),
            ("telemetry", Some("on")) => Ok(Self::Telemetry(true)),
            ("telemetry", Some("off")) => Ok(Self::Telemetry(false)),
            ("telemetry", _) => Err(CommandError::Telemetry),
            ("resume", session) => Ok(Self::Resume(session.map(str::to_owned))),
            ("help", _) => Ok(Self::Help),
            ("panic", _) => Ok(Self::Panic),
            ("quit" | "exit", _) => Ok(Self::Quit),
            (name, _) => Err(CommandError::Unknown(format!("/{name}"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_not_a_command() {
        assert_eq!(SlashCommand::parse("what is /model?"), None);
    }

    #[test]
    fn every_listed_command_is_parsed() {
        for (usage, _) in COMMANDS {
            let example = usage.replace("on|off", "off").replace(" [SESSION]", "");
            let command = SlashCommand::parse(&example).unwrap().unwrap();
            assert!(usage[1..].starts_with(command.name()), "{usage}");
        }
    }

    #[test]
    fn mistakes_are_explained() {
        let message = |line| SlashCommand::parse(line).unwrap().unwrap_err().to_string();
        assert_eq!(
            message("/modle"),
            "unknown command `/modle`: expected /model, /status, /telemetry, /resume, /help, /panic, /quit"
        );
        assert_eq!(
            message("/telemetry"),
            "expected `/telemetry on` or `/telemetry off`"
        );
    }
}
