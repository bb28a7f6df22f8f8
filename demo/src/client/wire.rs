//! The parts of the answers of LiteLLM's two endpoints that the demo reads.
//!
//! The usage of a request is derived here: attributes assign fields to token counts, and the runtime reads
//! these from the return value of an annotated function.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use telemetry_runtime::UsageSource;

/// A plain answer of `/chat/completions`, or a chunk of a streamed one.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatChunk {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) choices: Vec<ChatChoice>,
    pub(crate) usage: Option<ChatUsage>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChatChoice {
    /// Present in a plain answer.
    pub(crate) message: Option<MessageBody>,
    /// Present in a chunk.
    pub(crate) delta: Option<MessageBody>,
    /// Present in the chunk before the last one.
    pub(crate) finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MessageBody {
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
    /// Present only in the first chunk of a call.
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
    /// Present only in the last chunk of a stream.
    #[usage(cost)]
    cost: Option<f64>,
}

#[derive(Debug, Deserialize, UsageSource)]
struct PromptDetails {
    #[usage(cached_tokens)]
    cached_tokens: Option<i64>,
    /// The name is Anthropic's, which LiteLLM keeps.
    #[usage(cache_write_tokens)]
    cache_creation_tokens: Option<i64>,
}

#[derive(Debug, Deserialize, UsageSource)]
struct CompletionDetails {
    #[usage(reasoning_tokens)]
    reasoning_tokens: Option<i64>,
}

/// A plain answer of `/responses`, or the answer in an event of a streamed one.
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
    /// `null` in a plain answer.
    #[usage(cost)]
    cost: Option<f64>,
}

/// An event of a streamed `/responses` answer.
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

/// LiteLLM's `{"error": …}`, as an answer or as an event of a stream.
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
    /// A number, which LiteLLM writes as a string.
    pub(crate) code: Option<Value>,
}

/// The failure of [`read`].
pub(crate) enum ReadError {
    /// The JSON is an error message of LiteLLM.
    Failure(Failure),
    /// The JSON does not have the expected form.
    NotUnderstood(serde_json::Error),
}

/// Parses a complete answer, or the data of an event. Either may be an error message, even with a status of
/// 200.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, ReadError> {
    if let Ok(failed) = serde_json::from_slice::<Failed>(json) {
        return Err(ReadError::Failure(failed.error));
    }
    serde_json::from_slice(json).map_err(ReadError::NotUnderstood)
}

/// The token counts of either endpoint.
#[derive(Debug, UsageSource)]
pub(crate) enum Counts {
    Chat(#[usage] ChatUsage),
    Responses(#[usage] ResponsesUsage),
}
