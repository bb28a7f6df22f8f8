use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use telemetry_schema::pricing::ModelPrice;
use telemetry_schema::record::{NanoUsd, RequestOutcome, SessionRecord};

use super::{
    UsageGuard, UsageRequest, instrument_usage, instrument_usage_async, note_usage, record_usage,
    record_usage_of,
};
use crate::build::config::Pricing;
use crate::build::limits::MAX_LINE;
use crate::build::session::tests::{log, records_of};
use crate::build::stats;
use crate::usage::{CostSource, ErrorClass, Usage, UsageSource};
use crate::{Session, SessionId, SpanContext};

type Answer = Result<Value, &'static str>;

/// A session of the test's own, current on its thread.
pub(super) fn session() -> (Session, crate::SessionGuard) {
    log();
    let session = Session::detached();
    let entered = session.enter();
    (session, entered)
}

pub(super) fn answer(id: &str) -> Value {
    json!({"id": id, "model": "answered", "object": "chat.completion",
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110, "cost": 0.001}})
}

fn without_id() -> Value {
    json!({"usage": {"prompt_tokens": 100, "completion_tokens": 10}})
}

/// As the macro expands on a function.
pub(super) fn annotated<R: UsageSource>(
    say: impl FnOnce(&mut UsageRequest),
    body: impl FnOnce() -> R,
) -> R {
    let guard = asked(say).enter();
    let returned = body();
    guard.finish(&returned);
    returned
}

pub(super) fn asked(say: impl FnOnce(&mut UsageRequest)) -> UsageRequest {
    let mut request = UsageRequest::begin();
    say(&mut request);
    request
}

/// As the macro expands on an async function.
fn annotated_async<F: Future<Output: UsageSource>>(
    say: impl FnOnce(&mut UsageRequest),
    body: F,
) -> impl Future<Output = F::Output> {
    instrument_usage(asked(say).enter(), body)
}

pub(super) fn nothing(_: &mut UsageRequest) {}

pub(super) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Pending that many times.
pub(super) async fn pending(times: u32) {
    let mut left = times;
    std::future::poll_fn(|_| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

pub(super) fn outcomes(records: &[SessionRecord<'_>]) -> Vec<RequestOutcome> {
    records.iter().filter_map(|record| record.outcome).collect()
}

use RequestOutcome::{Cancelled, Err as Failed, Ok as Answered, Panic as Panicked};

#[test]
fn a_record_has_what_the_attribute_and_the_answer_say() {
    let (session, _entered) = session();
    let returned = annotated(
        |request| {
            request.text("model", &Some("asked"));
            request.debug("effort", &Some(RequestOutcome::Ok));
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
    assert_eq!((record.v, record.turn), (Some(1), Some(1)));
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
        (totals.turns, totals.retries, totals.total_tokens),
        (1, 1, 110)
    );
}

#[test]
fn the_model_that_answered_stands_in_for_one_that_nobody_named() {
    let (session, _entered) = session();
    annotated(nothing, || answer("1"));
    assert_eq!(records_of(&session)[0].model.as_deref(), Some("answered"));
}

#[test]
fn tokens_that_nobody_priced_are_unpriced_and_cost_nothing_at_all() {
    let (session, _entered) = session();
    annotated(nothing, without_id);
    let records = records_of(&session);
    assert_eq!(records[0].cost_usd, None);
    assert_eq!(records[0].cost_source.as_deref(), Some("unpriced"));
    assert_eq!(session.snapshot().totals.unpriced_requests, 1);
}

#[test]
fn what_no_answer_priced_is_priced_by_the_user() {
    let mut price = ModelPrice::default();
    price.set("input_cost_per_token", "1e-6".parse().unwrap());
    price.set("output_cost_per_token", "2e-6".parse().unwrap());
    price.set("output_cost_per_token_flex", "1e-6".parse().unwrap());
    let mut pricing = Pricing::default();
    pricing.prices.insert("priced by the user", price);
    super::pricing::set(&pricing);
    let (session, _entered) = session();
    let record = |id: &str, body: Value| {
        annotated(
            |request| request.text("model", "priced by the user"),
            || {
                let mut whole = body.clone();
                whole["id"] = id.into();
                whole
            },
        );
        let last = records_of(&session).pop().unwrap();
        (
            last.cost_usd,
            last.cost_source.unwrap_or_default().into_owned(),
        )
    };
    let cost = |nanos, source: &str| (Some(NanoUsd(nanos)), source.to_owned());
    assert_eq!(record("1", without_id()), cost(120_000, "user_price"));
    // The answer knows better.
    assert_eq!(record("2", answer("2")), cost(1_000_000, "response_body"));
    let mut flex = without_id();
    flex["service_tier"] = "flex".into();
    assert_eq!(record("3", flex), cost(110_000, "user_price"));
    // Half of the counts is no reason for a price.
    let half = json!({"usage": {"prompt_tokens": 100}});
    assert_eq!(record("4", half), (None, "unpriced".to_owned()));
    let hit = annotated(
        |request| request.text("model", "priced by the user"),
        || {
            let usage = answer("5").usage().unwrap();
            let usage = Usage {
                cost_nanos: None,
                ..usage
            };
            usage.with_headers([("x-litellm-cache-key", "k")])
        },
    );
    assert_eq!(hit.cost_source, Some(CostSource::CacheHit));
    let last = records_of(&session).pop().unwrap();
    assert_eq!(last.cost_usd, Some(NanoUsd(120_000)));
    assert_eq!(last.cost_source.as_deref(), Some("cache_hit"));
}

#[test]
fn what_the_host_hands_over_is_kept() {
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
fn what_only_the_code_inside_learns_is_noted_for_the_record() {
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
fn what_an_event_in_the_middle_says_completes_the_record_or_is_all_of_it() {
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
    // The counts so far, of one that goes on to fail.
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
fn one_request_is_recorded_once_however_many_functions_around_it_are_annotated() {
    let (session, _entered) = session();
    annotated(nothing, || {
        annotated(nothing, || {
            annotated(nothing, || answer("1"));
            record_usage(&answer("1"));
            answer("1")
        });
        without_id()
    });
    assert_eq!(records_of(&session).len(), 1);
    assert_eq!(session.snapshot().totals.requests, 1);
}

#[test]
fn what_the_innermost_does_not_know_comes_from_around_it() {
    let (session, _entered) = session();
    let elsewhere = Session::detached();
    annotated(
        |request| {
            request.text("model", "outer");
            request.text("effort", "High");
            request.session(&elsewhere);
            request.attempt(&3_u32);
        },
        || {
            annotated(|request| request.text("model", "inner"), || answer("1"));
            None::<Value>
        },
    );
    assert_eq!(records_of(&session).len(), 0);
    let records = records_of(&elsewhere);
    assert_eq!(records[0].model.as_deref(), Some("inner"));
    assert_eq!(records[0].reasoning_effort.as_deref(), Some("high"));
    assert_eq!(records[0].attempt, Some(3));
}

#[test]
fn a_retry_loop_makes_one_record_for_each_attempt() {
    let (session, _entered) = session();
    let result = annotated(
        |request| request.text("request_id", "of the loop"),
        || -> Answer {
            let mut cause = None;
            for attempt in 1_u32.. {
                let result = annotated(
                    |request| {
                        request.attempt(&attempt);
                        request.text("retry_cause", &cause);
                    },
                    || -> Answer {
                        if attempt < 3 {
                            Err("429")
                        } else {
                            Ok(without_id())
                        }
                    },
                );
                match result {
                    Err(error) => cause = Some(error),
                    ok @ Ok(_) => return ok,
                }
            }
            unreachable!()
        },
    );
    assert!(result.is_ok());
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Failed, Failed, Answered]);
    assert_eq!(records[2].retry_cause.as_deref(), Some("429"));
    let ids: Vec<_> = records
        .iter()
        .filter_map(|record| record.request_id.as_deref())
        .collect();
    // The loop's id is the answered request's, and no failed attempt's.
    assert!(ids[0].starts_with("local-") && ids[1].starts_with("local-") && ids[0] != ids[1]);
    assert_eq!(ids[2], "of the loop");
    let totals = session.snapshot().totals;
    assert_eq!(
        (
            totals.requests,
            totals.turns,
            totals.failures,
            totals.retries
        ),
        (3, 1, 2, 2)
    );
}

#[test]
fn the_id_of_an_outer_function_names_one_request_inside_and_loses_no_other() {
    let (session, _entered) = session();
    annotated(
        |request| request.text("request_id", "turn"),
        || {
            annotated(nothing, without_id);
            annotated(nothing, without_id);
            without_id()
        },
    );
    assert_eq!(records_of(&session).len(), 2);
}

#[test]
fn an_answer_outside_counts_where_only_failures_were_seen_inside() {
    let (session, _entered) = session();
    annotated(nothing, || {
        let _ = annotated(nothing, || -> Answer { Err("500") }).unwrap_err();
        without_id()
    });
    assert_eq!(outcomes(&records_of(&session)), [Failed, Answered]);
}

#[test]
fn an_error_is_one_record_through_however_many_functions_it_passes() {
    let (session, _entered) = session();
    let result = annotated(nothing, || {
        annotated(nothing, || annotated(nothing, || -> Answer { Err("no") }))
    });
    assert!(result.is_err());
    let result = annotated(nothing, || -> Answer {
        annotated(nothing, || answer("1"));
        Err("the answer made no sense")
    });
    assert!(result.is_err());
    assert_eq!(outcomes(&records_of(&session)), [Failed, Answered]);
}

#[test]
fn an_answer_without_usage_is_no_record() {
    let (session, _entered) = session();
    let _ = annotated(nothing, || -> Answer { Ok(json!({"id": "1"})) });
    annotated(nothing, || None::<Value>);
    let _ = annotated(nothing, || Poll::<Value>::Pending);
    annotated(
        nothing,
        || json!({"object": "chat.completion.chunk", "usage": null}),
    );
    record_usage(&Value::Null);
    assert_eq!(records_of(&session).len(), 0);
}

#[test]
fn a_failed_answer_keeps_the_usage_that_it_reports() {
    let (session, _entered) = session();
    annotated(nothing, || {
        json!({"type": "response.failed", "response": {"id": "resp_1", "model": "m",
            "usage": {"input_tokens": 7, "output_tokens": 0, "total_tokens": 7}}})
    });
    annotated(
        nothing,
        || json!({"error": {"message": "…", "code": "500"}}),
    );
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Failed, Failed]);
    assert_eq!(
        (records[0].prompt_tokens, records[1].prompt_tokens),
        (Some(7), None)
    );
}

#[test]
fn a_panic_is_one_record_and_goes_on() {
    let (session, _entered) = session();
    let panicking = || {
        annotated(nothing, || {
            annotated(nothing, || -> Value { panic!("expected") })
        })
    };
    assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err());
    let mut future = Box::pin(annotated_async(nothing, async {
        annotated_async(nothing, async {
            pending(1).await;
            panic!("expected");
            #[allow(unreachable_code)]
            Value::Null
        })
        .await
    }));
    assert!(poll(future.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()))).is_err());
    drop(future);
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Panicked, Panicked]);
    assert_eq!(records[0].error_class.as_deref(), Some("panic"));
    // The scopes are left: the next request asks nobody.
    annotated(nothing, || answer("1"));
    assert_eq!(records_of(&session)[2].model.as_deref(), Some("answered"));
}

#[test]
fn a_future_that_is_given_up_is_one_record_and_one_that_never_ran_is_none() {
    let (session, _entered) = session();
    let request = || {
        annotated_async(nothing, async {
            annotated_async(nothing, async {
                pending(5).await;
                answer("1")
            })
            .await
        })
    };
    drop(request());
    {
        let mut future = pin!(request());
        assert!(poll(future.as_mut()).is_pending());
        assert!(poll(future.as_mut()).is_pending());
    }
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Cancelled]);
    assert_eq!(records[0].error_class.as_deref(), Some("cancelled"));
    // Given up between two attempts: no request is in flight.
    {
        let mut future = pin!(annotated_async(nothing, async {
            let _ = annotated(nothing, || -> Answer { Err("503") }).unwrap_err();
            pending(5).await;
            answer("1")
        }));
        assert!(poll(future.as_mut()).is_pending());
    }
    assert_eq!(outcomes(&records_of(&session)), [Cancelled, Failed]);
}

#[test]
fn a_finished_future_is_recorded_when_it_finishes_and_not_again_when_it_is_dropped() {
    let (session, _entered) = session();
    {
        let mut future = pin!(annotated_async(nothing, async {
            pending(2).await;
            answer("1")
        }));
        assert!(poll(future.as_mut()).is_pending());
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(records_of(&session).len(), 0);
        assert!(poll(future.as_mut()).is_ready());
        assert_eq!(records_of(&session).len(), 1);
    }
    assert_eq!(records_of(&session).len(), 1);
}

#[test]
fn futures_that_take_turns_on_one_thread_keep_to_their_own_scopes() {
    log();
    let sessions = [Session::detached(), Session::detached()];
    let models = ["a", "b"];
    let mut futures: Vec<_> = (0..2)
        .map(|at| {
            Box::pin(sessions[at].in_scope(annotated_async(
                move |request| request.text("model", models[at]),
                async {
                    pending(3).await;
                    annotated(nothing, || answer("1"));
                    pending(1).await;
                    annotated(nothing, || answer("2"));
                    None::<Value>
                },
            )))
        })
        .collect();
    for _ in 0..4 {
        for future in &mut futures {
            assert!(poll(future.as_mut()).is_pending());
        }
    }
    // The rest on another thread.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for future in &mut futures {
                assert!(poll(future.as_mut()).is_ready());
            }
        });
    });
    for (session, model) in sessions.iter().zip(models) {
        let records = records_of(session);
        assert_eq!(records.len(), 2);
        assert!(
            records
                .iter()
                .all(|record| record.model.as_deref() == Some(model))
        );
    }
}

#[test]
fn a_poll_has_the_times_of_the_request_around_it_and_none_of_its_own() {
    let (session, _entered) = session();
    let next = || Poll::Ready(Some(Ok::<_, &str>(answer("1"))));
    let _ = annotated(nothing, next);
    annotated(nothing, || {
        let _ = annotated(nothing, || Poll::Ready(Some(answer("2"))));
        record_usage(&answer("3"));
        None::<Value>
    });
    let records = records_of(&session);
    let known: Vec<_> = records
        .iter()
        .map(|record| record.latency_ms.is_some())
        .collect();
    assert_eq!(known, [false, true, true]);
    assert_eq!(records[1].ts, records[2].ts);
}

#[test]
fn a_handler_is_recorded_at_once() {
    let (session, _entered) = session();
    record_usage_of(
        asked(|request| request.text("model", "asked")),
        &Some(answer("1")),
    );
    record_usage_of(asked(nothing), &None::<Value>);
    record_usage_of(asked(nothing), &Err::<Value, _>("no"));
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Answered, Failed]);
    assert_eq!(records[0].model.as_deref(), Some("asked"));
}

#[test]
fn a_handler_that_knows_no_id_is_told_of_the_request_whose_context_it_has() {
    let (session, _entered) = session();
    // Told while the request is in flight, elsewhere; and after it is over.
    for over in [false, true] {
        let told = |context: &SpanContext| {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let _attached = context.attach();
                    record_usage(&without_id());
                });
            });
        };
        let (_, context) = annotated(nothing, || {
            let here = SpanContext::current();
            if !over {
                told(&here);
            }
            let id = if over { "1" } else { "2" };
            (json!({"id": id, "usage": without_id()["usage"]}), here)
        });
        if over {
            told(&context);
        }
    }
    assert_eq!(records_of(&session).len(), 2);
    // Another usage told under the context of a request that is over is one of another request.
    let (_, context) = annotated(nothing, || {
        record_usage(&without_id());
        (None::<Value>, SpanContext::current())
    });
    let _attached = context.attach();
    record_usage(&answer("3"));
    record_usage(&json!({"usage": {"prompt_tokens": 7, "completion_tokens": 7}}));
    assert_eq!(records_of(&session).len(), 5);
}

#[test]
fn several_answers_are_several_requests() {
    let (session, _entered) = session();
    annotated(nothing, || vec![answer("1"), answer("2"), answer("2")]);
    annotated(nothing, || json!([answer("2"), answer("3")]));
    assert_eq!(records_of(&session).len(), 3);
}

#[test]
fn code_of_the_host_that_panics_is_counted_and_loses_no_record() {
    struct Bad;
    impl fmt::Display for Bad {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("expected")
        }
    }
    impl fmt::Debug for Bad {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    impl UsageSource for Bad {
        fn usage(&self) -> Option<Usage> {
            panic!("expected")
        }
    }
    let (session, _entered) = session();
    let lost = || {
        stats::health()
            .lost_by_cause
            .get("panic in host code")
            .copied()
    };
    let (before, lost_before) = (stats::health().caught_panics, lost());
    annotated(
        |request| {
            request.display("model", &Bad);
            request.debug("effort", &Bad);
        },
        || answer("1"),
    );
    annotated(nothing, || Bad);
    assert!(stats::health().caught_panics >= before + 3);
    // What the second one used nobody knows.
    assert_eq!(lost(), Some(lost_before.unwrap_or(0) + 1));
    let records = records_of(&session);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].model.as_deref(), Some("answered"));
}

#[test]
fn code_of_the_host_may_itself_be_annotated() {
    struct Nested(Cell<bool>);
    impl UsageSource for Nested {
        fn usage(&self) -> Option<Usage> {
            self.0.set(true);
            annotated(nothing, || answer("inside"));
            answer("outside").usage()
        }
    }
    let (session, _entered) = session();
    let returned = annotated(nothing, || Nested(Cell::new(false)));
    assert!(returned.0.get());
    assert_eq!(records_of(&session).len(), 2);
}

#[test]
fn a_session_may_be_named_by_its_id() {
    log();
    let id: SessionId = uuid::Uuid::now_v7().into();
    for request in ["1", "2"] {
        annotated(|asked| asked.session(&Some(id)), || answer(request));
    }
    let session = Session::found(id).unwrap();
    let records = records_of(&session);
    assert_eq!(
        records
            .iter()
            .filter_map(|record| record.turn)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn long_texts_are_capped_and_long_ids_stay_apart() {
    let (session, _entered) = session();
    let long = "é".repeat(100_000);
    annotated(
        |request| request.text("model", &long),
        || answer(&format!("{long}1")),
    );
    annotated(nothing, || answer(&format!("{long}2")));
    annotated(nothing, || answer(&format!("{long}2")));
    let records = records_of(&session);
    assert_eq!(records.len(), 2);
    assert!(
        records[0]
            .model
            .as_ref()
            .is_some_and(|model| model.len() <= 1024)
    );
}

#[test]
fn a_line_stays_within_its_bound_whatever_its_texts_are_made_of() {
    let (session, _entered) = session();
    for filling in ["\u{1}", "\\", "\"", "é", "\u{2028}"] {
        let long = |mark: &str| mark.to_owned() + &filling.repeat(2000);
        let said = Usage {
            request_id: Some(long("id")),
            model: Some(long("answered")),
            finish_reason: Some(long("why")),
            service_tier: Some(long("tier")),
            deployment_id: Some(long("deployment")),
            deployment_model: Some(long("deployed")),
            deployment_group: Some(long("group")),
            call_id: Some(long("call")),
            prompt_tokens: Some(u64::MAX),
            ..Usage::default()
        };
        annotated(
            |request| {
                for key in ["model", "effort", "retry_cause"] {
                    request.text(key, &long(key));
                }
            },
            || said,
        );
    }
    let records = records_of(&session);
    assert_eq!(records.len(), 5);
    for record in records {
        let line = serde_json::to_string(&record).unwrap();
        assert!(line.len() < MAX_LINE, "{}", line.len());
    }
}

#[test]
fn a_request_that_is_made_while_its_thread_ends_harms_nobody() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let mut future = pin!(instrument_usage_async(async {
                asked(nothing).enter_in_poll();
                without_id()
            }));
            assert!(poll(future.as_mut()).is_ready());
        }
    }
    thread_local! {
        static AT_END: Cell<Option<AtEnd>> = const { Cell::new(None) };
    }
    log();
    let ended = std::thread::spawn(|| {
        // Taken down after what the library keeps for the thread, which comes later.
        AT_END.set(Some(AtEnd));
        drop(AtEnd);
    });
    assert!(ended.join().is_ok());
}

#[test]
fn secrets_are_masked_and_ids_that_look_like_one_stay_apart() {
    let (session, _entered) = session();
    let secret = |end: &str| format!("sk-proj-abcdefghijklmnopqrstuvwxyz0123456789{end}");
    annotated(
        |request| request.text("retry_cause", &format!("wrong key {}", secret("A"))),
        || answer(&secret("B")),
    );
    annotated(nothing, || answer(&secret("C")));
    annotated(nothing, || answer(&secret("C")));
    annotated(
        |request| request.text("request_id", &secret("D")),
        without_id,
    );
    let records = records_of(&session);
    assert_eq!(records.len(), 3);
    let written = format!("{records:?}");
    assert!(!written.contains("abcdefghijklmnop"), "{written}");
    assert!(written.contains("wrong key [redacted]"), "{written}");
    // A Responses id of LiteLLM is long and is no secret.
    let id =
        "resp_gU3dFZLcUZAbM8_oqjdUuYKuVrjzBHJNT4WY296kPHxi7go_MjBy7aUUknUSQLB16OAJqVhHqe7T97LW";
    annotated(nothing, || answer(id));
    assert_eq!(records_of(&session)[3].request_id.as_deref(), Some(id));
}

#[test]
fn nothing_that_is_stored_can_be_computed_from_a_secret() {
    let fnv = |text: &str| {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    };
    let secret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    let (session, _entered) = session();
    annotated(
        |request| {
            request.text("model", secret);
            request.text("effort", "AKIAIOSFODNN7EXAMPLE");
            request.text("retry_cause", secret);
        },
        || answer(secret),
    );
    let records = records_of(&session);
    let record = &records[0];
    for text in [&record.model, &record.reasoning_effort, &record.retry_cause] {
        assert_eq!(text.as_deref(), Some("[redacted]"));
    }
    let id = record.request_id.as_deref().unwrap();
    let suffix = id.strip_prefix("[redacted]…").unwrap();
    assert_eq!(suffix.len(), 16, "{id}");
    assert_ne!(suffix, fnv(secret));
    // Of this process alone: what was hashed cannot be tried out with the log in hand.
    let standard = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
    let standard = std::hash::BuildHasher::hash_one(&standard, secret);
    assert_ne!(suffix, format!("{standard:016x}"));
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
fn what_debug_writes_of_an_effort_becomes_what_a_request_says() {
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

#[test]
fn nothing_is_recorded_without_a_scope() {
    let (session, _entered) = session();
    UsageGuard::none().finish(&answer("1"));
    let mut future = pin!(instrument_usage(UsageGuard::none(), async { answer("2") }));
    assert!(poll(future.as_mut()).is_ready());
    assert_eq!(records_of(&session).len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn however_requests_nest_each_answer_is_counted_once(
        depths in prop::collection::vec((0_usize..5, 0_usize..4), 1..12)
    ) {
        fn nest(depth: usize, id: &str) -> Value {
            annotated(nothing, || if depth == 0 { answer(id) } else { nest(depth - 1, id) })
        }
        let (session, _entered) = session();
        let mut ids = std::collections::BTreeSet::new();
        for (depth, id) in depths {
            ids.insert(id);
            nest(depth, &id.to_string());
        }
        let totals = session.snapshot().totals;
        prop_assert_eq!(totals.requests, ids.len() as u64);
        prop_assert_eq!(totals.prompt_tokens, 100 * ids.len() as u64);
        prop_assert_eq!(records_of(&session).len(), ids.len());
    }
}
