//! Answers of each interface, and their counts.

use super::*;

#[test]
fn chat_whole() {
    for (body, model, reason) in [
        (body!("03-up-ok"), "up-ok", "stop"),
        (body!("03-up-tools"), "up-tools", "tool_calls"),
        (body!("03-up-think"), "up-think", "stop"),
        (body!("03-up-cut"), "up-cut", "length"),
    ] {
        let expected = ended(standard(named(ID, model, false)), reason);
        assert_eq!(whole(body).usage(), Some(expected), "{model}");
    }
    let usage = whole(body!("01-mock-dict-reasoning-tools")).usage();
    assert_eq!(
        usage,
        Some(Usage {
            finish_reason: Some("tool_calls".to_owned()),
            ..standard(named("chatcmpl-dict", "mock-dict", false))
        })
    );
}

#[test]
fn absent_details_are_unknown_and_not_zero() {
    for body in [body!("01-mock-chat"), body!("01-mock-chat-n2")] {
        let usage = whole(body).usage().unwrap();
        assert_eq!(
            (usage.prompt_tokens, usage.completion_tokens),
            (Some(10), Some(20))
        );
        assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (None, None));
        assert_eq!((usage.cost_nanos, usage.cache_write_tokens), (None, None));
    }
    // The details are null, and the id is absent.
    let embeddings = whole(body!("03-up-embeddings")).usage().unwrap();
    assert_eq!(
        (embeddings.prompt_tokens, embeddings.cached_tokens),
        (Some(8), None)
    );
    assert_eq!((embeddings.request_id, embeddings.stream), (None, None));
}

#[test]
fn responses_whole_and_streamed() {
    let usage = whole(body!("03-up-responses")).usage().unwrap();
    let id = usage.request_id.clone().unwrap();
    assert!(id.starts_with("resp_gU3dFZ"));
    // `"cost": null`: the cost is in the header.
    assert_eq!(
        usage,
        ended(standard(named(&id, "up-resp", false)), "completed")
    );
    let usage = of_stream(stream!("03-up-responses-stream"));
    let id = usage.request_id.clone().unwrap();
    // The event has the alias; the response inside has the model that answered.
    let expected = Usage {
        cost_nanos: Some(769_600),
        ..ended(standard(named(&id, "gpt-5-mini", true)), "completed")
    };
    assert_eq!(usage, expected);
    let mock = whole(body!("01-mock-responses")).usage().unwrap();
    assert_eq!(
        (mock.prompt_tokens, mock.cached_tokens),
        (Some(36), Some(0))
    );
    assert_eq!(mock.reasoning_tokens, None);
}

#[test]
fn prompt_tokens_of_claude_through_chat_include_the_cache() {
    let expected = |usage: &Usage, cost| Usage {
        prompt_tokens: Some(3248),
        cached_tokens: Some(1024),
        cache_write_tokens: Some(2048),
        completion_tokens: Some(503),
        reasoning_tokens: Some(7),
        total_tokens: Some(3751),
        cost_nanos: cost,
        ..named(
            usage.request_id.as_ref().unwrap(),
            "up-claude",
            usage.stream.unwrap(),
        )
    };
    let usage = whole(body!("03-up-claude")).usage().unwrap();
    let plain = Usage {
        finish_reason: Some("tool_calls".to_owned()),
        ..tier(expected(&usage, None), "standard")
    };
    assert_eq!(usage, plain);
    let usage = of_stream(stream!("03-up-claude-stream-usage"));
    assert_eq!(usage, expected(&usage, Some(16_060_200)));
}

#[test]
fn prompt_tokens_of_claude_through_messages_are_completed_by_the_cache() {
    let usage = whole(body!("03-up-claude-messages")).usage().unwrap();
    let expected = Usage {
        prompt_tokens: Some(176 + 2048 + 1024),
        cached_tokens: Some(1024),
        cache_write_tokens: Some(2048),
        completion_tokens: Some(503),
        // The provider reports no total.
        total_tokens: None,
        finish_reason: Some("tool_use".to_owned()),
        ..tier(named("msg_01FAKE", "up-claude", false), "standard")
    };
    assert_eq!(usage, expected);
    for body in [body!("01-mock-messages"), body!("01-mock-messages-stream")] {
        assert_eq!(whole(body).usage().unwrap().prompt_tokens, Some(2095));
    }
}

#[test]
fn zero_counts_of_a_provider_without_usage_are_unknown() {
    let usage = whole(body!("03-up-nousage")).usage();
    assert_eq!(usage, Some(ended(named(ID, "up-nousage", false), "stop")));
}

#[test]
fn after_a_fallback_the_answer_names_the_model_that_answered() {
    let usage = whole(body!("05-fallback-primary-to-backup"))
        .usage()
        .unwrap();
    assert_eq!(usage.model.as_deref(), Some("gpt-4o-2024-07-18"));
}

#[test]
fn invalid_counts_are_refused_and_counted() {
    let usage = counts(
        &json!({"prompt_tokens": -1, "completion_tokens": 1.5, "total_tokens": "12",
        "prompt_tokens_details": {"cached_tokens": 1e30},
        "completion_tokens_details": {"reasoning_tokens": 3}}),
    );
    assert_eq!(usage.refused_counts, 4);
    assert_eq!(
        (
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.total_tokens
        ),
        (None, None, None)
    );
    assert_eq!(
        (usage.cached_tokens, usage.reasoning_tokens),
        (None, Some(3))
    );
    let usage = counts(&json!({"prompt_tokens": u64::MAX, "completion_tokens": null}));
    assert_eq!(
        (usage.prompt_tokens, usage.completion_tokens),
        (Some(u64::MAX), None)
    );
    assert_eq!(usage.refused_counts, 0);
    let message = json!({"type": "message", "usage":
        {"input_tokens": u64::MAX, "cache_read_input_tokens": 1, "output_tokens": 1}});
    let usage = message.usage().unwrap();
    assert_eq!((usage.prompt_tokens, usage.refused_counts), (None, 1));
    // A sum with an unknown part is unknown.
    let message = json!({"type": "message", "usage":
        {"input_tokens": 10, "cache_read_input_tokens": -1, "output_tokens": 1}});
    let usage = message.usage().unwrap();
    assert_eq!((usage.prompt_tokens, usage.refused_counts), (None, 1));
}

#[test]
fn other_json_has_no_usage() {
    for value in [
        Value::Null,
        json!(1),
        json!("usage"),
        json!([]),
        json!({}),
        json!({"usage": 5}),
        json!({"usage": null}),
        json!({"type": "response.completed"}),
        json!({"type": "response.completed", "response": null}),
        json!({"type": "response.completed", "response": {"usage": []}}),
    ] {
        assert_eq!(value.usage(), None, "{value}");
        assert!(!value.failed(), "{value}");
    }
}
