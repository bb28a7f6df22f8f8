//! The costs in answers.

use super::*;

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
fn an_unpriced_model_has_an_unknown_cost() {
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
fn a_cache_hit_reports_the_usage_and_cost_of_the_cached_answer() {
    let (hit, miss) = (whole(body!("07-cache-hit")), whole(body!("07-cache-miss")));
    // The id is that of the first answer, so within one session it is the request that is counted already.
    assert_eq!(hit.usage(), miss.usage());
    assert_eq!(
        of_stream(stream!("07-cache-hit-stream-1")).cost_nanos,
        Some(313_200)
    );
}

#[test]
fn a_cost_is_a_number_a_number_as_text_or_an_object_with_its_sum() {
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
    assert_eq!(cost(json!("0.1")), (Some(100_000_000), 0));
    assert_eq!(cost(json!({"total_cost": " 4.5e-6 "})), (Some(4_500), 0));
    for refused in [
        json!(-0.1),
        json!(1e30),
        json!("-0.1"),
        json!("NaN"),
        json!("inf"),
        json!(""),
        json!("$0.1"),
        json!("0,1"),
        json!(true),
        json!([1]),
    ] {
        assert_eq!(cost(refused.clone()), (None, 1), "{refused}");
    }
}
