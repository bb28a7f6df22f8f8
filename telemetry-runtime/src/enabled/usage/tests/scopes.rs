//! Functions around one another, and the requests and sessions that they are about.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

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
fn several_answers_are_several_requests() {
    let (session, _entered) = session();
    annotated(nothing, || vec![answer("1"), answer("2"), answer("2")]);
    annotated(nothing, || json!([answer("2"), answer("3")]));
    assert_eq!(records_of(&session).len(), 3);
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
    let session = Session::known(id).unwrap();
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
