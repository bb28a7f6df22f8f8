//! The names of the JSON keys of every record, in one place and in the order in which a record
//! has them. The record types of [`record`](crate::record) are named alike, under test.

/// The start of what is recorded: RFC 3339, UTC, microseconds.
pub const TS: &str = "ts";
/// `header`, `span`, `span_start`, `event`, `lost`, `rollup` or `folded`; a session record has none.
pub const TYPE: &str = "type";
/// The version of the record's schema.
pub const V: &str = "v";
/// The session's UUID.
pub const SESSION_ID: &str = "session_id";

/// The keys of a session record, in order. The first user's older tools read `ts`, `session_id`,
/// `model`, `reasoning_effort` and the four token counts that it always had.
pub const SESSION: [&str; 32] = [
    TS,
    V,
    SESSION_ID,
    "parent_session_id",
    "turn",
    "request_id",
    "model",
    "response_model",
    "reasoning_effort",
    "prompt_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "total_tokens",
    "attempt",
    "retry_cause",
    "stream",
    "outcome",
    "latency_ms",
    "ttft_ms",
    "cost_usd",
    "cost_source",
    "error_class",
    "finish_reason",
    "service_tier",
    "deployment_id",
    "deployment_model",
    "deployment_group",
    "call_id",
    "proxy_retries",
    "proxy_fallbacks",
];
