//! Requests that fail, panic or are cancelled, and retries.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

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
    // The answered request has the id of the loop; failed attempts have other ids.
    assert!(ids[0].starts_with("local-") && ids[1].starts_with("local-") && ids[0] != ids[1]);
    assert_eq!(ids[2], "of the loop");
    let totals = session.snapshot().totals;
    assert_eq!(
        (
            totals.requests,
            totals.answered,
            totals.failures,
            totals.retries
        ),
        (3, 1, 2, 2)
    );
}

#[test]
fn an_answer_outside_is_recorded_after_failures_inside() {
    let (session, _entered) = session();
    annotated(nothing, || {
        let _ = annotated(nothing, || -> Answer { Err("500") }).unwrap_err();
        without_id()
    });
    assert_eq!(outcomes(&records_of(&session)), [Failed, Answered]);
}

#[test]
fn an_error_that_passes_several_functions_is_one_record() {
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
fn an_answer_without_usage_is_not_recorded() {
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
fn a_panic_is_one_record_and_is_not_caught() {
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
            #[expect(
                unreachable_code,
                reason = "the closure must have the type of the answer"
            )]
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
    // No scope is left: the next request is complete by itself.
    annotated(nothing, || answer("1"));
    assert_eq!(records_of(&session)[2].model.as_deref(), Some("answered"));
}

#[test]
fn a_cancelled_future_is_one_record_unless_it_was_never_polled() {
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
    // The future is dropped between two attempts, while no request is in flight.
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
fn a_panic_of_host_code_is_counted_and_loses_no_record() {
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
    // The usage of the second request is unknown.
    assert_eq!(lost(), Some(lost_before.unwrap_or(0) + 1));
    let records = records_of(&session);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].model.as_deref(), Some("answered"));
}
