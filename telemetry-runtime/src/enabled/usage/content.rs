//! Whether an item of a stream has content: text, reasoning or a tool call.

use serde_json::{Map, Value};

/// The keys of a chunk's delta that are content.
const OF_DELTA: [&str; 11] = [
    "content",
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "thinking",
    "thinking_blocks",
    "tool_calls",
    "function_call",
    "refusal",
    "audio",
    "images",
];

/// Returns whether an item has content. An item of a host's own type is content.
pub(super) fn has_content(item: &Value) -> bool {
    let Value::Object(item) = item else {
        return !is_empty(item);
    };
    match item.get("type").and_then(Value::as_str) {
        Some(kind) => of_event(kind, item),
        None => match item.get("choices") {
            Some(Value::Array(choices)) => choices.iter().any(of_choice),
            Some(_) => false,
            // A chunk without choices, or an answer that was not streamed.
            None => item.get("object") != Some(&Value::from("chat.completion.chunk")),
        },
    }
}

/// Returns whether an event of `/v1/messages` or `/responses` has content.
fn of_event(kind: &str, event: &Map<String, Value>) -> bool {
    let has = |inner: &str, keys: &[&str]| {
        let inner = event.get(inner);
        keys.iter()
            .any(|key| inner.is_some_and(|inner| !is_empty(&inner[*key])))
    };
    let is_of_kind = |inner: &str, is_wanted: fn(&str) -> bool| {
        let kind = event.get(inner).and_then(|inner| inner["type"].as_str());
        kind.is_some_and(is_wanted)
    };
    match kind {
        "message" => true,
        "content_block_delta" => has("delta", &["text", "thinking", "partial_json"]),
        "content_block_start" => {
            has("content_block", &["text", "thinking", "data"])
                || is_of_kind("content_block", |kind| kind.ends_with("tool_use"))
        }
        "response.output_item.added" => is_of_kind("item", |kind| kind.ends_with("_call")),
        "response.completed" | "response.incomplete" => has("response", &["output"]),
        kind if kind.starts_with("response.") => {
            kind.rsplit('.').next() == Some("delta") && !event.get("delta").is_none_or(is_empty)
        }
        "ping" | "error" => false,
        kind => !kind.starts_with("message_") && !kind.starts_with("content_block"),
    }
}

fn of_choice(choice: &Value) -> bool {
    match choice.get("delta") {
        Some(delta) => OF_DELTA.iter().any(|key| !is_empty(&delta[*key])),
        None => !is_empty(&choice["text"]) || choice.get("message").is_some(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(values) => values.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::has_content;

    fn chunk(delta: &Value) -> Value {
        json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]})
    }

    #[test]
    fn items_without_text_reasoning_or_tool_call_have_no_content() {
        for item in [
            chunk(&json!({})),
            chunk(&json!({"role": "assistant", "content": ""})),
            chunk(
                &json!({"role": "assistant", "content": null, "tool_calls": [], "refusal": null}),
            ),
            json!({"id": "", "object": "", "model": "", "choices": [], "prompt_filter_results": []}),
            json!({"object": "chat.completion.chunk", "usage": {"prompt_tokens": 1}}),
            json!({"choices": [{"index": 0, "content_filter_results": {"hate": {"filtered": false}}}]}),
            json!({"type": "response.created", "response": {"id": "r", "output": []}}),
            json!({"type": "response.in_progress", "response": {"id": "r"}}),
            json!({"type": "response.output_item.added", "item": {"type": "message", "content": []}}),
            json!({"type": "response.output_text.delta", "delta": ""}),
            json!({"type": "message_start", "message": {"id": "m", "content": []}}),
            json!({"type": "content_block_start", "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "delta": {"type": "signature_delta", "signature": "x"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
            json!({"type": "ping"}),
        ] {
            assert!(!has_content(&item), "{item}");
        }
    }

    #[test]
    fn text_reasoning_and_tool_calls_are_content() {
        for item in [
            chunk(&json!({"content": "x"})),
            chunk(&json!({"role": "assistant", "content": "x"})),
            chunk(&json!({"reasoning_content": "x"})),
            chunk(&json!({"reasoning": "x", "content": ""})),
            chunk(
                &json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": ""}}]}),
            ),
            json!({"choices": [{"index": 0, "text": "x"}]}),
            json!({"object": "chat.completion", "choices": [{"message": {"content": "x"}}]}),
            json!({"type": "response.output_text.delta", "delta": "x"}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "x"}),
            json!({"type": "response.function_call_arguments.delta", "delta": "{"}),
            json!({"type": "response.output_item.added", "item": {"type": "function_call", "name": "f"}}),
            json!({"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "x"}}),
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x"}}),
            json!({"type": "content_block_start", "content_block": {"type": "tool_use", "name": "f"}}),
            json!({"type": "word of a host", "text": "x"}),
            json!("x"),
        ] {
            assert!(has_content(&item), "{item}");
        }
    }
}
