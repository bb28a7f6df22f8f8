//! Nested functions, and their requests and sessions.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

#[test]
fn a_request_is_recorded_once_if_several_functions_are_annotated() {
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
fn values_missing_in_the_innermost_scope_come_from_outer_scopes() {
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
fn the_id_of_an_outer_function_is_used_for_one_request_inside() {
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
fn several_answers_are_several_requests() {
    let (session, _entered) = session();
    annotated(nothing, || vec![answer("1"), answer("2"), answer("2")]);
    annotated(nothing, || json!([answer("2"), answer("3")]));
    assert_eq!(records_of(&session).len(), 3);
}

#[test]
fn a_usage_source_may_itself_be_annotated() {
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
fn a_session_can_be_given_by_its_id() {
    log();
    let id: SessionId = uuid::Uuid::now_v7().into();
    for request in ["1", "2"] {
        annotated(|asked| asked.session(&Some(id)), || answer(request));
    }
    let session = Session::known(id).unwrap();
    let records = records_of(&session);
    assert_eq!(
        records
            .iter()
            .filter_map(SessionRecord::request_number)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn a_request_can_be_made_while_its_thread_ends() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let mut future = pin!(instrument_usage(
                async {
                    asked(nothing).enter_in_poll();
                    without_id()
                },
                RequestFuture::in_body(),
            ));
            assert!(poll(future.as_mut()).is_ready());
        }
    }
    thread_local! {
        static AT_END: Cell<Option<AtEnd>> = const { Cell::new(None) };
    }
    log();
    let ended = std::thread::spawn(|| {
        // The value is initialised before the library's thread-local state, and is therefore destroyed after it.
        AT_END.set(Some(AtEnd));
        drop(AtEnd);
    });
    assert!(ended.join().is_ok());
}

#[test]
fn nothing_is_noted_without_a_scope() {
    let (session, _entered) = session();
    UsageGuard::none().finish(&answer("1"));
    let mut future = pin!(instrument_usage(
        async { answer("2") },
        RequestFuture::of(UsageGuard::none())
    ));
    assert!(poll(future.as_mut()).is_ready());
    assert_eq!(records_of(&session).len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn each_answer_of_nested_requests_is_counted_once(
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
