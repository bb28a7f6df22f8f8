//! Every recorded answer that says something of usage, and every trap in them.

use serde_json::{Value, json};

use crate::usage::{ErrorClass, Usage, UsageSource};

macro_rules! body {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../tests/captures/",
            $name,
            ".response.json"
        ))
    };
}
macro_rules! stream {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../tests/captures/",
            $name,
            ".response.sse"
        ))
    };
}

fn whole(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

/// The events of a stream, as a client parses them one by one.
fn events(stream: &str) -> Vec<Value> {
    stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// The one usage of a stream: of one event, the same as of all of them together.
fn of_stream(stream: &str) -> Usage {
    let events = events(stream);
    let each: Vec<Usage> = events.iter().filter_map(UsageSource::usage).collect();
    let [usage] = &each[..] else {
        panic!("{} usages", each.len())
    };
    // The reason is in the chunk before.
    let all = events.usage().unwrap();
    let reason = all.finish_reason.clone();
    let whole = Usage {
        finish_reason: reason,
        ..usage.clone()
    };
    assert_eq!(all, whole);
    assert_eq!(Value::Array(events).usage(), Some(whole));
    usage.clone()
}

/// What the stand-in provider reports.
fn standard(usage: Usage) -> Usage {
    Usage {
        prompt_tokens: Some(1200),
        cached_tokens: Some(1024),
        completion_tokens: Some(350),
        reasoning_tokens: Some(256),
        total_tokens: Some(1550),
        ..usage
    }
}

fn named(id: &str, model: &str, stream: bool) -> Usage {
    Usage {
        request_id: Some(id.to_owned()),
        model: Some(model.to_owned()),
        stream: Some(stream),
        ..Usage::default()
    }
}

/// As it ended, with the tier that the stand-in names.
fn ended(usage: Usage, reason: &str) -> Usage {
    Usage {
        finish_reason: Some(reason.to_owned()),
        ..tier(usage, "default")
    }
}

fn tier(usage: Usage, tier: &str) -> Usage {
    Usage {
        service_tier: Some(tier.to_owned()),
        ..usage
    }
}

const ID: &str = "chatcmpl-up-0001";

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
    // Null details, and no id.
    let embeddings = whole(body!("03-up-embeddings")).usage().unwrap();
    assert_eq!(
        (embeddings.prompt_tokens, embeddings.cached_tokens),
        (Some(8), None)
    );
    assert_eq!((embeddings.request_id, embeddings.stream), (None, None));
}

#[test]
fn the_cost_of_a_stream_is_in_its_last_chunk() {
    for (stream, model) in [
        (stream!("03-up-ok-stream-usage"), "up-ok"),
        (stream!("03-up-think-stream-usage"), "up-think"),
        (stream!("03-up-cut-stream-usage"), "up-cut"),
        (stream!("05-retry-flaky-stream"), "up-flaky"),
    ] {
        let expected = Usage {
            cost_nanos: Some(313_200),
            ..tier(standard(named(ID, model, true)), "default")
        };
        assert_eq!(of_stream(stream), expected, "{model}");
    }
    assert_eq!(
        of_stream(stream!("01-mock-chat-stream-usage")).cost_nanos,
        Some(4_500)
    );
    assert_eq!(
        of_stream(stream!("01-mock-tools-stream")).cost_nanos,
        Some(2_700)
    );
}

#[test]
fn a_stream_that_was_not_asked_for_its_usage_has_none() {
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

#[test]
fn responses_whole_and_streamed() {
    let usage = whole(body!("03-up-responses")).usage().unwrap();
    let id = usage.request_id.clone().unwrap();
    assert!(id.starts_with("resp_gU3dFZ"));
    // `"cost": null`: the header has it.
    assert_eq!(
        usage,
        ended(standard(named(&id, "up-resp", false)), "completed")
    );
    let usage = of_stream(stream!("03-up-responses-stream"));
    let id = usage.request_id.clone().unwrap();
    // The event names the alias, the response in it what answered.
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
fn responses_that_ended_early_or_failed() {
    let event = |kind: &str| {
        json!({"type": kind, "response": {"id": "resp_1", "model": "m",
        "usage": {"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}}})
    };
    for (kind, failed) in [("response.incomplete", false), ("response.failed", true)] {
        let usage = event(kind).usage().unwrap();
        assert_eq!(
            (usage.prompt_tokens, usage.total_tokens),
            (Some(7), Some(8))
        );
        assert_eq!(event(kind).failed(), failed, "{kind}");
    }
    for early in [
        "response.created",
        "response.in_progress",
        "response.output_text.delta",
    ] {
        assert_eq!(event(early).usage(), None, "{early}");
    }
    let refused = json!({"type": "response.failed", "response": {"id": "r", "usage": null}});
    assert!(refused.usage().is_none() && refused.failed());
    let failed = json!({"object": "response", "status": "failed", "error": null, "usage": null});
    assert!(failed.failed());
    assert!(!whole(body!("03-up-responses")).failed());
}

#[test]
fn errors_fail_and_use_nothing() {
    let error = whole(body!("02-mock-429"));
    assert!(error.usage().is_none() && error.failed());
    // HTTP said 200 to this one.
    let midstream = events(stream!("01-mock-responses-stream"));
    assert!(midstream.usage().is_none() && midstream.failed());
    // Nothing of LiteLLM's: no answer, and no claim that it failed.
    let unknown_path = whole(body!("02-err-unknown-path"));
    assert!(unknown_path.usage().is_none() && !unknown_path.failed());
}

#[test]
fn claude_through_chat_has_the_cache_within_its_prompt() {
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
fn claude_through_messages_has_the_cache_beside_its_input_and_so_the_same_prompt() {
    let usage = whole(body!("03-up-claude-messages")).usage().unwrap();
    let expected = Usage {
        prompt_tokens: Some(176 + 2048 + 1024),
        cached_tokens: Some(1024),
        cache_write_tokens: Some(2048),
        completion_tokens: Some(503),
        // The provider gives no sum.
        total_tokens: None,
        finish_reason: Some("tool_use".to_owned()),
        ..tier(named("msg_01FAKE", "up-claude", false), "standard")
    };
    assert_eq!(usage, expected);
    for body in [body!("01-mock-messages"), body!("01-mock-messages-stream")] {
        assert_eq!(whole(body).usage().unwrap().prompt_tokens, Some(2095));
    }
}

/// As Anthropic streams it, and LiteLLM passes it on: what went in comes first, what came out last.
#[test]
fn streamed_messages_are_put_together_from_their_first_and_last_event() {
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
    // Older versions of the API count the output alone at the end, newer ones everything again.
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
    // Given up in its middle, what went in was used all the same.
    let begun = vec![ping, start, text];
    assert_eq!(begun.usage(), None);
    let partial = begun.partial().unwrap();
    assert_eq!(
        (partial.prompt_tokens, partial.completion_tokens),
        (Some(3248), Some(4))
    );
}

#[test]
fn zeros_of_a_provider_without_usage_are_unknown_and_still_a_request() {
    let usage = whole(body!("03-up-nousage")).usage();
    assert_eq!(usage, Some(ended(named(ID, "up-nousage", false), "stop")));
}

#[test]
fn estimates_cannot_be_told_from_reports_and_are_taken() {
    let usage = of_stream(stream!("03-up-nousage-stream-usage"));
    assert_eq!(
        (usage.prompt_tokens, usage.completion_tokens),
        (Some(14), Some(4))
    );
    assert_eq!(usage.cost_nanos, Some(4_500));
    // Cut by the upstream after two words; LiteLLM ended it with `stop` and `[DONE]`.
    let cut = events(stream!("04-up-midcut-stream"));
    assert!(!cut.failed());
    let usage = cut.usage().unwrap();
    assert_eq!(
        (usage.completion_tokens, usage.cost_nanos),
        (Some(2), Some(3_300))
    );
}

#[test]
fn an_unpriced_model_has_no_cost_rather_than_none_to_pay() {
    let usage = of_stream(stream!("03-up-unpriced-stream-usage"));
    assert_eq!(
        usage,
        tier(standard(named(ID, "up-unpriced", true)), "default")
    );
    assert_eq!(
        whole(body!("03-up-unpriced")).usage().unwrap().cost_nanos,
        None
    );
}

#[test]
fn a_cache_hit_reports_the_full_usage_and_cost_of_the_answer_that_it_repeats() {
    let (hit, miss) = (whole(body!("07-cache-hit")), whole(body!("07-cache-miss")));
    // With its id: within one session it is the turn that is counted already.
    assert_eq!(hit.usage(), miss.usage());
    assert_eq!(
        of_stream(stream!("07-cache-hit-stream-1")).cost_nanos,
        Some(313_200)
    );
}

/// Each error that LiteLLM answered, and the class that its body alone says.
#[test]
fn errors_have_a_class() {
    for (body, class) in [
        (body!("02-err-bad-json"), "bad_request"),
        (body!("02-err-missing-messages"), "bad_request"),
        (body!("02-err-no-key"), "auth"),
        // A wrong key, where the proxy has no database.
        (body!("02-err-wrong-key"), "auth"),
        (body!("02-err-unknown-model"), "bad_request"),
        (body!("02-mock-429"), "rate_limit"),
        (body!("02-mock-500"), "server"),
        (body!("02-mock-ctx"), "context_window"),
        (body!("02-mock-filter"), "content_filter"),
        (body!("02-mock-streamerr"), "server"),
        (body!("02-mock-streamerr-stream"), "server"),
        (body!("02-mock-timeout"), "timeout"),
        (body!("04-up-claude-overloaded"), "server"),
        (body!("04-up-claude-overloaded-messages"), "server"),
        (body!("04-up-disc"), "server"),
        (body!("04-up-e401"), "auth"),
        (body!("04-up-e429"), "rate_limit"),
        (body!("04-up-e503"), "server"),
        (body!("04-up-ectx"), "context_window"),
        (body!("04-up-efilter"), "content_filter"),
        (body!("04-up-slow"), "timeout"),
        (body!("06-auth-wrong-key-401"), "auth"),
        (body!("06-key-rpm-2-limited"), "rate_limit"),
        (body!("08-lonely-cooldown-3"), "rate_limit"),
    ] {
        let error = whole(body);
        assert!(error.usage().is_none() && error.failed(), "{error}");
        let found = error.partial().and_then(|known| known.error_class);
        assert_eq!(found.map(ErrorClass::as_str), Some(class), "{error}");
    }
    let unknown_path = whole(body!("02-err-unknown-path"));
    assert_eq!(unknown_path.partial(), None);
}

#[test]
fn after_a_fallback_the_answer_names_who_answered() {
    let usage = whole(body!("05-fallback-primary-to-backup"))
        .usage()
        .unwrap();
    assert_eq!(usage.model.as_deref(), Some("gpt-4o-2024-07-18"));
}

#[test]
fn of_a_stream_that_counts_along_the_last_chunk_counts() {
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
    // Of two answers in one chunk one goes on.
    let half = json!({"object": "chat.completion.chunk", "usage": {"prompt_tokens": 5},
        "choices": [{"delta": {}, "finish_reason": "stop"}, {"delta": {"content": "x"}}]});
    assert_eq!(half.usage(), None);
    let openai = json!({"id": "1", "object": "chat.completion.chunk", "choices": [],
        "usage": {"prompt_tokens": 5, "completion_tokens": 9}});
    assert_eq!(openai.usage().unwrap().completion_tokens, Some(9));
}

fn counts(usage: &Value) -> Usage {
    json!({"object": "chat.completion", "id": "1", "usage": usage})
        .usage()
        .unwrap()
}

#[test]
fn what_is_no_count_is_refused_and_counted() {
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
    // A sum whose parts are not all known is not known.
    let message = json!({"type": "message", "usage":
        {"input_tokens": 10, "cache_read_input_tokens": -1, "output_tokens": 1}});
    let usage = message.usage().unwrap();
    assert_eq!((usage.prompt_tokens, usage.refused_counts), (None, 1));
}

#[test]
fn a_cost_is_a_number_or_an_object_with_its_sum() {
    let cost = |cost: Value| {
        let usage = counts(&json!({"prompt_tokens": 1, "cost": cost}));
        (usage.cost_nanos, usage.refused_counts)
    };
    assert_eq!(cost(json!(4.499_999_999_999_999e-6)), (Some(4_500), 0));
    assert_eq!(cost(json!(0)), (Some(0), 0));
    assert_eq!(
        cost(json!({"input_tokens_cost": 0.001, "total_cost": 0.006})),
        (Some(6_000_000), 0)
    );
    assert_eq!(cost(json!({"input_tokens_cost": 0.001})), (None, 0));
    assert_eq!(cost(Value::Null), (None, 0));
    for refused in [json!(-0.1), json!(1e30), json!("0.1"), json!([1])] {
        assert_eq!(cost(refused.clone()), (None, 1), "{refused}");
    }
}

#[test]
fn what_is_no_answer_has_no_usage() {
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
