//! Answers of gateways, as cases: `usage_cases/NAME/case.json`, with the `config.toml` and the `prices.json` in force.
//!
//! A case has `requests`. Each request has a `model`, perhaps `headers`, and an `answer` (a whole body), `chunks` (the
//! items of a stream) or `told` (the arguments of successive calls of a handler). `expect` are the records in their order;
//! each is compared by the keys that it has, and `null` means that the record does not have the key. `{"at_least": N}` is
//! compared with a time. An item `{"sleep_ms": N}` of `chunks` is not an item of the stream, but the time that passes before
//! the next one.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt as _};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use telemetry_runtime::{
    Config, Session, Usage, UsageSource, note_usage, record_usage, session_usage,
};

type Headers = Map<String, Value>;

/// Telemetry is started once at a time in a process.
static TELEMETRY: Mutex<()> = Mutex::new(());

fn note_headers(headers: &Headers) {
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    note_usage(Usage::default().with_headers(headers));
}

#[session_usage(stream, model = model)]
fn streamed(model: String, headers: Headers, items: Vec<Value>) -> impl Stream<Item = Value> {
    note_headers(&headers);
    arriving(items)
}

/// Returns the items, each after the times to sleep before it.
fn arriving(items: Vec<Value>) -> impl Stream<Item = Value> {
    stream::iter(items.into_iter().filter(|item| {
        let millis = item["sleep_ms"].as_u64();
        std::thread::sleep(Duration::from_millis(millis.unwrap_or(0)));
        millis.is_none()
    }))
}

/// Works like [`streamed`], with a handler that is called with each item while the stream is polled.
#[session_usage(stream, model = model)]
fn streamed_with_handler(
    model: String,
    headers: Headers,
    items: Vec<Value>,
) -> impl Stream<Item = Value> {
    note_headers(&headers);
    arriving(items).inspect(record_usage)
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

/// Tells a handler the answer, inside of a request that states no usage itself.
#[session_usage(model = model)]
fn handled(model: &str, headers: &Headers, answer: &Value) -> Option<Usage> {
    note_headers(headers);
    told(model, answer);
    None
}

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
        "handler" => drop(handled(&model, &headers, &request["answer"])),
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
                let is_unpriced =
                    line["cost_source"] == "unpriced" || line["unpriced_reason"].is_string();
                if is_unpriced {
                    known["cost_source"] = "unpriced".into();
                    known["cost_usd"] = Value::Null;
                } else if line["first_cost"] == true {
                    known["cost_source"] = line["cost_source"].clone();
                }
                for key in [
                    "finish_reason",
                    "service_tier",
                    "deployment_model",
                    "call_id",
                ] {
                    if known[key].is_null() {
                        known[key] = line[key].clone();
                    }
                }
            }
            _ => records.push(line),
        }
    }
    records
}

/// Returns whether the two values are equal; numbers are compared as numbers.
fn is_equal(found: &Value, expected: &Value) -> bool {
    if let Some(least) = expected["at_least"].as_u64() {
        return found.as_u64().is_some_and(|found| found >= least);
    }
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
    let _alone = TELEMETRY.lock();
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
        let telemetry = telemetry_runtime::init(config.clone()).unwrap();
        let case = fs::read_to_string(directory.join("case.json")).unwrap();
        let case: Value = serde_json::from_str(&case).unwrap();
        for (number, request) in case["requests"].as_array().unwrap().iter().enumerate() {
            for way in ways(request) {
                let session = Session::detached();
                let entered = session.enter();
                run(request, way);
                drop(entered);
                let expected = request["expect"].as_array().unwrap();
                let name = directory.file_name().unwrap().display();
                let found = with_amendments(records(home.path(), &session));
                let mut differences = differences(&found, expected);
                // An amendment does not count as a request, neither in memory nor when the log is read.
                let totals = session.snapshot().totals;
                let read = telemetry_runtime::read_session([&config], session.id());
                let unpriced = found
                    .iter()
                    .filter(|record| record["cost_source"] == "unpriced");
                let costs = found
                    .iter()
                    .filter_map(|record| record["cost_usd"].as_f64());
                #[expect(clippy::cast_precision_loss, reason = "amounts of a few dollars")]
                let charged = totals.cost_nanos as f64 / 1e9;
                let is_cost_equal = (costs.sum::<f64>() - charged).abs() < 1e-12;
                // A reader excludes counts that no request can have.
                let is_plausible = totals.total_tokens <= 1_000_000_000_000;
                if is_plausible && read.map(|read| read.totals).ok() != Some(totals)
                    || totals.requests != expected.len() as u64
                    || totals.unpriced() != unpriced.count() as u64
                    || !is_cost_equal
                {
                    differences.push(format!("{totals:?}"));
                }
                for difference in differences {
                    wrong.push(format!("{name} {number} ({way}): {difference}"));
                }
            }
        }
        drop(telemetry);
    }
    assert!(directories.len() > 1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A fact that a report has more than the one before.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Completion(u64),
    Prompt(u64),
    Detail(&'static str, &'static str, u64),
    Written(u64),
    WrittenForAnHour(u64),
    Searches(u64),
    Text(&'static str, &'static str),
    Cost(u32),
}

fn fact() -> impl Strategy<Value = Fact> {
    let detail = prop::sample::select(vec![
        ("prompt_tokens_details", "cached_tokens"),
        ("prompt_tokens_details", "audio_tokens"),
        ("prompt_tokens_details", "image_tokens"),
        ("completion_tokens_details", "reasoning_tokens"),
        ("completion_tokens_details", "audio_tokens"),
    ]);
    let text = prop::sample::select(vec![
        ("service_tier", "flex"),
        ("service_tier", "priority"),
        ("service_tier", "batch"),
        ("speed", "fast"),
        ("speed", "slow"),
        ("inference_geo", "us"),
    ]);
    prop_oneof![
        3 => (1..500_u64).prop_map(Fact::Completion),
        1 => (1..500_u64).prop_map(Fact::Prompt),
        4 => (detail, 1..9_u64).prop_map(|((of, key), count)| Fact::Detail(of, key, count)),
        1 => (1..90_u64).prop_map(Fact::Written),
        1 => (1..90_u64).prop_map(Fact::WrittenForAnHour),
        1 => (1..4_u64).prop_map(Fact::Searches),
        3 => text.prop_map(|(key, value)| Fact::Text(key, value)),
        1 => (1..4_u32).prop_map(Fact::Cost),
    ]
}

/// Returns the counts of the reports, each with one more fact than the report before.
fn reports(facts: &[Fact]) -> Vec<Value> {
    let mut counts = [1000_u64, 10];
    let mut usage = json!({"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010});
    let mut reports = vec![usage.clone()];
    for fact in facts {
        // Counts grow, as those of a stream do.
        let add = |to: &mut Value, more: u64| *to = (to.as_u64().unwrap_or(0) + more).into();
        match *fact {
            Fact::Completion(more) => counts[1] += more,
            Fact::Prompt(more) => counts[0] += more,
            Fact::Detail(of, key, more) => add(&mut usage[of][key], more),
            Fact::Written(more) => add(&mut usage["cache_creation_input_tokens"], more),
            Fact::WrittenForAnHour(more) => {
                add(&mut usage["cache_creation_input_tokens"], more);
                add(
                    &mut usage["cache_creation"]["ephemeral_1h_input_tokens"],
                    more,
                );
            }
            Fact::Searches(more) => add(&mut usage["server_tool_use"]["web_search_requests"], more),
            Fact::Text(key, text) => usage[key] = text.into(),
            Fact::Cost(more) => {
                let cost = usage["cost"].as_f64().unwrap_or(0.0);
                usage["cost"] = (cost + f64::from(more) * 0.001).into();
            }
        }
        usage["prompt_tokens"] = counts[0].into();
        usage["completion_tokens"] = counts[1].into();
        usage["total_tokens"] = (counts[0] + counts[1]).into();
        reports.push(usage.clone());
    }
    reports
}

/// Returns the request that was recorded, and the sums of its session.
fn recorded_as(home: &Path, request: &Value, way: &str) -> (Vec<Value>, i64, u64) {
    let session = Session::detached();
    let entered = session.enter();
    run(request, way);
    drop(entered);
    let totals = session.snapshot().totals;
    let found = with_amendments(records(home, &session));
    (found, totals.cost_nanos, totals.unpriced())
}

#[test]
fn a_handler_with_one_value_per_call_has_the_totals_of_the_stream() {
    let _alone = TELEMETRY.lock();
    let home = tempfile::tempdir().unwrap();
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/usage_cases/facts-that-come-later");
    for file in ["config.toml", "prices.json"] {
        fs::copy(case.join(file), home.path().join(file)).unwrap();
    }
    let config = Config::load(home.path()).unwrap().with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let mut runner = TestRunner::default();
    let numbers = AtomicU64::new(0);
    let facts = prop::collection::vec(fact(), 0..6);
    let result = runner.run(&facts, |facts| {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let choice = |kind: &str, finish: &str| json!([{"index": 0, kind: {"content": "a"}, "finish_reason": finish}]);
        let told = reports(&facts).into_iter().map(|usage| {
            json!({"id": format!("told-{number}"), "object": "chat.completion", "model": "priced",
                "choices": choice("message", "stop"), "usage": usage})
        });
        let chunks = reports(&facts).into_iter().map(|usage| {
            json!({"id": format!("chunks-{number}"), "object": "chat.completion.chunk", "model": "priced",
                "choices": choice("delta", "stop"), "usage": usage})
        });
        let request = json!({
            "model": "priced",
            "told": told.collect::<Vec<_>>(),
            "chunks": chunks.collect::<Vec<_>>(),
        });
        let (stream, cost, unpriced) = recorded_as(home.path(), &request, "stream");
        for way in ["told", "stream with a handler", "vector"] {
            let (found, own_cost, own_unpriced) = recorded_as(home.path(), &request, way);
            prop_assert_eq!((own_cost, own_unpriced), (cost, unpriced), "{}: {:?}", way, found);
            prop_assert_eq!(found.len(), 1);
            for key in [
                "prompt_tokens",
                "cached_tokens",
                "cache_write_tokens",
                "completion_tokens",
                "reasoning_tokens",
                "total_tokens",
                "cost_usd",
                "finish_reason",
            ] {
                let (own, other) = (&found[0][key], &stream[0][key]);
                prop_assert!(is_equal(own, other), "{}: {} is {}, not {}", way, key, own, other);
            }
        }
        Ok(())
    });
    drop(telemetry);
    result.unwrap();
}

/// The events of a host's own client.
#[derive(UsageSource)]
enum HostEvent {
    Created,
    Started {
        #[usage(request_id)]
        id: String,
    },
    Text(&'static str),
    Completed {
        #[usage]
        usage: Box<Usage>,
    },
}

#[session_usage(stream)]
fn events_of_host(events: Vec<HostEvent>) -> impl Stream<Item = HostEvent> {
    stream::iter(events)
}

#[test]
fn an_event_of_a_host_has_content_unless_all_of_it_is_usage() {
    let _alone = TELEMETRY.lock();
    let home = tempfile::tempdir().unwrap();
    let config = Config::load(home.path()).unwrap().with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let read_events = |text: Option<HostEvent>| {
        let session = Session::detached();
        let entered = session.enter();
        let mut usage = Usage::default();
        usage.prompt_tokens = Some(5);
        let id = "h1".to_owned();
        let mut events = vec![HostEvent::Created, HostEvent::Started { id }];
        events.extend(text);
        let usage = Box::new(usage);
        events.push(HostEvent::Completed { usage });
        read(events_of_host(events));
        drop(entered);
        records(home.path(), &session).remove(0)
    };
    let silent = read_events(None);
    assert_eq!(
        (&silent["request_id"], &silent["prompt_tokens"]),
        (&"h1".into(), &5.into())
    );
    assert!(silent["first_chunk_ms"].is_u64());
    assert!(silent["ttft_ms"].is_null(), "no event brings a token");
    let text = HostEvent::Text("x");
    assert!(matches!(text, HostEvent::Text(text) if !text.is_empty()));
    assert!(read_events(Some(text))["ttft_ms"].is_u64());
    drop(telemetry);
}

/// The counts of a host's own client, whose type allows wrong ones.
#[derive(UsageSource)]
struct HostCounts {
    #[usage(prompt_tokens)]
    input: i32,
    #[usage(completion_tokens)]
    output: i32,
    #[usage(cost)]
    dollars: Option<f64>,
}

/// An answer of a host's own client.
#[derive(UsageSource)]
struct HostAnswer {
    #[usage(request_id)]
    id: &'static str,
    #[usage]
    counts: HostCounts,
}

#[session_usage]
fn answer_of_host(id: &'static str, input: i32, output: i32, dollars: Option<f64>) -> HostAnswer {
    let counts = HostCounts {
        input,
        output,
        dollars,
    };
    HostAnswer { id, counts }
}

#[test]
fn refused_counts_of_a_derived_source_are_recorded_and_counted() {
    let _alone = TELEMETRY.lock();
    let home = tempfile::tempdir().unwrap();
    let config = Config::load(home.path()).unwrap().with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let session = Session::detached();
    let entered = session.enter();
    let refused = |id, input, output, dollars| {
        let before = telemetry.health().refused_counts;
        answer_of_host(id, input, output, dollars);
        telemetry.health().refused_counts - before
    };
    assert_eq!(refused("both", -4, -1, None), 2);
    assert_eq!(refused("one", -4, 3, None), 1);
    assert_eq!(refused("cost", -4, -1, Some(-0.5)), 3);
    assert_eq!(refused("none", 4, 1, None), 0);
    drop(entered);
    let records = records(home.path(), &session);
    let ids: Vec<_> = records
        .iter()
        .map(|record| record["request_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["both", "one", "cost", "none"]);
    assert!(records[0]["prompt_tokens"].is_null() && records[0]["completion_tokens"].is_null());
    assert_eq!(records[0]["cost_source"], "unpriced");
    assert_eq!(records[1]["completion_tokens"], 3);
    drop(telemetry);
}

/// Returns a record without what differs between two requests with one answer.
fn comparable(record: &Value) -> Value {
    let mut record = record.as_object().unwrap().clone();
    for key in [
        "ts",
        "session_id",
        "turn",
        "latency_ms",
        "ttft_ms",
        "first_chunk_ms",
        "trace_id",
        "span_id",
    ] {
        record.remove(key);
    }
    let id = record.get("request_id").and_then(Value::as_str);
    if id.is_some_and(|id| id.starts_with("local-")) {
        record.remove("request_id");
    }
    record.into()
}

/// Returns the answer with the headers of a recorded response, in the form of a case.
fn recorded(body: &Path) -> Option<Value> {
    let text = fs::read_to_string(body).unwrap();
    let name = body.file_name()?.to_str()?;
    let (stem, _) = name.split_once(".response.")?;
    let headers = fs::read_to_string(body.with_file_name(format!("{stem}.headers")));
    let headers: Headers = headers
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let events = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]");
    let events: Vec<Value> = events
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let mut request = Map::new();
    request.insert("headers".to_owned(), headers.into());
    if events.is_empty() {
        let answer: Value = serde_json::from_str(&text).ok()?;
        request.insert("answer".to_owned(), answer);
    } else {
        request.insert("chunks".to_owned(), events.into());
    }
    Some(request.into())
}

#[test]
fn every_recorded_answer_is_recorded_alike_in_every_way() {
    let _alone = TELEMETRY.lock();
    let home = tempfile::tempdir().unwrap();
    let config = Config::load(home.path()).unwrap().with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut files: Vec<_> = fs::read_dir(captures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut answers = 0;
    let mut wrong = Vec::new();
    for file in &files {
        let Some(request) = recorded(file) else {
            continue;
        };
        let mut expected = None;
        for way in ways(&request) {
            let session = Session::detached();
            let entered = session.enter();
            run(&request, way);
            drop(entered);
            let found = with_amendments(records(home.path(), &session));
            let found: Vec<Value> = found.iter().map(comparable).collect();
            answers += usize::from(!found.is_empty());
            let name = file.file_name().unwrap().display();
            if found.iter().any(|record| record["inconsistent"] == true) {
                wrong.push(format!("{name} ({way}): inconsistent"));
            }
            // A list without a usage is not recorded, as it may be anything; a stream without a usage is a request.
            let is_unknown = |records: &[Value]| {
                records
                    .iter()
                    .all(|record| record["prompt_tokens"].is_null())
            };
            match &expected {
                None => expected = Some(found),
                Some(expected) if *expected == found => {}
                Some(expected) if found.is_empty() && is_unknown(expected) => {}
                Some(expected) => {
                    wrong.push(format!("{name} ({way}): {found:?}, not {expected:?}"));
                }
            }
        }
    }
    drop(telemetry);
    assert!(answers > 50, "{answers}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
