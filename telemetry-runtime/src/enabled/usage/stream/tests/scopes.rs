//! Nested and interleaved streams, and their requests.

use super::super::super::{UsageGuard, record_usage};
use super::*;

#[test]
fn hooks_inside_of_a_poll_do_not_make_a_second_request() {
    let (session, _entered) = session();
    let elsewhere = Session::detached();
    // A stream type with an annotated `poll_next`, inside of an annotated stream, inside of another one.
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
fn a_handler_that_a_poll_calls_reports_the_request_of_the_stream() {
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
fn chunks_of_one_stream_are_one_request_whatever_their_ids_are() {
    let (session, _entered) = session();
    let items = [used("1"), text("…"), used("2"), used("2"), used("3")];
    read(streamed(nothing, || stream::iter(items)), 9);
    assert_eq!(one(&session).total_tokens, Some(110));
}

#[test]
fn several_whole_answers_in_one_stream_are_several_records() {
    let (session, _entered) = session();
    let items = ["1", "2", "2", "3"].map(|id| Ok::<_, &str>(answer(id)));
    read(streamed(nothing, || stream::iter(items)), 9);
    let records = records_of(&session);
    let ids: Vec<_> = records
        .iter()
        .filter_map(|record| record.request_id.as_deref())
        .collect();
    assert_eq!(ids, ["1", "2", "3"]);
}

#[test]
fn interleaved_streams_keep_their_own_requests_on_any_thread() {
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
fn while_telemetry_is_disabled_a_stream_is_unchanged() {
    let (session, _entered) = session();
    let request = UsageGuard::none().into_stream();
    assert!(request.is_none());
    let stream = watch_stream(request, stream::iter(whole()));
    assert_eq!(stream.size_hint(), (4, Some(4)));
    assert_eq!(read(stream, 9), 4);
    assert_eq!(records_of(&session).len(), 0);
}
