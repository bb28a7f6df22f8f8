// Items are what a client hands out: a `Result`, whatever is in it.
#![allow(clippy::unnecessary_wraps)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::stream::{self, Stream, StreamExt};
use proptest::prelude::*;
use serde_json::{Value, json};
use telemetry_schema::record::{NanoUsd, RequestOutcome, SessionRecord};

use super::super::tests::{annotated, answer, asked, nothing, outcomes, pending, poll, session};
use super::super::{UsageGuard, UsageRequest, note_usage, record_usage};
use super::{instrument_stream, instrument_until_stream};
use crate::Session;
use crate::build::session::tests::records_of;
use crate::usage::{Usage, UsageSource};
use RequestOutcome::{Cancelled, Err as Failed, Ok as Answered, Panic as Panicked};

type Item = Result<Value, &'static str>;

/// As the macro expands on a function that returns a stream.
fn streamed<S: Stream<Item: UsageSource>>(
    say: impl FnOnce(&mut UsageRequest),
    body: impl FnOnce() -> S,
) -> impl Stream<Item = S::Item> {
    let guard = asked(say).enter();
    let returned = body();
    instrument_stream(guard.into_stream(), returned)
}

/// As it expands on an async one, which may fail.
fn streamed_later<S: Stream<Item: UsageSource>, E>(
    body: impl Future<Output = Result<S, E>>,
) -> impl Future<Output = Result<impl Stream<Item = S::Item>, E>> {
    let until = instrument_until_stream(asked(nothing).enter(), body);
    async move {
        match until.await {
            (request, Ok(stream)) => Ok(instrument_stream(request, stream)),
            (request, Err(error)) => {
                request.fail();
                Err(error)
            }
        }
    }
}

fn next<S: Stream + ?Sized>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Reads that many items of a stream that is always ready, and drops it.
fn read<S: Stream>(stream: S, many: usize) -> usize {
    let mut stream = pin!(stream);
    (0..many)
        .take_while(|_| matches!(next(stream.as_mut()), Poll::Ready(Some(_))))
        .count()
}

fn chunk(delta: &Value, finish: Option<&str>) -> Item {
    Ok(
        json!({"id": "1", "model": "answered", "object": "chat.completion.chunk",
        "service_tier": "default", "choices": [{"delta": delta, "finish_reason": finish}]}),
    )
}

fn text(word: &str) -> Item {
    chunk(&json!({"content": word}), None)
}

fn stop() -> Item {
    chunk(&json!({}), Some("stop"))
}

fn used(id: &str) -> Item {
    Ok(
        json!({"id": id, "model": "answered", "object": "chat.completion.chunk",
        "choices": [{"delta": {}}], "usage": {"prompt_tokens": 100, "completion_tokens": 10,
        "total_tokens": 110, "cost": 0.001}}),
    )
}

fn whole() -> Vec<Item> {
    vec![text("Hel"), text("lo"), stop(), used("1")]
}

fn one(session: &Session) -> SessionRecord<'static> {
    let mut records = records_of(session);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

#[test]
fn a_stream_that_ends_is_one_record_with_what_all_its_items_say() {
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
    assert_eq!(record.error_class, None);
}

#[test]
fn nothing_is_written_before_the_end_and_nothing_after_it() {
    let (session, _entered) = session();
    {
        let mut stream = pin!(streamed(nothing, || stream::iter(whole())));
        for _ in 0..4 {
            assert!(matches!(next(stream.as_mut()), Poll::Ready(Some(_))));
        }
        assert_eq!(records_of(&session).len(), 0);
        assert!(matches!(next(stream.as_mut()), Poll::Ready(None)));
        assert_eq!(records_of(&session).len(), 1);
        // Asked once more, and whatever it says then.
        assert!(next(stream.as_mut()).is_ready());
    }
    assert_eq!(records_of(&session).len(), 1);
}

#[test]
fn one_that_is_dropped_before_its_usage_is_cancelled_with_what_was_seen() {
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
    assert!(record.ttft_ms.is_some());
    assert_eq!(session.snapshot().totals.failures, 1);
}

#[test]
fn one_that_is_dropped_once_its_usage_came_was_answered_when_it_came() {
    let (session, _entered) = session();
    let started = Instant::now();
    let mut stream = Box::pin(streamed(nothing, || stream::iter(whole())));
    for _ in 0..4 {
        assert!(next(stream.as_mut()).is_ready());
    }
    let came = started.elapsed();
    // Whoever keeps it longer waits for nothing.
    while started.elapsed() < came + Duration::from_millis(3) {}
    drop(stream);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Answered));
    assert_eq!(record.total_tokens, Some(110));
    assert!(u128::from(record.latency_ms.unwrap()) <= came.as_millis());
}

#[test]
fn errors_among_the_items_are_a_failure_with_the_usage_that_came() {
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
    assert_eq!(record.ttft_ms, None, "an error is no token");
}

#[test]
fn one_without_any_usage_is_a_request_all_the_same() {
    let (session, _entered) = session();
    let items = || stream::iter([text("Hel"), stop()]);
    // Within another, it is not counted twice either.
    read(streamed(nothing, || streamed(nothing, items)), 9);
    let record = one(&session);
    assert_eq!(record.outcome, Some(Answered));
    assert_eq!(record.total_tokens, None);
    assert_eq!(record.cost_source, None);
    assert_eq!(record.finish_reason.as_deref(), Some("stop"));
}

#[test]
fn a_panic_in_a_poll_is_recorded_and_passed_on() {
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
    // No scope is left behind.
    annotated(nothing, || answer("2"));
    assert_eq!(records_of(&session)[1].finish_reason, None);
}

#[test]
fn one_that_nobody_polled_asked_nothing_unless_a_future_did() {
    let (session, _entered) = session();
    let later = || streamed_later(async { Ok::<_, ()>(stream::iter(whole())) });
    drop(streamed(nothing, || stream::iter(whole())));
    drop(later());
    assert_eq!(records_of(&session).len(), 0);
    let mut future = Box::pin(later());
    let Poll::Ready(stream) = poll(future.as_mut()) else {
        panic!("it waits for nothing")
    };
    assert_eq!(records_of(&session).len(), 0);
    drop(stream);
    assert_eq!(one(&session).outcome, Some(Cancelled));
}

#[test]
fn a_future_before_the_stream_belongs_to_its_request() {
    let (session, _entered) = session();
    let waits = async {
        note_usage(Usage::default().with_headers([("x-litellm-call-id", "call-1")]));
        pending(2).await;
        Ok::<_, &str>(stream::iter(whole()))
    };
    let mut future = Box::pin(streamed_later(waits));
    assert!(poll(future.as_mut()).is_pending());
    assert!(poll(future.as_mut()).is_pending());
    let Poll::Ready(Ok(stream)) = poll(future.as_mut()) else {
        panic!("an end")
    };
    read(stream, 9);
    assert_eq!(one(&session).call_id.as_deref(), Some("call-1"));
}

#[test]
fn a_future_that_fails_is_given_up_or_panics_is_a_failure() {
    type Nothing = stream::Empty<Item>;
    let (session, _entered) = session();
    let refused = || Err::<Nothing, _>("refused");
    let mut failing = Box::pin(streamed_later(async { refused() }));
    assert!(poll(failing.as_mut()).is_ready());
    let mut slow = Box::pin(streamed_later(async {
        pending(9).await;
        refused()
    }));
    assert!(poll(slow.as_mut()).is_pending());
    drop(slow);
    let mut panicking = Box::pin(streamed_later(async {
        assert!(refused().is_ok(), "expected");
        refused()
    }));
    let caught = catch_unwind(AssertUnwindSafe(|| poll(panicking.as_mut()).is_ready()));
    assert!(caught.is_err());
    let outcomes = outcomes(&records_of(&session));
    assert_eq!(outcomes, [Failed, Cancelled, Panicked]);
}

#[test]
fn hooks_inside_of_a_poll_know_the_request_and_make_no_second_one() {
    let (session, _entered) = session();
    let elsewhere = Session::detached();
    // A nominal stream, whose `poll_next` is annotated, within one that is, within another.
    let mut items = whole().into_iter();
    let nominal = stream::poll_fn(move |_: &mut Context<'_>| {
        annotated(nothing, || Poll::Ready(items.next()))
    });
    let inner = streamed(|request| request.text("effort", "high"), || nominal);
    let outer = streamed(
        |request| {
            request.text("model", "outer");
            request.session(&elsewhere);
        },
        || inner,
    );
    read(outer, 9);
    assert_eq!(records_of(&session).len(), 0);
    let record = one(&elsewhere);
    assert_eq!(record.model.as_deref(), Some("outer"));
    assert_eq!(record.reasoning_effort.as_deref(), Some("high"));
    assert_eq!(record.finish_reason.as_deref(), Some("stop"));
    assert!(record.ttft_ms.is_some() && record.latency_ms.is_some());
    assert_eq!(elsewhere.snapshot().totals.requests, 1);
}

#[test]
fn a_handler_that_a_poll_calls_is_told_of_the_same_request() {
    for knows_id in [true, false] {
        let (session, _entered) = session();
        let items = stream::iter([text("a"), used("1")]).inspect(|item| {
            if let Some(mut usage) = item.usage() {
                usage.request_id = usage.request_id.filter(|_| knows_id);
                record_usage(&usage);
            }
        });
        read(streamed(nothing, || items), 9);
        assert_eq!(one(&session).total_tokens, Some(110));
    }
}

#[test]
fn several_requests_in_one_stream_are_several_records() {
    let (session, _entered) = session();
    let items = [used("1"), text("…"), used("2"), used("2"), used("3")];
    read(streamed(nothing, || stream::iter(items)), 9);
    let records = records_of(&session);
    let ids: Vec<_> = records
        .iter()
        .filter_map(|record| record.request_id.as_deref())
        .collect();
    assert_eq!(ids, ["1", "2", "3"]);
}

#[test]
fn streams_that_take_turns_keep_to_their_own_requests_on_any_thread() {
    let (_session, _entered) = session();
    let sessions = [Session::detached(), Session::detached()];
    let streams = sessions.each_ref().map(|own| {
        let say = |request: &mut UsageRequest| request.session(own);
        let mut stream = Box::pin(streamed(say, || stream::iter(whole())));
        assert!(next(stream.as_mut()).is_ready());
        stream
    });
    std::thread::scope(|scope| {
        scope.spawn(|| streams.map(|stream| read(stream, 9)));
    });
    for session in &sessions {
        assert_eq!(one(session).total_tokens, Some(110));
    }
}

#[test]
fn while_nothing_is_recorded_a_stream_is_passed_through() {
    let (session, _entered) = session();
    let request = UsageGuard::none().into_stream();
    assert!(request.is_none());
    let stream = instrument_stream(request, stream::iter(whole()));
    assert_eq!(stream.size_hint(), (4, Some(4)));
    assert_eq!(read(stream, 9), 4);
    assert_eq!(records_of(&session).len(), 0);
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
    fn whatever_comes_and_whenever_it_is_dropped_it_is_one_request(
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
            () if polls == 0 => vec![],
            () if seen.contains(&Step::Error) => vec![Failed],
            () if ended || used => vec![Answered],
            () => vec![Cancelled],
        };
        let records = records_of(&session);
        prop_assert_eq!(outcomes(&records), expected);
        prop_assert_eq!(session.snapshot().totals.total_tokens, if used { 110 } else { 0 });
    }
}
