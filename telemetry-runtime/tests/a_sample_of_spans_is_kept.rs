//! `sample` keeps a part of the spans of a family, every failure, and the spans above requests and kept records.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use telemetry_runtime::{
    Config, Session, SpanContext, init, session_usage, telemetry_event, telemetry_scope,
    telemetry_span,
};

const CALLS: u64 = 4_000;

#[telemetry_span("display.frame")]
fn frame() {
    cell();
    telemetry_event!("display.flushed");
}

#[telemetry_span("display.cell")]
fn cell() {}

#[telemetry_span("display.rare", fields(n))]
fn fails_at(n: u64) -> Result<(), String> {
    match n {
        17 => Err("no terminal".to_owned()),
        _ => Ok(()),
    }
}

#[telemetry_span("display.rare.above_failure", fields(n))]
fn above_a_failure(n: u64) {
    let _ = fails_at(n);
}

#[telemetry_span("display.rare.above_request")]
fn above_a_request(n: u64) {
    let _ = ask(n);
}

#[session_usage]
fn ask(n: u64) -> Value {
    json!({
        "id": format!("request-{n}"), "object": "chat.completion", "model": "m", "choices": [],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    })
}

#[telemetry_span("display.rare.of_request")]
#[session_usage]
fn ask_in_a_span(n: u64) -> Value {
    ask_again(n)
}

fn ask_again(n: u64) -> Value {
    json!({
        "id": format!("own-{n}"), "object": "chat.completion", "model": "m", "choices": [],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    })
}

#[telemetry_span("display.rare.above_kept")]
fn above_a_span_of_another_family() {
    parse();
}

#[telemetry_span("model.parse")]
fn parse() {}

#[telemetry_span("display.rare.above_event")]
fn above_an_event() {
    telemetry_event!("history.done");
}

#[telemetry_span("display.rare.carried")]
fn carries_its_context() {
    let context = SpanContext::current();
    std::thread::spawn(move || {
        let _attached = context.attach();
        parse();
    })
    .join()
    .unwrap();
}

#[telemetry_span("display.rare.polled")]
async fn polled() {
    telemetry_scope!("model.polled", async {}).await;
}

fn records(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn named(records: &[Value], name: &str) -> u64 {
    records.iter().filter(|one| one["name"] == name).count() as u64
}

/// Returns the number of omitted records of a call site according to the log.
fn omitted(records: &[Value], name: &str) -> u64 {
    let cause = format!("sample: {name}");
    let reports = records.iter().filter(|one| one["cause"] == *cause);
    reports.map(|lost| lost["count"].as_u64().unwrap()).sum()
}

#[test]
fn a_sample_is_kept_with_every_failure_and_request() {
    let home = tempfile::tempdir().unwrap();
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\n[telemetry.logs.debug]\n\
         sample = { 'display.*' = 0.25, 'display.rare' = 0, 'display.rare.*' = 0 }\n",
    )
    .unwrap();
    let telemetry = init(Config::load(home.path()).unwrap()).unwrap();
    let debug = telemetry.files()[0].clone();
    let session = Session::start();
    for n in 0..CALLS {
        frame();
        let _ = fails_at(n);
    }
    for n in [1, 17] {
        above_a_failure(n);
    }
    above_a_request(1);
    ask_in_a_span(2);
    above_a_span_of_another_family();
    above_an_event();
    carries_its_context();
    assert_eq!(polled().now_or_never(), Some(()));
    assert!(telemetry.flush(Duration::from_secs(10)));
    let health = telemetry.health();
    let records = records(&debug);
    drop(telemetry);

    // Of 4,000 frames a quarter, within eight standard deviations; the cells and events of a frame share its decision.
    let frames = named(&records, "display.frame");
    assert!((780..1_220).contains(&frames), "{frames}");
    assert_eq!(named(&records, "display.cell"), frames);
    assert_eq!(named(&records, "display.flushed"), frames);
    for name in ["display.frame", "display.cell", "display.flushed"] {
        assert_eq!(omitted(&records, name), CALLS - frames, "{name}");
    }

    // A call fails at 17 in each of the two loops.
    assert_eq!(named(&records, "display.rare"), 2);
    assert_eq!(omitted(&records, "display.rare"), CALLS - 1 + 1);
    let above: Vec<&Value> = records
        .iter()
        .filter(|one| one["name"] == "display.rare.above_failure")
        .collect();
    assert_eq!(above.len(), 1);
    assert_eq!(above[0]["fields"]["n"], 17);
    for name in [
        "above_request",
        "of_request",
        "above_kept",
        "above_event",
        "carried",
        "polled",
    ] {
        assert_eq!(
            named(&records, &format!("display.rare.{name}")),
            1,
            "{name}"
        );
    }
    assert_eq!(named(&records, "model.parse"), 2);

    let ids: HashMap<u64, &Value> = records
        .iter()
        .filter_map(|one| Some((one.get("id")?.as_u64()?, one)))
        .collect();
    for one in records.iter().filter(|one| one.get("parent").is_some()) {
        let parent = one["parent"].as_u64().unwrap();
        assert!(
            ids.contains_key(&parent),
            "the parent of {one} has no record"
        );
    }

    let lost: u64 = records
        .iter()
        .filter(|one| one["type"] == "lost")
        .map(|one| one["count"].as_u64().unwrap())
        .sum();
    assert_eq!(health.sampled_out, lost);
    assert_eq!(health.lost, 0, "{health:?}");
    assert_eq!(session.snapshot().totals.requests, 2);
}
