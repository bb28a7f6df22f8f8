//! Futures that return a stream.

use super::super::super::note_usage;
use super::*;
use crate::usage::Usage;

#[test]
fn a_stream_that_was_never_polled_is_a_cancelled_request_once_the_function_has_run() {
    let (session, _entered) = session();
    let later = || streamed_later(async { Ok::<_, ()>(stream::iter(whole())) });
    // The body of an async function does not run before the first poll of its future.
    drop(later());
    assert_eq!(records_of(&session).len(), 0);
    let mut future = Box::pin(later());
    let Poll::Ready(stream) = poll(future.as_mut()) else {
        panic!("it waits for nothing")
    };
    assert_eq!(records_of(&session).len(), 0);
    drop(stream);
    assert_eq!(one(&session).outcome, Some(Cancelled));
    drop(streamed(nothing, || stream::iter(whole())));
    let records = records_of(&session);
    assert_eq!(outcomes(&records), [Cancelled, Cancelled]);
    assert_eq!(records[1].error_class.as_deref(), Some("cancelled"));
    assert_eq!(session.snapshot().totals.failures, 2);
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
fn a_future_that_fails_panics_or_is_dropped_is_a_failure() {
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
