//! The end of a stream, and its drop.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use telemetry_schema::record::NanoUsd;

use super::*;

#[test]
fn a_finished_stream_is_one_record_with_the_values_of_all_items() {
    let (session, _entered) = session();
    let asked = |request: &mut UsageRequest| request.text("model", "asked");
    assert_eq!(read(streamed(asked, || stream::iter(whole())), 9), 4);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Answered));
    assert_eq!(record.request_id.as_deref(), Some("1"));
    assert_eq!(record.model.as_deref(), Some("asked"));
    assert_eq!(record.response_model.as_deref(), Some("answered"));
    assert_eq!(record.total_tokens, Some(110));
    assert_eq!(record.cost_usd, Some(NanoUsd(1_000_000)));
    assert_eq!(record.finish_reason.as_deref(), Some("stop"));
    assert_eq!(record.service_tier.as_deref(), Some("default"));
    assert_eq!(record.stream, Some(true));
    assert!(record.ttft_ms.is_some() && record.latency_ms >= record.ttft_ms);
    assert!(record.ttft_ms >= record.first_chunk_ms && record.first_chunk_ms.is_some());
    assert_eq!(record.error_class, None);
}

#[test]
fn a_record_is_written_at_the_end_and_not_before_or_after() {
    let (session, _entered) = session();
    {
        let mut stream = pin!(streamed(nothing, || stream::iter(whole())));
        for _ in 0..4 {
            assert!(matches!(next(stream.as_mut()), Poll::Ready(Some(_))));
        }
        assert_eq!(records_of(&session).len(), 0);
        assert!(matches!(next(stream.as_mut()), Poll::Ready(None)));
        assert_eq!(records_of(&session).len(), 1);
        // Polled once more after its end.
        assert!(next(stream.as_mut()).is_ready());
    }
    assert_eq!(records_of(&session).len(), 1);
}

#[test]
fn a_stream_dropped_before_its_usage_is_cancelled() {
    let (session, _entered) = session();
    let begun = json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude",
        "usage": {"input_tokens": 176, "cache_read_input_tokens": 1024, "output_tokens": 1}}});
    let items = [Ok::<_, &str>(begun), Ok(json!({"type": "ping"}))];
    assert_eq!(read(streamed(nothing, || stream::iter(items)), 1), 1);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Cancelled));
    assert_eq!(record.error_class.as_deref(), Some("cancelled"));
    let counts = (record.prompt_tokens, record.completion_tokens);
    assert_eq!(counts, (Some(1200), Some(1)));
    assert_eq!(record.request_id.as_deref(), Some("msg_1"));
    assert!(record.first_chunk_ms.is_some());
    assert_eq!(record.ttft_ms, None, "the first event brings no token");
    assert_eq!(session.snapshot().totals.failures, 1);
}

#[test]
fn a_stream_dropped_after_its_usage_was_answered_when_the_usage_came() {
    let (session, _entered) = session();
    let started = Instant::now();
    let mut stream = Box::pin(streamed(nothing, || stream::iter(whole())));
    for _ in 0..4 {
        assert!(next(stream.as_mut()).is_ready());
    }
    let came = started.elapsed();
    // The time until the drop does not count.
    while started.elapsed() < came + Duration::from_millis(3) {}
    drop(stream);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Answered));
    assert_eq!(record.total_tokens, Some(110));
    assert!(u128::from(record.latency_ms.unwrap()) <= came.as_millis());
}

#[test]
fn a_stream_with_error_items_failed_and_keeps_its_usage() {
    let midstream = || Ok(json!({"error": {"message": "no", "code": "500"}}));
    for (items, tokens) in [
        (vec![text("Hel"), Err("the connection broke")], None),
        (vec![Err("no"), used("1")], Some(110)),
        (vec![used("1"), Err("late")], Some(110)),
        (vec![text("Hel"), midstream()], None),
    ] {
        for dropped in [false, true] {
            let (session, _entered) = session();
            let (items, len) = (items.clone(), items.len());
            let stream = streamed(nothing, || stream::iter(items));
            assert_eq!(read(stream, if dropped { len } else { 9 }), len);
            let record = one(&session);
            assert_eq!(record.outcome, Some(Failed));
            assert_eq!(record.total_tokens, tokens);
        }
    }
    let (session, _entered) = session();
    let error = json!({"error": {"message": "litellm.RateLimitError", "code": "429"}});
    read(
        streamed(nothing, || stream::iter([Ok::<_, &str>(error)])),
        9,
    );
    let record = one(&session);
    assert_eq!(record.error_class.as_deref(), Some("rate_limit"));
    assert_eq!(record.ttft_ms, None, "an error is not a token");
    assert_eq!(record.first_chunk_ms, None);
}

#[test]
fn a_stream_without_usage_is_a_request() {
    let (session, _entered) = session();
    let items = || stream::iter([text("Hel"), stop()]);
    // A stream within another request is not counted twice.
    read(streamed(nothing, || streamed(nothing, items)), 9);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Answered));
    assert_eq!(record.total_tokens, None);
    assert_eq!(record.cost_source.as_deref(), Some("unpriced"));
    assert_eq!(
        record.unpriced_reason.as_deref(),
        Some("the prompt or completion tokens are unknown")
    );
    assert_eq!(session.snapshot().totals.unpriced(), 1);
    assert_eq!(record.finish_reason.as_deref(), Some("stop"));
}

#[test]
fn a_panic_in_a_poll_is_recorded_and_not_caught() {
    let (session, _entered) = session();
    let items = stream::iter(whole()).inspect(|item| assert!(item.usage().is_none(), "expected"));
    let mut stream = Box::pin(streamed(nothing, || items));
    let caught = catch_unwind(AssertUnwindSafe(
        || {
            while next(stream.as_mut()).is_ready() {}
        },
    ));
    assert!(caught.is_err());
    drop(stream);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Panicked));
    assert_eq!(record.finish_reason.as_deref(), Some("stop"));
    // No scope stays entered.
    annotated(nothing, || answer("2"));
    assert_eq!(records_of(&session)[1].finish_reason, None);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Pending,
    Text,
    Used,
    Error,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_stream_with_any_items_and_any_end_is_one_request(
        steps in prop::collection::vec(
            prop::sample::select(vec![Step::Pending, Step::Text, Step::Used, Step::Error]),
            0..8,
        ),
        polls in 0_usize..10,
    ) {
        let (session, _entered) = session();
        let mut left = steps.clone().into_iter();
        let items = stream::poll_fn(move |_: &mut Context<'_>| match left.next() {
            Some(Step::Pending) => Poll::Pending,
            Some(Step::Text) => Poll::Ready(Some(text("x"))),
            Some(Step::Used) => Poll::Ready(Some(used("1"))),
            Some(Step::Error) => Poll::Ready(Some(Err("no"))),
            None => Poll::Ready(None),
        });
        let mut stream = Box::pin(streamed(nothing, || items));
        let mut ended = false;
        for _ in 0..polls {
            ended |= matches!(next(stream.as_mut()), Poll::Ready(None));
        }
        drop(stream);
        let seen = &steps[..polls.min(steps.len())];
        let used = seen.contains(&Step::Used);
        let expected = match () {
            () if seen.contains(&Step::Error) => vec![Failed],
            () if ended || used => vec![Answered],
            () => vec![Cancelled],
        };
        let records = records_of(&session);
        prop_assert_eq!(outcomes(&records), expected);
        prop_assert_eq!(session.snapshot().totals.total_tokens, if used { 110 } else { 0 });
    }
}
