//! A host whose requests are made in spans of every shape: each record of a request names the request's span, and the
//! trace of that span, with and without a debug log.
//!
//! One test, because telemetry is global to the process.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, SpanContext, session_usage, telemetry_span};
use tests::executor::{block_on, yield_once};
use tests::home::Home;

fn answer(id: &str) -> Value {
    json!({"id": id, "object": "chat.completion",
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}})
}

#[telemetry_span("model.request")]
#[session_usage(model = "m")]
fn span_outside(id: &str) -> Value {
    prepare();
    answer(id)
}

#[session_usage(model = "m")]
#[telemetry_span("model.request", fields(id))]
fn span_inside(id: &str) -> Value {
    prepare();
    answer(id)
}

#[telemetry_span("model.request", root)]
#[session_usage]
fn span_of_a_new_tree(id: &str) -> Value {
    answer(id)
}

#[telemetry_span("model.request")]
#[session_usage(model = "m")]
async fn span_outside_a_future(id: &str) -> Value {
    prepare();
    std::future::ready(answer(id)).await
}

#[session_usage(model = "m")]
#[telemetry_span("model.request", fields(id))]
async fn span_inside_a_future(id: &str) -> Value {
    prepare();
    yield_once().await;
    answer(id)
}

#[session_usage]
#[telemetry_span("model.request")]
fn returns_a_future(id: &str) -> impl Future<Output = Value> {
    prepare();
    let answer = answer(id);
    async move {
        yield_once().await;
        answer
    }
}

#[session_usage]
#[telemetry_span("model.request", fields(id), future)]
fn returns_a_boxed_future(id: &str) -> Pin<Box<dyn Future<Output = Value> + '_>> {
    prepare();
    let future = returned(id);
    Box::pin(future)
}

async fn returned(id: &str) -> Value {
    yield_once().await;
    answer(id)
}

#[session_usage]
#[telemetry_span("model.request", future)]
fn returns_a_future_from_elsewhere(id: &str) -> Pin<Box<dyn Future<Output = Value> + '_>> {
    let future: Pin<Box<dyn Future<Output = Value> + '_>> = Box::pin(returned(id));
    future
}

#[session_usage]
fn without_a_span(id: &str) -> Value {
    prepare();
    answer(id)
}

/// A request that another one precedes in the same function, which has one span.
#[telemetry_span("model.request")]
#[session_usage]
fn two_requests(id: &str) -> Vec<Value> {
    vec![answer(id), answer(&format!("{id}-second"))]
}

#[telemetry_span("model.request")]
#[session_usage]
fn recursive(id: &str, depth: u32) -> Option<Value> {
    if depth == 0 {
        return Some(answer(id));
    }
    recursive(id, depth - 1)
}

/// A span that is not that of the request.
#[telemetry_span("model.prompt")]
fn prepare() {}

#[telemetry_span("history.turn")]
fn turn(session: &Session, name: &str) {
    let id = |shape: &str| format!("{name}-{shape}");
    let _session = session.enter();
    span_outside(&id("span outside"));
    span_inside(&id("span inside"));
    without_a_span(&id("no span"));
    two_requests(&id("two"));
    span_of_a_new_tree(&id("root"));
    recursive(&id("recursive"), 2);
    block_on(span_outside_a_future(&id("span outside a future")));
    block_on(span_inside_a_future(&id("span inside a future")));
    block_on(returns_a_future(&id("a returned future")));
    block_on(returns_a_boxed_future(&id("a boxed future")));
    block_on(returns_a_future_from_elsewhere(&id(
        "a future from elsewhere",
    )));
    let context = SpanContext::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _attached = context.attach();
            without_a_span(&id("another thread"));
        });
    });
}

fn text<'a>(record: &'a Value, key: &str) -> &'a str {
    record[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {record}"))
}

#[test]
fn requests_belong_to_spans() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let session = Session::start();
    turn(&session, "on");
    // A request outside of any span begins a trace of its own.
    without_a_span("outside");
    let without_debug = "[telemetry]\nenabled = true\n[telemetry.logs.debug]\nenabled = false\n";
    std::fs::write(home.path().join("config.toml"), without_debug).unwrap();
    telemetry.reconfigure(Config::load(home.path()).unwrap());
    turn(&session, "off");
    drop(telemetry);

    let logs = home.logs();
    let header = logs
        .debug
        .iter()
        .find(|line| line["type"] == "header")
        .unwrap();
    assert_eq!(text(header, "launch_id").len(), 32);
    let spans: Vec<&Value> = logs
        .debug
        .iter()
        .filter(|line| line["type"] == "span")
        .collect();
    let by_id: HashMap<&str, &Value> = spans
        .iter()
        .map(|span| (text(span, "span_id"), *span))
        .collect();
    assert_eq!(by_id.len(), spans.len(), "span ids are unique");
    let [turn] = logs.spans("history.turn").collect::<Vec<_>>()[..] else {
        panic!("{spans:#?}")
    };
    let by_request: HashMap<&str, &Value> = (logs.session.iter())
        .map(|record| (text(record, "request_id"), record))
        .collect();
    assert_eq!(by_request.len(), 27);
    let ids: HashSet<&str> = by_request
        .values()
        .map(|record| text(record, "span_id"))
        .collect();
    assert_eq!(ids.len(), by_request.len(), "one span for each request");

    for shape in [
        "span outside",
        "span inside",
        "two",
        "span outside a future",
        "span inside a future",
        "a returned future",
        "a boxed future",
        "a future from elsewhere",
        "recursive",
    ] {
        let record = by_request[&*format!("on-{shape}")];
        let span = by_id[text(record, "span_id")];
        assert_eq!(span["name"], "model.request", "{shape}");
        assert_eq!(span["trace_id"], record["trace_id"], "{shape}");
        assert_eq!(record["trace_id"], turn["trace_id"], "{shape}");
    }
    for shape in ["no span", "two-second", "another thread"] {
        let record = by_request[&*format!("on-{shape}")];
        assert!(!by_id.contains_key(text(record, "span_id")), "{shape}");
        assert_eq!(record["parent_span_id"], turn["span_id"], "{shape}");
        assert_eq!(record["trace_id"], turn["trace_id"], "{shape}");
    }
    let new_tree = by_request["on-root"];
    assert_eq!(
        by_id[text(new_tree, "span_id")]["trace_id"],
        new_tree["trace_id"]
    );
    assert_ne!(new_tree["trace_id"], turn["trace_id"]);
    assert_eq!(new_tree.get("parent_span_id"), None);

    let outside = by_request["outside"];
    assert_ne!(outside["trace_id"], turn["trace_id"]);
    assert_eq!(outside.get("parent_span_id"), None);

    let off: Vec<&&Value> = (by_request.iter())
        .filter(|(id, _)| id.starts_with("off-"))
        .map(|(_, record)| record)
        .collect();
    assert_eq!(off.len(), 13);
    for record in off {
        assert_eq!(
            (
                text(record, "trace_id").len(),
                text(record, "span_id").len()
            ),
            (32, 16)
        );
        assert!(!by_id.contains_key(text(record, "span_id")), "{record}");
    }
}
