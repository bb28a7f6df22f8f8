//! Handlers, which receive the usage of requests that other code made.

use super::*;

#[test]
fn the_usage_of_a_handler_is_recorded_at_once() {
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
fn a_usage_without_an_id_belongs_to_the_request_of_the_context() {
    let (session, _entered) = session();
    // The usage is reported while the request is in flight on another thread, and after the end of the request.
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
    // A different usage that is reported in the context of a finished request belongs to another request.
    let (_, context) = annotated(nothing, || {
        record_usage(&without_id());
        (None::<Value>, SpanContext::current())
    });
    let _attached = context.attach();
    record_usage(&answer("3"));
    record_usage(&json!({"usage": {"prompt_tokens": 7, "completion_tokens": 7}}));
    assert_eq!(records_of(&session).len(), 5);
}
