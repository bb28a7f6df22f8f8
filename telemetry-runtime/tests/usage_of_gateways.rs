//! Answers of gateways, as cases: `usage_cases/NAME/case.json`, with the `config.toml` and the `prices.json` in force.
//!
//! A case has `requests`. Each request has a `model`, perhaps `headers`, and an `answer` (a whole body), `chunks` (the
//! items of a stream) or `told` (what a handler is told, one after the other). `expect` are the records in their order;
//! each is compared by the keys that it has, and `null` means that the record does not have the key.

use std::fs;
use std::path::Path;

use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Map, Value};
use telemetry_runtime::{Config, Session, Usage, note_usage, record_usage, session_usage};

type Headers = Map<String, Value>;

fn note_headers(headers: &Headers) {
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    note_usage(Usage::default().with_headers(headers));
}

#[session_usage(stream, model = model)]
fn streamed(model: String, headers: Headers, items: Vec<Value>) -> impl Stream<Item = Value> {
    note_headers(&headers);
    stream::iter(items)
}

/// Works like [`streamed`], with a handler that is told each item while the stream is polled.
#[session_usage(stream, model = model)]
fn streamed_with_handler(
    model: String,
    headers: Headers,
    items: Vec<Value>,
) -> impl Stream<Item = Value> {
    note_headers(&headers);
    stream::iter(items).inspect(record_usage)
}

#[session_usage(model = model)]
fn collected(model: &str, headers: &Headers, items: Vec<Value>) -> Vec<Value> {
    note_headers(headers);
    items
}

#[session_usage(model = model)]
fn answered(model: &str, headers: &Headers, answer: Value) -> Value {
    note_headers(headers);
    answer
}

#[session_usage(usage = answer, model = model)]
fn told(model: &str, answer: &Value) {}

fn read<S: Stream>(stream: S) {
    let items = stream.collect::<Vec<_>>();
    futures_util::FutureExt::now_or_never(items).expect("a stream that is always ready");
}

/// The ways in which a host may see the answer of a request.
fn ways(request: &Value) -> Vec<&'static str> {
    let known = ["chunks", "answer", "told"];
    let of = |kind: &str| match kind {
        "chunks" => vec!["stream", "stream with a handler", "vector"],
        "answer" => vec!["answer", "handler"],
        _ => vec!["told"],
    };
    let kinds = known.into_iter().filter(|kind| request.get(kind).is_some());
    let ways: Vec<_> = kinds.flat_map(of).collect();
    match request.get("only").and_then(Value::as_str) {
        Some(only) => ways.into_iter().filter(|way| *way == only).collect(),
        None => ways,
    }
}

fn run(request: &Value, way: &str) {
    let model = request["model"].as_str().unwrap_or("m").to_owned();
    let headers = request["headers"].as_object().cloned().unwrap_or_default();
    let items = |kind: &str| request[kind].as_array().cloned().unwrap_or_default();
    match way {
        "stream" => read(streamed(model, headers, items("chunks"))),
        "stream with a handler" => read(streamed_with_handler(model, headers, items("chunks"))),
        "vector" => drop(collected(&model, &headers, items("chunks"))),
        "answer" => drop(answered(&model, &headers, request["answer"].clone())),
        "handler" if headers.is_empty() => told(&model, &request["answer"]),
        "handler" => {}
        _ => items("told").iter().for_each(|item| told(&model, item)),
    }
}

fn records(home: &Path, session: &Session) -> Vec<Value> {
    let log = home.join("logs/codex-litellm-session.jsonl");
    let id = session.id().to_string();
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .filter(|line| line.contains(&id))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Adds each amendment to the record of its request, as a reader does.
fn with_amendments(lines: Vec<Value>) -> Vec<Value> {
    let mut records: Vec<Value> = Vec::new();
    for line in lines {
        let known = records
            .iter_mut()
            .find(|record| record["request_id"] == line["request_id"]);
        match known {
            Some(known) if line["amends"] == true => {
                for (key, value) in line.as_object().unwrap() {
                    if key.ends_with("_tokens") {
                        let before = known[key].as_u64().unwrap_or(0);
                        known[key] = (before + value.as_u64().unwrap()).into();
                    } else if key == "cost_usd" {
                        let before = known[key].as_f64().unwrap_or(0.0);
                        known[key] = (before + value.as_f64().unwrap()).into();
                    }
                }
            }
            _ => records.push(line),
        }
    }
    records
}

/// Whether the two values are equal; numbers are compared as numbers.
fn is_equal(found: &Value, expected: &Value) -> bool {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
        _ => found == expected,
    }
}

fn differences(found: &[Value], expected: &[Value]) -> Vec<String> {
    if found.len() != expected.len() {
        return vec![format!(
            "{} records, not {}: {found:#?}",
            found.len(),
            expected.len()
        )];
    }
    let mut differences = Vec::new();
    for (found, expected) in found.iter().zip(expected) {
        for (key, expected) in expected.as_object().unwrap() {
            let found = &found[key];
            if !is_equal(found, expected) {
                differences.push(format!("{key} is {found}, not {expected}"));
            }
        }
    }
    differences
}

#[test]
fn the_usage_of_every_case_is_recorded_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/usage_cases");
    let mut directories: Vec<_> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    directories.sort();
    let mut wrong = Vec::new();
    for directory in &directories {
        let home = tempfile::tempdir().unwrap();
        for file in ["config.toml", "prices.json"] {
            let from = directory.join(file);
            if from.exists() {
                fs::copy(from, home.path().join(file)).unwrap();
            }
        }
        let config = Config::load(home.path()).unwrap().with_enabled(Some(true));
        let telemetry = telemetry_runtime::init(config).unwrap();
        let case = fs::read_to_string(directory.join("case.json")).unwrap();
        let case: Value = serde_json::from_str(&case).unwrap();
        for (number, request) in case["requests"].as_array().unwrap().iter().enumerate() {
            for way in ways(request) {
                let session = Session::detached();
                let entered = session.enter();
                run(request, way);
                drop(entered);
                if way == "handler" && request.get("headers").is_some() {
                    continue;
                }
                let expected = request["expect"].as_array().unwrap();
                let totals = session.snapshot().totals;
                assert_eq!(
                    totals.requests,
                    expected.len() as u64,
                    "an amendment is no request"
                );
                let name = directory.file_name().unwrap().display();
                for difference in
                    differences(&with_amendments(records(home.path(), &session)), expected)
                {
                    wrong.push(format!("{name} {number} ({way}): {difference}"));
                }
            }
        }
        drop(telemetry);
    }
    assert!(directories.len() > 1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
