//! The records of the debug log about streams, blocks and the messages of events.
//!
//! One test, because telemetry is global to the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use serde_json::{Value, json};
use telemetry_runtime::{
    Config, Session, session_usage, telemetry_event, telemetry_scope, telemetry_span,
};
use tests::executor::block_on;
use tests::home::Home;
use tests::logs::Logs;

type Item = Result<u8, String>;

#[telemetry_span("stream.opaque", stream, err, fields(case))]
fn opaque(case: &str, items: Vec<Item>) -> impl Stream<Item = Item> {
    inside();
    stream::iter(items).inspect(|_| inside())
}

#[telemetry_span("stream.boxed", stream, err)]
async fn boxed(items: Vec<Item>) -> Result<BoxStream<'static, Item>, String> {
    if items.is_empty() {
        return Err("no items".to_owned());
    }
    Ok(stream::iter(items).boxed())
}

/// The items are no `Result`s, and `err` is about the error of the function.
#[telemetry_span("stream.fallible", stream, err)]
fn fallible(items: Vec<u8>) -> Result<impl Stream<Item = u8>, String> {
    if items.is_empty() {
        return Err("nothing".to_owned());
    }
    Ok(stream::iter(items))
}

/// The items are `Result`s as well.
#[telemetry_span("stream.both", stream, err)]
fn both(items: Vec<Item>) -> Result<BoxStream<'static, Result<u8, String>>, String> {
    Ok(stream::iter(items).boxed())
}

#[telemetry_span("stream.request", stream)]
#[session_usage(stream, model = "m")]
fn request(items: Vec<Value>) -> impl Stream<Item = Value> {
    stream::iter(items)
}

#[telemetry_span("stream.inside")]
fn inside() {}

fn scopes(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = telemetry_scope!("scope.parse", bytes = text.len(), {
        inside();
        text.parse::<u32>()?
    });
    telemetry_scope!("scope.value", { Err::<u32, _>(()) }).unwrap_or(number);
    for step in 0..3 {
        telemetry_scope!("scope.step", step, {
            if step == 1 {
                break;
            }
        });
    }
    Ok(telemetry_scope!("scope.value", level = "warn", {
        number + 1
    }))
}

async fn waits() -> u8 {
    let in_scope = telemetry_scope!("scope.wait", limit = 3, async {
        futures_util::future::ready(()).await;
        inside();
        3
    });
    in_scope.await
}

#[test]
fn streams_and_blocks_have_spans() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let _session = Session::start();
    let failed = || Err("reset by peer".to_owned());
    assert_eq!(block_on(opaque("ok", vec![Ok(1), Ok(2)]).count()), 2);
    assert_eq!(
        block_on(
            opaque(
                "err",
                vec![Ok(1), failed(), Err("second".to_owned()), Ok(2)]
            )
            .count()
        ),
        4
    );
    {
        let mut dropped = pin!(opaque("cancelled", vec![Ok(1), Ok(2)]));
        assert_eq!(block_on(dropped.next()), Some(Ok(1)));
    }
    let panics = catch_unwind(AssertUnwindSafe(|| {
        block_on(
            opaque("panic", vec![Ok(1)])
                .map(|_| panic!("in a consumer"))
                .count(),
        )
    }));
    assert!(panics.is_err());
    assert!(block_on(boxed(Vec::new())).is_err());
    let whole = block_on(boxed(vec![Ok(1)])).unwrap();
    assert_eq!(block_on(whole.count()), 1);
    assert!(fallible(Vec::new()).is_err());
    assert_eq!(block_on(fallible(vec![1]).unwrap().count()), 1);
    assert_eq!(block_on(both(vec![failed()]).unwrap().count()), 1);
    let chunk = json!({"id": "1", "object": "chat.completion.chunk",
        "usage": {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}});
    assert_eq!(block_on(request(vec![chunk]).count()), 1);

    assert_eq!(scopes("7"), Ok(8));
    assert!(scopes("x").is_err());
    assert_eq!(block_on(waits()), 3);
    let (ms, of) = (12, "answer");
    telemetry_event!("history.slow", "the {of} took {ms:>4} ms", ms);
    drop(telemetry);

    let logs = home.logs();
    check_streams(&logs);
    check_scopes(&logs);
}

fn check_streams(logs: &Logs) {
    let opaque = |case: &str| {
        let mut spans = logs.spans("stream.opaque");
        let span = spans.find(|span| span["fields"]["case"] == case).unwrap();
        (
            span["outcome"].as_str().unwrap().to_owned(),
            span.get("error").cloned(),
            span["id"].clone(),
        )
    };
    assert_eq!(opaque("ok").0, "ok");
    let (outcome, error, _) = opaque("err");
    assert_eq!((&*outcome, error), ("err", Some("reset by peer".into())));
    assert_eq!(opaque("cancelled").0, "cancelled");
    // The stream was dropped while its thread was unwinding.
    assert_eq!(opaque("panic").0, "panic");
    // The call and each item are within the span.
    let of_ok = opaque("ok").2;
    let children = logs
        .spans("stream.inside")
        .filter(|span| span["parent"] == of_ok);
    assert_eq!(children.count(), 3);
    let outcomes: Vec<&Value> = logs
        .spans("stream.boxed")
        .map(|span| &span["outcome"])
        .collect();
    assert_eq!(outcomes, ["err", "ok"]);
    let errors: Vec<Option<&Value>> = logs
        .spans("stream.boxed")
        .map(|span| span.get("error"))
        .collect();
    assert_eq!(errors, [Some(&"no items".into()), None]);
    let [refused, read] = logs.spans("stream.fallible").collect::<Vec<_>>()[..] else {
        panic!("{:#?}", logs.debug)
    };
    assert_eq!(
        (&refused["outcome"], &refused["error"]),
        (&"err".into(), &"nothing".into())
    );
    assert_eq!(read["outcome"], "ok");
    let both = logs.spans("stream.both").next().unwrap();
    assert_eq!(
        (&both["outcome"], &both["error"]),
        (&"err".into(), &"reset by peer".into())
    );
    let [request] = logs.spans("stream.request").collect::<Vec<_>>()[..] else {
        panic!("{:#?}", logs.debug)
    };
    assert_eq!(logs.session[0]["span_id"], request["span_id"]);
}

fn check_scopes(logs: &Logs) {
    let scopes = |name: &str| -> Vec<(String, Value)> {
        logs.spans(name)
            .map(|span| {
                (
                    span["outcome"].as_str().unwrap().to_owned(),
                    span["fields"].clone(),
                )
            })
            .collect()
    };
    let of = |outcome: &str, fields: Value| (outcome.to_owned(), fields);
    assert_eq!(
        scopes("scope.parse"),
        [
            of("ok", json!({"bytes": 1})),
            of("err", json!({"bytes": 1}))
        ]
    );
    assert_eq!(
        scopes("scope.value"),
        [of("err", Value::Null), of("ok", Value::Null)]
    );
    assert_eq!(
        scopes("scope.step"),
        [of("ok", json!({"step": 0})), of("ok", json!({"step": 1}))]
    );
    assert_eq!(scopes("scope.wait"), [of("ok", json!({"limit": 3}))]);
    let [wait] = logs.spans("scope.wait").collect::<Vec<_>>()[..] else {
        panic!("{:#?}", logs.debug)
    };
    assert!(
        logs.spans("stream.inside")
            .any(|span| span["parent"] == wait["id"])
    );
    let event = logs
        .debug
        .iter()
        .find(|line| line["name"] == "history.slow")
        .unwrap();
    assert_eq!(
        event["fields"],
        json!({"message": "the answer took   12 ms", "ms": 12})
    );
}
