//! The command line.

use std::time::Duration;

use clap::Parser;
use telemetry_runtime::TelemetryArgs;

use crate::client::Patience;

/// A small LLM agent, annotated with telemetry-runtime.
///
/// Without an endpoint it plays a conversation against recorded LiteLLM answers. With
/// `LITELLM_BASE_URL` and `LITELLM_API_KEY` in the environment it talks to that proxy.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// Ask this, print the answer and exit; may be given several times
    #[arg(long, value_name = "PROMPT")]
    pub(crate) exec: Vec<String>,

    /// The model to ask; default: `LITELLM_MODEL`, else the first one on offer
    #[arg(long)]
    pub(crate) model: Option<String>,

    /// How hard to think: low, medium, high
    #[arg(long)]
    pub(crate) effort: Option<String>,

    /// With --exec: stream the answer
    #[arg(long, requires = "exec")]
    pub(crate) stream: bool,

    /// With --exec: speak to /v1/responses, not to /v1/chat/completions
    #[arg(long, requires = "exec")]
    pub(crate) responses: bool,

    /// Go on with an earlier session's telemetry: its id, or enough of its beginning
    #[arg(long, value_name = "SESSION")]
    pub(crate) resume: Option<String>,

    /// How often to ask, in all, where the proxy refuses for now
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    max_attempts: u32,

    /// The longest wait between two attempts, in milliseconds
    #[arg(long, default_value_t = 20_000, value_name = "MS")]
    max_wait: u64,

    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
}

impl Cli {
    pub(crate) fn patience(&self) -> Patience {
        Patience {
            attempts: self.max_attempts,
            longest_wait: Duration::from_millis(self.max_wait),
        }
    }
}
