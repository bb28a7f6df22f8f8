//! The answers of LiteLLM's two endpoints, as far as the demo reads them.
//!
//! What a request used is derived here: each field says which count it is, and the runtime reads
//! them from whatever an annotated function returns.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use telemetry_runtime::UsageSource;

/// `/chat/completions`, the plain answer and one chunk of the streamed one.
#[derive(Debug, Deserialize)]
pub(crate) struct Chat {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) usage: Option<ChatUsage>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    /// In the plain answer.
    pub(crate) message: Option<Said>,
    /// In a chunk.
    pub(crate) delta: Option<Said>,
    /// Before the last chunk of a stream.
    pub(crate) finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    pub(crate) content: Option<String>,
    pub(crate) reasoning_content: Option<String>,
    pub(crate) tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolCall {
    pub(crate) function: Function,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Function {
    /// Only in the first chunk of a call.
    pub(crate) name: Option<String>,
    pub(crate) arguments: Option<String>,
}

#[derive(Debug, Deserialize, UsageSource)]
pub(crate) struct ChatUsage {
    #[usage(prompt_tokens)]
    prompt_tokens: Option<i64>,
    #[usage(completion_tokens)]
    completion_tokens: Option<i64>,
    #[usage(total_tokens)]
    total_tokens: Option<i64>,
    #[usage(details)]
    prompt_tokens_details: Option<PromptDetails>,
    #[usage(details)]
    completion_tokens_details: Option<CompletionDetails>,
    /// Only in the last chunk of a stream.
    #[usage(cost)]
    cost: Option<f64>,
}

#[derive(Debug, Deserialize, UsageSource)]
struct PromptDetails {
    #[usage(cached_tokens)]
    cached_tokens: Option<i64>,
    /// Anthropic's name, which LiteLLM keeps.
    #[usage(cache_write_tokens)]
    cache_creation_tokens: Option<i64>,
}

#[derive(Debug, Deserialize, UsageSource)]
struct CompletionDetails {
    #[usage(reasoning_tokens)]
    reasoning_tokens: Option<i64>,
}

/// `/responses`, the plain answer and what the events of the streamed one hold.
#[derive(Debug, Deserialize)]
pub(crate) struct Responses {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) output: Vec<Item>,
    pub(crate) usage: Option<ResponsesUsage>,
    pub(crate) error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Item {
    Message {
        #[serde(default)]
        content: Vec<Part>,
    },
    FunctionCall {
        name: String,
        #[serde(default)]
        arguments: String,
    },
    Reasoning {
        #[serde(default)]
        summary: Vec<Part>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    #[serde(default)]
    pub(crate) text: String,
}

#[derive(Debug, Deserialize, UsageSource)]
pub(crate) struct ResponsesUsage {
    #[usage(prompt_tokens)]
    input_tokens: Option<i64>,
    #[usage(completion_tokens)]
    output_tokens: Option<i64>,
    #[usage(total_tokens)]
    total_tokens: Option<i64>,
    #[usage(details)]
    input_tokens_details: Option<PromptDetails>,
    #[usage(details)]
    output_tokens_details: Option<CompletionDetails>,
    /// `null` in the plain answer.
    #[usage(cost)]
    cost: Option<f64>,
}

/// One event of a streamed `/responses`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum ResponsesEvent {
    #[serde(rename = "response.output_text.delta")]
    Text { delta: String },
    #[serde(rename = "response.completed", alias = "response.incomplete")]
    Completed { response: Responses },
    #[serde(rename = "response.failed")]
    Failed { response: Responses },
    #[serde(rename = "error")]
    Error(Failure),
    #[serde(other)]
    Other,
}

/// LiteLLM's `{"error": …}`, as a whole answer or as an event of a stream.
#[derive(Debug, Deserialize)]
pub(crate) struct Failed {
    pub(crate) error: Failure,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    #[serde(default)]
    pub(crate) message: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// LiteLLM writes a number as a string, others do not.
    pub(crate) code: Option<Value>,
}

/// Why [`read`] gives nothing.
pub(crate) enum Unread {
    /// It is LiteLLM's word for a failure.
    Failure(Failure),
    /// It is not what was expected.
    NotUnderstood(serde_json::Error),
}

/// Reads a whole answer, or the data of one event. A failure may stand where either is expected,
/// with a status of 200.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Unread> {
    if let Ok(failed) = serde_json::from_slice::<Failed>(json) {
        return Err(Unread::Failure(failed.error));
    }
    serde_json::from_slice(json).map_err(Unread::NotUnderstood)
}

/// The counts of either endpoint.
#[derive(Debug, UsageSource)]
pub(crate) enum Counts {
    Chat(#[usage] ChatUsage),
    Responses(#[usage] ResponsesUsage),
}
