//! A host that marks turns: each request has the number of the turn and the number of the request, in every shape of function.
//! Both numbers continue after a resume.
//!
//! The file has one test, because telemetry is global to the process.

use std::pin::{Pin, pin};

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use serde_json::{Value, json};
use telemetry_runtime::{
    Config, Session, SpanContext, record_usage, session_usage, telemetry_span,
};
use tests::executor::{block_on, poll, yield_once};
use tests::home::Home;

#[session_usage(model = "m")]
fn ask(id: &str) -> Value {
    json!({"id": id, "object": "chat.completion",
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}})
}

#[telemetry_span("history.turn", turn)]
fn turn(id: &str) {
    ask(&format!("{id}-first"));
    nested(&format!("{id}-nested"));
}

/// A turn inside of a turn is a part of it.
#[telemetry_span("history.turn", turn, fields(id))]
fn nested(id: &str) {
    ask(id);
}

#[telemetry_span("history.turn", turn, fields(id))]
async fn asynchronous(id: &str) {
    yield_once().await;
    ask(id);
    let context = SpanContext::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _attached = context.attach();
            ask(&format!("{id}-thread"));
        });
    });
}

#[telemetry_span("history.turn", turn, future)]
fn returned(id: &str) -> impl Future<Output = ()> {
    async move {
        yield_once().await;
        ask(id);
    }
}

#[telemetry_span("history.turn", turn, future)]
fn boxed(id: &str) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    let future = async move {
        ask(id);
    };
    Box::pin(future)
}

#[telemetry_span("history.turn", turn, stream)]
fn streamed(id: &str) -> impl Stream<Item = Value> {
    stream::iter([id]).map(ask)
}

#[telemetry_span("history.turn", turn, stream)]
async fn streamed_later(id: &'static str) -> Result<BoxStream<'static, Value>, String> {
    Ok(stream::iter([id]).map(ask).boxed())
}

/// A subagent with a session of its own has turns of its own; a turn around them belongs to the other session.
#[telemetry_span("agent.turn", turn)]
fn of_a_subagent(session: &Session, id: &str) {
    {
        let _entered = session.enter();
        nested(id);
    }
    ask(&format!("{id}-outer"));
}

#[test]
fn turns_are_counted() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();

    // Without a session, `turn` does not begin a turn, and the request starts a session.
    turn("alone");
    let session = Session::start();
    ask("between");
    turn("call");
    block_on(asynchronous("async"));
    {
        // Cancelled after its first poll.
        let mut cancelled = pin!(asynchronous("cancelled"));
        assert!(poll(cancelled.as_mut()).is_pending());
    }
    drop(asynchronous("never polled"));
    block_on(returned("returned"));
    block_on(boxed("boxed"));
    assert_eq!(block_on(streamed("streamed").count()), 1);
    let later = block_on(streamed_later("later")).unwrap();
    assert_eq!(block_on(later.count()), 1);
    let subagent = session.child();
    of_a_subagent(&subagent, "subagent");
    record_usage(&json!({"id": "handled", "usage": {"prompt_tokens": 1}}));
    assert_eq!(session.snapshot().turns, 8);
    assert_eq!(subagent.snapshot().turns, 1);
    let id = session.id();
    drop(session);
    Session::start().bind();
    let resumed = Session::resume(id).unwrap();
    turn("resumed");
    assert_eq!(resumed.snapshot().turns, 9);
    // A further answer with the id of an ended request does not count as a request, but as a repeated id.
    assert_eq!(telemetry.health().repeated_request_ids, 0);
    ask("call-first");
    assert_eq!(telemetry.health().repeated_request_ids, 1);
    drop(telemetry);

    let logs = home.logs();
    let of = |id: &str| {
        let record = logs
            .session
            .iter()
            .find(|record| record["request_id"] == id);
        let record = record.unwrap_or_else(|| panic!("{id} in {:#?}", logs.session));
        (record["turn"].as_u64(), record["request"].as_u64())
    };
    assert_eq!(of("alone-first"), (None, Some(1)));
    assert_eq!(of("between"), (None, Some(1)));
    assert_eq!(of("call-first"), (Some(1), Some(2)));
    assert_eq!(of("call-nested"), (Some(1), Some(3)));
    assert_eq!(of("async"), (Some(2), Some(4)));
    assert_eq!(of("async-thread"), (Some(2), Some(5)));
    // The cancelled turn is number 3.
    assert_eq!(of("returned"), (Some(4), Some(6)));
    assert_eq!(of("boxed"), (Some(5), Some(7)));
    assert_eq!(of("streamed"), (Some(6), Some(8)));
    assert_eq!(of("later"), (Some(7), Some(9)));
    assert_eq!(of("subagent"), (Some(1), Some(1)));
    assert_eq!(of("subagent-outer"), (Some(8), Some(10)));
    assert_eq!(of("handled"), (None, Some(11)));
    assert_eq!(of("resumed-first"), (Some(9), Some(12)));

    let mut numbers: Vec<(&Value, Option<u64>)> = (logs.spans("history.turn"))
        .map(|span| (&span["session_id"], span["turn"].as_u64()))
        .filter(|(session, number)| **session == *id.to_string() && number.is_some())
        .collect();
    numbers.sort_by_key(|(_, number)| *number);
    let numbers: Vec<u64> = numbers
        .into_iter()
        .filter_map(|(_, number)| number)
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 9]);
    let repeated = logs
        .debug
        .iter()
        .find(|line| line["type"] == "lost")
        .unwrap();
    assert_eq!(
        (&repeated["count"], &repeated["cause"]),
        (&1.into(), &"repeated request id".into())
    );
    let cancelled = (logs.spans("history.turn"))
        .find(|span| span["turn"] == 3)
        .unwrap();
    assert_eq!(cancelled["outcome"], "cancelled");
}
