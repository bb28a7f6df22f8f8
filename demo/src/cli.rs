//! The command line.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use telemetry_runtime::TelemetryArgs;

use crate::client::RetryPolicy;

/// A small LLM agent, annotated with telemetry-runtime.
///
/// In a terminal it opens a chat. In a pipe, with `TERM=dumb` or with --script it plays a conversation. It uses
/// recorded LiteLLM answers, or with `LITELLM_BASE_URL` and `LITELLM_API_KEY` in the environment that proxy.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    pub(crate) options: Options,

    /// Send this prompt, print the answer and exit; may be repeated
    #[arg(long = "exec", value_name = "PROMPT", value_parser = prompt)]
    prompts: Vec<String>,

    /// Stream the answer of --exec
    #[arg(long, requires = "prompts")]
    stream: bool,

    /// Play the scripted conversation instead of opening the chat
    #[arg(long, conflicts_with = "prompts")]
    pub(crate) script: bool,

    /// Ask in the chat for the endpoint, the API key, the model and the effort, also where they are known
    #[arg(long, conflicts_with_all = ["prompts", "script"])]
    pub(crate) setup: bool,

    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
}

/// Options of every mode.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Model; default: `LITELLM_MODEL`, or else the first model that the proxy lists
    #[arg(long, global = true)]
    pub(crate) model: Option<String>,

    /// Reasoning effort: low, medium, high
    #[arg(long, global = true)]
    pub(crate) effort: Option<String>,

    /// Use /v1/responses instead of /v1/chat/completions
    #[arg(long, global = true)]
    pub(crate) responses: bool,

    /// Resume an earlier session: its id, or a unique prefix of it
    #[arg(long, global = true, value_name = "SESSION")]
    pub(crate) resume: Option<String>,

    /// Most attempts of a request that the proxy refuses temporarily
    #[arg(
        long,
        global = true,
        default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_attempts: u32,

    /// Longest wait between two attempts, in milliseconds
    #[arg(long, global = true, default_value_t = 20_000, value_name = "MS")]
    max_wait: u64,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send prompts, print the answers and exit
    Exec {
        #[arg(required = true, value_name = "PROMPT", value_parser = prompt)]
        prompts: Vec<String>,

        /// Stream the answers
        #[arg(long)]
        stream: bool,
    },
}

/// Refuses a prompt without text, such as an unset variable of a script: a model would answer it for money.
fn prompt(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("the prompt is empty: expected a text for the model");
    }
    Ok(text.to_owned())
}

/// The arguments of exec mode.
#[derive(Clone, Debug)]
pub(crate) struct ExecArgs {
    pub(crate) prompts: Vec<String>,
    pub(crate) stream: bool,
}

impl Cli {
    /// Returns a warning if the questions of `--setup` are not asked, because no chat opens.
    pub(crate) fn ignored_setup(&self, opens_chat: bool) -> Option<&'static str> {
        (self.setup && !opens_chat).then_some(
            "--setup is ignored, because it asks its questions in the chat, which opens in a terminal; LITELLM_BASE_URL and LITELLM_API_KEY select the proxy here",
        )
    }

    /// Returns the arguments of exec mode, which is a subcommand as well as the flag `--exec`.
    pub(crate) fn exec(&self) -> Option<ExecArgs> {
        match &self.command {
            Some(Command::Exec { prompts, stream }) => Some(ExecArgs {
                prompts: prompts.clone(),
                stream: *stream,
            }),
            None if self.prompts.is_empty() => None,
            None => Some(ExecArgs {
                prompts: self.prompts.clone(),
                stream: self.stream,
            }),
        }
    }
}

impl Options {
    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy {
            attempts: self.max_attempts,
            longest_wait: Duration::from_millis(self.max_wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subcommand_and_the_flag_are_equal() {
        let flag = [
            "demo", "--exec", "a", "--exec", "b", "--model", "m", "--stream",
        ];
        let subcommand = ["demo", "exec", "a", "b", "--model", "m", "--stream"];
        for arguments in [&flag[..], &subcommand] {
            let cli = Cli::parse_from(arguments);
            let exec = cli.exec().unwrap();
            assert_eq!(exec.prompts, ["a", "b"]);
            assert_eq!(cli.options.model.as_deref(), Some("m"));
            assert!(exec.stream);
        }
    }

    #[test]
    fn setup_without_a_chat_has_a_warning() {
        let cli = |arguments: &[&str]| Cli::parse_from(arguments);
        assert!(cli(&["demo", "--setup"]).ignored_setup(false).is_some());
        assert!(
            cli(&["demo", "--setup", "exec", "a"])
                .ignored_setup(false)
                .is_some()
        );
        assert_eq!(cli(&["demo", "--setup"]).ignored_setup(true), None);
        assert_eq!(cli(&["demo"]).ignored_setup(false), None);
    }

    #[test]
    fn modes_exclude_each_other() {
        for arguments in [
            &["demo", "--exec", "a", "--script"][..],
            &["demo", "--setup", "--script"],
            &["demo", "--stream"],
            &["demo", "exec"],
            &["demo", "exec", "hello", " "],
            &["demo", "--exec", ""],
        ] {
            assert!(Cli::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
    }
}
