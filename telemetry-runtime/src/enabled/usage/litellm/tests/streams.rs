//! The stream events that contain a usage.

use super::*;

#[test]
fn a_stream_without_requested_usage_has_none() {
    for stream in [
        stream!("01-mock-chat-stream-nousage"),
        stream!("03-up-ok-stream-nousage"),
        stream!("04-up-stall-client-timeout-stream"),
    ] {
        let events = events(stream);
        assert!(!events.is_empty());
        assert_eq!(events.usage(), None);
        assert!(!events.failed());
    }
}

/// In the stream of Anthropic, which LiteLLM forwards, the input counts are in the first event and the output counts in
/// the last one.
#[test]
fn streamed_messages_combine_their_first_and_last_event() {
    let start = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
        "model": "claude", "stop_reason": null, "usage": {"input_tokens": 176,
        "cache_creation_input_tokens": 2048, "cache_read_input_tokens": 1024,
        "output_tokens": 4, "service_tier": "standard"}}});
    let ping = json!({"type": "ping"});
    let text = json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "I"}});
    let stop = json!({"type": "message_stop"});
    let expected = Usage {
        prompt_tokens: Some(176 + 2048 + 1024),
        cached_tokens: Some(1024),
        cache_write_tokens: Some(2048),
        completion_tokens: Some(503),
        finish_reason: Some("tool_use".to_owned()),
        ..tier(named("msg_1", "claude", true), "standard")
    };
    // Older versions of the API repeat only the output count at the end, newer ones all counts.
    for usage in [
        json!({"output_tokens": 503}),
        json!({"input_tokens": 176, "cache_creation_input_tokens": 2048,
            "cache_read_input_tokens": 1024, "output_tokens": 503}),
    ] {
        let delta = json!({"type": "message_delta", "usage": usage,
            "delta": {"stop_reason": "tool_use", "stop_sequence": null}});
        let events = vec![
            ping.clone(),
            start.clone(),
            text.clone(),
            delta,
            stop.clone(),
        ];
        assert_eq!(start.usage(), None);
        assert_eq!(events.usage(), Some(expected.clone()));
    }
    // A stream that is dropped in its middle has used its input tokens.
    let begun = vec![ping, start, text];
    assert_eq!(begun.usage(), None);
    let partial = begun.partial().unwrap();
    assert_eq!(
        (partial.prompt_tokens, partial.completion_tokens),
        (Some(3248), Some(4))
    );
}

#[test]
fn estimated_counts_are_recorded() {
    let usage = of_stream(stream!("03-up-nousage-stream-usage"));
    assert_eq!(
        (usage.prompt_tokens, usage.completion_tokens),
        (Some(14), Some(4))
    );
    assert_eq!(usage.cost_nanos, Some(4_500));
    // The upstream ended after two words; LiteLLM added `stop` and `[DONE]`.
    let cut = events(stream!("04-up-midcut-stream"));
    assert!(!cut.failed());
    let usage = cut.usage().unwrap();
    assert_eq!(
        (usage.completion_tokens, usage.cost_nanos),
        (Some(2), Some(3_300))
    );
}

#[test]
fn the_last_chunk_of_a_running_count_is_final() {
    let chunk = |delta: Value, finish: Option<&str>, completion: u64| {
        json!({"id": "1", "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        "usage": {"prompt_tokens": 5, "completion_tokens": completion}})
    };
    let early = [
        json!({"role": "assistant", "content": ""}),
        json!({"content": "Hel"}),
        json!({"tool_calls": [{}]}),
        json!({"reasoning_content": "x"}),
    ];
    for early in &early {
        assert_eq!(chunk(early.clone(), None, 1).usage(), None, "{early}");
    }
    for (last, finish) in [
        (json!({}), None),
        (json!({"role": null, "content": null}), None),
        (Value::Null, None),
        (json!({}), Some("stop")),
        (
            json!({"content": "", "role": "assistant", "tool_calls": null}),
            Some("stop"),
        ),
        (json!({"content": "lo"}), Some("length")),
    ] {
        let last = chunk(last, finish, 9);
        assert_eq!(last.usage().unwrap().completion_tokens, Some(9), "{last}");
        let mut stream: Vec<Value> = early
            .iter()
            .map(|early| chunk(early.clone(), None, 1))
            .collect();
        stream.push(last);
        let mut counts = Vec::new();
        stream.each_usage(&mut |usage| counts.push(usage.completion_tokens));
        assert_eq!(counts, [Some(9)]);
    }
    // The second choice in the chunk has not ended.
    let half = json!({"object": "chat.completion.chunk", "usage": {"prompt_tokens": 5},
        "choices": [{"delta": {}, "finish_reason": "stop"}, {"delta": {"content": "x"}}]});
    assert_eq!(half.usage(), None);
    let openai = json!({"id": "1", "object": "chat.completion.chunk", "choices": [],
        "usage": {"prompt_tokens": 5, "completion_tokens": 9}});
    assert_eq!(openai.usage().unwrap().completion_tokens, Some(9));
}
