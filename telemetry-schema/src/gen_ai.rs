//! The names of OpenTelemetry's conventions for generative AI, as the repository
//! `open-telemetry/semantic-conventions-genai` has them at [`REVISION`]. The published Rust constants
//! are older and deprecated. Names that the conventions lack begin with `telemetry.`.

/// The revision of the repository that these names follow: its `docs/gen-ai/client-inference.md`.
pub const REVISION: &str = "ac48b1f9df15fdf281b96cccf15eb707e1fc1868";

/// The operation: [`CHAT`], [`EXECUTE_TOOL`] or [`INVOKE_AGENT`].
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// The operation of a request that continues a conversation.
pub const CHAT: &str = "chat";
/// The operation of a call of a tool. The name of its span is `execute_tool TOOL`.
pub const EXECUTE_TOOL: &str = "execute_tool";
/// The operation of a run of an agent in this process. The name of its span is `invoke_agent AGENT`.
pub const INVOKE_AGENT: &str = "invoke_agent";
/// The name of the tool of an [`EXECUTE_TOOL`] operation.
pub const TOOL_NAME: &str = "gen_ai.tool.name";
/// The name of the agent of an [`INVOKE_AGENT`] operation, or of the agent that calls a tool.
pub const AGENT_NAME: &str = "gen_ai.agent.name";
/// The provider that answered.
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// The conversation; the session id.
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// The requested model.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// The requested reasoning effort, as the provider was sent it.
pub const REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";
/// Whether the answer was requested as a stream; absent means that it was not.
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";
/// The model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// The provider's id of the answer.
pub const RESPONSE_ID: &str = "gen_ai.response.id";
/// Why the answer ended: a list.
pub const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// Time from the request to the first chunk of a streamed answer, in seconds.
pub const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// Input tokens, cached ones included.
pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Output tokens, reasoning included.
pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// Input tokens read from the provider's cache.
pub const USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// Input tokens written to the provider's cache.
pub const USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// Output tokens spent on reasoning.
pub const USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// The modality of tokens: text, image, …; [`UNKNOWN`] if the provider does not report it.
pub const TOKEN_MODALITY: &str = "gen_ai.token.modality";
/// The value of [`TOKEN_MODALITY`] without a known modality.
pub const UNKNOWN: &str = "unknown";
/// The event with the details of one request.
pub const EVENT_OPERATION_DETAILS: &str = "gen_ai.client.inference.operation.details";
/// The class of the error of a failed operation; [`ERROR_OTHER`] if it is unknown.
pub const ERROR_TYPE: &str = "error.type";
/// The value of [`ERROR_TYPE`] without a known class.
pub const ERROR_OTHER: &str = "_OTHER";
/// Project name: the event or the span with the increase of a request's counts.
pub const EVENT_AMENDMENT: &str = "telemetry.usage.amendment";
/// Project name: the name of the annotated function's span, which is `chat MODEL` in an export.
pub const SPAN_NAME: &str = "telemetry.span.name";
/// Project name: the cost of a request in US dollars, as a double. The conventions have no cost.
pub const COST_USD: &str = "telemetry.cost.usd";
/// Project name: the cost of a request in US dollars, as an exact decimal text.
pub const COST_USD_EXACT: &str = "telemetry.cost.usd_exact";
/// Project name: the cost of a request in nano-dollars, an integer whose sums are exact.
pub const COST_NANO_USD: &str = "telemetry.cost.nano_usd";
/// Project name: the source of the cost.
pub const COST_SOURCE: &str = "telemetry.cost.source";
/// The name that `MLflow` has for the cost of a request: a JSON object with `total_cost` in US dollars. Without this attribute, `MLflow`
/// looks the model up in a price list of its own.
pub const MLFLOW_COST: &str = "mlflow.llm.cost";
/// Counter: input tokens.
pub const METRIC_INPUT_TOKENS: &str = "gen_ai.client.inference.usage.input_tokens";
/// Counter: output tokens.
pub const METRIC_OUTPUT_TOKENS: &str = "gen_ai.client.inference.usage.output_tokens";
/// Counter: input tokens read from the provider's cache.
pub const METRIC_CACHE_READ_INPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.cache_read.input_tokens";
/// Counter: input tokens written to the provider's cache.
pub const METRIC_CACHE_WRITE_INPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.cache_write.input_tokens";
/// Counter: output tokens spent on reasoning.
pub const METRIC_REASONING_OUTPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.reasoning.output_tokens";
/// Histogram: the duration of requests, in seconds.
pub const METRIC_DURATION: &str = "gen_ai.client.inference.duration";
