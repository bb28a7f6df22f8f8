//! The ids in an export of logs that the real runtime wrote.

mod home;

use std::collections::{HashMap, HashSet};
use std::fs;

use home::Home;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, session_usage, telemetry_event, telemetry_span};

#[telemetry_span("agent.turn")]
fn turn(number: u64) {
    telemetry_event!("history.task_complete", number = number);
    recorded_request(number);
    request_without_a_span(number);
}

#[telemetry_span("model.request")]
#[session_usage]
fn recorded_request(number: u64) -> Value {
    answer(&format!("recorded-{number}"))
}

#[session_usage]
fn request_without_a_span(number: u64) -> Value {
    answer(&format!("alone-{number}"))
}

fn answer(id: &str) -> Value {
    json!({"id": id, "model": "m", "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}})
}

#[test]
fn usage_stands_on_the_spans_that_the_records_name() {
    let home = Home::empty();
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\n",
    )
    .unwrap();
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let _session = Session::start();
    for number in 0..3 {
        turn(number);
    }
    drop(telemetry);
    let (mut spans, mut logs) = (Vec::new(), Vec::new());
    for line in home.ok(&["export", "otlp"]).lines() {
        if line.starts_with("{\"resourceSpans") {
            let request: ExportTraceServiceRequest = serde_json::from_str(line).unwrap();
            let resources = request.resource_spans.into_iter();
            spans.extend(
                resources
                    .flat_map(|resource| resource.scope_spans)
                    .flat_map(|scope| scope.spans),
            );
        } else if line.starts_with("{\"resourceLogs") {
            let request: ExportLogsServiceRequest = serde_json::from_str(line).unwrap();
            let resources = request.resource_logs.into_iter();
            logs.extend(
                resources
                    .flat_map(|resource| resource.scope_logs)
                    .flat_map(|scope| scope.log_records),
            );
        }
    }
    let by_id: HashMap<&[u8], &Span> = spans.iter().map(|span| (&*span.span_id, span)).collect();
    assert_eq!((spans.len(), by_id.len()), (9, 9));
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!((named("agent.turn"), named("chat m")), (3, 6));
    for span in spans.iter().filter(|span| span.name == "chat m") {
        let parent = by_id[&*span.parent_span_id];
        assert_eq!(
            (&*parent.name, &parent.trace_id),
            ("agent.turn", &span.trace_id)
        );
    }
    let traces: HashSet<&[u8]> = spans.iter().map(|span| &*span.trace_id).collect();
    assert_eq!(traces.len(), 3);
    assert_eq!(logs.len(), 9);
    for log in &logs {
        let span = by_id[&*log.span_id];
        assert_eq!(log.trace_id, span.trace_id, "{}", log.event_name);
    }
    let ids: HashSet<String> = fs::read_to_string(home.log("codex-litellm-session.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["span_id"].to_string())
        .collect();
    let requests = spans.iter().filter(|span| span.name == "chat m");
    let exported: HashSet<String> = requests
        .map(|span| {
            let id: [u8; 8] = (*span.span_id).try_into().unwrap();
            let digits = format!("{:016x}", u64::from_be_bytes(id));
            format!("\"{digits}\"")
        })
        .collect();
    assert_eq!(exported, ids);
}
