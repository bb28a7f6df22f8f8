//! The values of a record and their sources.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::usage::{CostSource, ErrorClass};

#[test]
fn a_record_has_the_values_of_attribute_and_answer() {
    let (session, _entered) = session();
    let returned = annotated(
        |request| {
            request.text("model", &Some("asked"));
            request.debug("effort", &Some(Outcome::Ok));
            request.attempt(&2_u16);
            request.text("retry_cause", "429");
        },
        || -> Answer { Ok(answer("chatcmpl-1")) },
    );
    assert!(returned.is_ok());
    let records = records_of(&session);
    let [record] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(record.session_id, session.id().to_string());
    assert_eq!((record.v, record.request_number()), (Some(1), Some(1)));
    assert_eq!(record.request_id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(record.model.as_deref(), Some("asked"));
    assert_eq!(record.response_model.as_deref(), Some("answered"));
    assert_eq!(record.reasoning_effort.as_deref(), Some("ok"));
    assert_eq!(
        (record.prompt_tokens, record.completion_tokens),
        (Some(100), Some(10))
    );
    assert_eq!(
        (record.cached_tokens, record.reasoning_tokens),
        (None, None)
    );
    assert_eq!(
        (record.attempt, record.retry_cause.as_deref()),
        (Some(2), Some("429"))
    );
    assert_eq!(
        (record.stream, record.outcome),
        (Some(false), Some(Answered))
    );
    assert!(record.latency_ms.is_some() && record.ttft_ms.is_none());
    assert_eq!(record.cost_usd, Some(NanoUsd(1_000_000)));
    assert_eq!(record.cost_source.as_deref(), Some("response_body"));
    let totals = session.snapshot().totals;
    assert_eq!(
        (totals.answered, totals.retries, totals.total_tokens),
        (1, 1, 110)
    );
}

#[test]
fn the_model_of_the_answer_is_used_if_the_attribute_names_none() {
    let (session, _entered) = session();
    annotated(nothing, || answer("1"));
    assert_eq!(records_of(&session)[0].model.as_deref(), Some("answered"));
}

#[test]
fn values_of_the_host_are_kept() {
    let (session, _entered) = session();
    let usage = Usage {
        prompt_tokens: Some(1),
        cost_nanos: Some(5),
        cost_source: Some(CostSource::ResponseHeader),
        time_to_first_token: Some(Duration::from_millis(420)),
        ..Usage::default()
    };
    annotated(nothing, || usage.clone());
    let refused = Usage {
        cost_nanos: Some(-5),
        ..usage
    };
    annotated(nothing, || refused);
    let records = records_of(&session);
    assert_eq!(records[0].cost_source.as_deref(), Some("response_header"));
    assert_eq!(records[0].ttft_ms, Some(420));
    assert_eq!(
        (records[1].cost_usd, records[1].cost_source.as_deref()),
        (None, Some("unpriced"))
    );
}

#[test]
fn values_noted_inside_a_function_are_in_its_record() {
    let (session, _entered) = session();
    let headers = [
        ("x-litellm-call-id", "call-1"),
        ("x-litellm-model-id", "dep-1"),
        ("x-litellm-model-name", "openai/gpt-4o"),
        ("x-litellm-model-group", "backup"),
        ("x-litellm-attempted-retries", "2"),
        ("x-litellm-attempted-fallbacks", "1"),
        ("x-litellm-response-cost", "0"),
    ];
    note_usage(Usage::default().with_headers([("x-litellm-call-id", "of nobody")]));
    annotated(nothing, || {
        let _ = annotated(nothing, || -> Answer {
            let mut known = Usage::default().with_headers(headers);
            known.error_class = ErrorClass::of(429, None, None, "");
            note_usage(known);
            Err("429")
        });
        annotated(nothing, || {
            note_usage(Usage::default().with_headers(headers));
            annotated(nothing, || answer("1"));
            None::<Value>
        })
    });
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Failed, Answered]);
    for record in &records {
        assert_eq!(record.call_id.as_deref(), Some("call-1"));
        assert_eq!(record.deployment_id.as_deref(), Some("dep-1"));
        assert_eq!(record.deployment_model.as_deref(), Some("openai/gpt-4o"));
        assert_eq!(record.deployment_group.as_deref(), Some("backup"));
        let proxy = (record.proxy_retries, record.proxy_fallbacks);
        assert_eq!(proxy, (Some(2), Some(1)));
    }
    assert_eq!(records[0].error_class.as_deref(), Some("rate_limit"));
    // LiteLLM writes a cost of 0 into the headers of every error.
    assert_eq!(
        (records[0].cost_usd, &records[0].cost_source),
        (None, &None)
    );
    assert_eq!(records[1].error_class, None);
    assert_eq!(records[1].cost_usd, Some(NanoUsd(1_000_000)));
}

#[test]
fn an_event_without_usage_completes_the_record_or_is_all_of_it() {
    let (session, _entered) = session();
    let id = Cell::new("1");
    let chunk = |delta: Value, finish: Option<&str>, usage: Option<u64>| {
        json!({"id": id.get(), "object": "chat.completion.chunk", "model": "answered",
            "service_tier": "flex", "choices": [{"delta": delta, "finish_reason": finish}],
            "usage": usage.map(|count| json!({"prompt_tokens": count}))})
    };
    let next = |event: &Value| {
        let _ = annotated(nothing, || Poll::Ready(Some(Ok::<_, &str>(event.clone()))));
    };
    annotated(nothing, || {
        next(&chunk(json!({"content": "Hel"}), None, None));
        next(&chunk(json!({}), Some("length"), None));
        next(&chunk(json!({}), None, Some(7)));
        None::<Value>
    });
    id.set("2");
    // The counts so far of a request that fails later.
    let _ = annotated(nothing, || -> Answer {
        next(&chunk(json!({"content": "Hel"}), None, Some(3)));
        Err("the connection broke")
    });
    annotated(
        nothing,
        || json!({"error": {"message": "no", "code": "500"}}),
    );
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Answered, Failed, Failed]);
    assert_eq!(records[0].finish_reason.as_deref(), Some("length"));
    assert_eq!(records[0].service_tier.as_deref(), Some("flex"));
    assert_eq!(records[0].prompt_tokens, Some(7));
    assert_eq!(records[1].prompt_tokens, Some(3));
    assert_eq!(records[1].cost_source.as_deref(), Some("unpriced"));
    assert_eq!(records[2].error_class.as_deref(), Some("server"));
}

#[test]
fn attempts_count_from_one() {
    let (session, _entered) = session();
    let before = stats::health().refused_counts;
    annotated(|request| request.attempt(&0_u32), || answer("1"));
    annotated(|request| request.attempt(&-1_i64), || answer("2"));
    annotated(|request| request.attempt(&None::<u32>), || answer("3"));
    annotated(|request| request.attempt(&Some(1_usize)), || answer("4"));
    let attempts: Vec<_> = records_of(&session)
        .iter()
        .map(|record| record.attempt)
        .collect();
    assert_eq!(attempts, [None, None, None, Some(1)]);
    assert!(stats::health().refused_counts >= before + 2);
}

#[test]
fn the_debug_text_of_an_effort_becomes_its_name_in_requests() {
    #[derive(Debug)]
    enum Effort {
        High,
    }
    let written = |say: &dyn Fn(&mut UsageRequest)| {
        let (session, _entered) = session();
        annotated(say, || answer("1"));
        records_of(&session)[0].reasoning_effort.clone()
    };
    assert_eq!(
        written(&|request| request.debug("effort", &Effort::High)).as_deref(),
        Some("high")
    );
    assert_eq!(
        written(&|request| request.debug("effort", &Some(Effort::High))).as_deref(),
        Some("high")
    );
    assert_eq!(
        written(&|request| request.debug("effort", &Some("xhigh"))).as_deref(),
        Some("xhigh")
    );
    assert_eq!(
        written(&|request| request.debug("effort", &None::<Effort>)),
        None
    );
    assert_eq!(written(&|request| request.text("effort", "")), None);
}
