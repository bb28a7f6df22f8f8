//! Futures and polls.

use super::*;

#[test]
fn a_future_is_recorded_when_it_finishes_and_not_when_it_is_dropped() {
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
fn interleaved_futures_keep_their_own_scopes() {
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
    // The remaining polls are on another thread.
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
fn a_poll_has_the_times_of_the_request_around_it() {
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
