//! The command line.

use std::time::Duration;

use clap::Parser;
use telemetry_runtime::TelemetryArgs;

use crate::client::RetryPolicy;

/// A small LLM agent, annotated with telemetry-runtime.
///
/// By default it plays a conversation against recorded LiteLLM answers. With `LITELLM_BASE_URL` and
/// `LITELLM_API_KEY` in the environment it uses that proxy.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// Send this prompt, print the answer and exit; may be repeated
    #[arg(long, value_name = "PROMPT")]
    pub(crate) exec: Vec<String>,

    /// Model; default: `LITELLM_MODEL`, or else the first model that the proxy lists
    #[arg(long)]
    pub(crate) model: Option<String>,

    /// Reasoning effort: low, medium, high
    #[arg(long)]
    pub(crate) effort: Option<String>,

    /// Stream the answer of --exec
    #[arg(long, requires = "exec")]
    pub(crate) stream: bool,

    /// Use /v1/responses instead of /v1/chat/completions for --exec
    #[arg(long, requires = "exec")]
    pub(crate) responses: bool,

    /// Resume an earlier session: its id, or a unique prefix of it
    #[arg(long, value_name = "SESSION")]
    pub(crate) resume: Option<String>,

    /// Most attempts of a request that the proxy refuses temporarily
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    max_attempts: u32,

    /// Longest wait between two attempts, in milliseconds
    #[arg(long, default_value_t = 20_000, value_name = "MS")]
    max_wait: u64,

    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
}

impl Cli {
    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy {
            attempts: self.max_attempts,
            longest_wait: Duration::from_millis(self.max_wait),
        }
    }
}
