//! Every export of what the demo wrote, read by a program that others wrote.

mod home;

use std::collections::{HashMap, HashSet};
use std::fs;

use home::{DEBUG, Home, SESSION};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use serde_json::Value;

fn log(home: &Home, name: &str) -> Vec<Value> {
    let log = fs::read_to_string(home.log(name)).unwrap();
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn spans(home: &Home) -> Vec<Value> {
    let mut spans = log(home, DEBUG);
    spans.retain(|line| line["type"] == "span");
    spans
}

fn requests(home: &Home) -> Vec<Value> {
    log(home, "codex-litellm-session.jsonl")
}

#[test]
fn inferno_draws_the_folded_stacks() {
    let home = Home::of_demo();
    let folded = home.ok(&["export", "folded"]);
    assert!(
        folded.contains("history.turn;model.request;model.response "),
        "{folded}"
    );
    let own: u64 = folded
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
        .sum();
    let spans = spans(&home);
    let roots = spans.iter().filter(|span| span["parent"].is_null());
    let whole: u64 = roots.map(|span| span["dur_ns"].as_u64().unwrap()).sum();
    // Starts are in microseconds.
    assert!(
        own.abs_diff(whole) <= 1000 * spans.len() as u64,
        "{own} {whole}"
    );
    let mut svg = Vec::new();
    let mut options = inferno::flamegraph::Options::default();
    inferno::flamegraph::from_lines(&mut options, folded.lines(), &mut svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    for name in [
        "history.turn",
        "model.request",
        "model.response",
        "onboarding.run",
    ] {
        assert!(svg.contains(&format!("<title>{name} (")), "{name}");
    }
}

#[test]
fn a_csv_reader_reads_every_span_and_every_request() {
    let home = Home::of_demo();
    let rows = |of| {
        let text = home.ok(&["export", "csv", "--of", of]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
        rows
    };
    let same = |rows: Vec<HashMap<String, String>>, records: Vec<Value>| {
        assert_eq!(rows.len(), records.len());
        for (row, record) in rows.iter().zip(&records) {
            for (key, value) in record
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != "type")
            {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                if key != "fields" {
                    assert_eq!(row[key], text, "{key} of {record}");
                }
            }
            let present = row.values().filter(|cell| !cell.is_empty()).count();
            assert!(present <= record.as_object().unwrap().len() + 1);
        }
    };
    same(rows("spans"), spans(&home));
    same(rows("usage"), requests(&home));
}

#[test]
fn commas_quotes_and_lines_stay_in_their_cells() {
    let home = Home::empty();
    home.write(
        "20261122T185400Z-1.jsonl",
        "{\"ts\":\"2026-11-22T18:54:00.000000Z\",\"type\":\"span\",\"name\":\"a,\\\"b\\\"\\n\\u001b[1m\",\"id\":1,\"dur_ns\":1}\n",
    );
    let text = home.ok(&["export", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(&row[2], "a,\"b\"␊␛[1m");
}

/// The collector's own types read each line, as its file receiver does.
struct Otlp {
    traces: Vec<ExportTraceServiceRequest>,
    logs: Vec<ExportLogsServiceRequest>,
    metrics: Vec<ExportMetricsServiceRequest>,
}

fn otlp(home: &Home, arguments: &[&str]) -> Otlp {
    let mut found = Otlp {
        traces: Vec::new(),
        logs: Vec::new(),
        metrics: Vec::new(),
    };
    let text = home.ok(&[&["export", "otlp"], arguments].concat());
    for line in text.lines() {
        let keys: Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&String> = keys.as_object().unwrap().keys().collect();
        match keys.as_slice() {
            [key] if *key == "resourceSpans" => {
                found.traces.push(serde_json::from_str(line).unwrap());
            }
            [key] if *key == "resourceLogs" => found.logs.push(serde_json::from_str(line).unwrap()),
            [key] if *key == "resourceMetrics" => {
                found.metrics.push(serde_json::from_str(line).unwrap());
            }
            _ => panic!("{line}"),
        }
    }
    found
}

#[test]
fn the_collectors_types_decode_every_span() {
    let home = Home::of_demo();
    let found = otlp(&home, &[]);
    let expected = spans(&home);
    let decoded: Vec<_> = found
        .traces
        .iter()
        .flat_map(|request| &request.resource_spans)
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
        .collect();
    assert_eq!(decoded.len(), expected.len());
    let by_id: HashMap<_, _> = decoded.iter().map(|span| (&span.span_id, span)).collect();
    assert_eq!(by_id.len(), decoded.len(), "an id twice");
    for (span, line) in decoded.iter().zip(&expected) {
        assert_eq!(span.name, line["name"]);
        assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
        assert_eq!(
            span.end_time_unix_nano - span.start_time_unix_nano,
            line["dur_ns"].as_u64().unwrap()
        );
        assert_eq!(
            span.status.as_ref().unwrap().code == 1,
            line["outcome"] == "ok"
        );
        assert_eq!(span.parent_span_id.is_empty(), line["parent"].is_null());
        if let Some(parent) = by_id.get(&span.parent_span_id) {
            assert_eq!(parent.trace_id, span.trace_id);
        }
        let keys: HashSet<&str> = span.attributes.iter().map(|pair| &*pair.key).collect();
        for key in line["fields"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| &**key)
        {
            assert!(keys.contains(key), "{key} of {line}");
        }
    }
    let traces: HashSet<_> = decoded.iter().map(|span| &span.trace_id).collect();
    let roots = expected
        .iter()
        .filter(|span| span["parent"].is_null())
        .count();
    assert_eq!(traces.len(), roots);
    // A repeat is no news.
    assert_eq!(home.ok(&["export", "otlp"]), home.ok(&["export", "otlp"]));
}

#[test]
fn requests_are_log_records_and_counters_with_the_conventions_names() {
    let home = Home::of_demo();
    let found = otlp(&home, &["--session", SESSION]);
    let requests = requests(&home);
    let records: Vec<_> = found
        .logs
        .iter()
        .flat_map(|request| &request.resource_logs)
        .flat_map(|resource| &resource.scope_logs)
        .flat_map(|scope| &scope.log_records)
        .filter(|record| record.event_name == "gen_ai.client.inference.operation.details")
        .collect();
    assert_eq!(records.len(), requests.len());
    let mut tokens: HashMap<String, i64> = HashMap::new();
    let mut durations = 0;
    let metrics = found
        .metrics
        .iter()
        .flat_map(|request| &request.resource_metrics);
    for metric in metrics
        .flat_map(|resource| &resource.scope_metrics)
        .flat_map(|scope| &scope.metrics)
    {
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => {
                let Some(Number::AsInt(count)) = sum.data_points[0].value else {
                    panic!("{sum:?}");
                };
                assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
                *tokens.entry(metric.name.clone()).or_default() += count;
            }
            Data::Histogram(histogram) => {
                let point = &histogram.data_points[0];
                assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
                assert_eq!(point.bucket_counts.iter().sum::<u64>(), 1);
                durations += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(durations, requests.len());
    for (metric, key) in [
        (
            "gen_ai.client.inference.usage.input_tokens",
            "prompt_tokens",
        ),
        (
            "gen_ai.client.inference.usage.output_tokens",
            "completion_tokens",
        ),
        (
            "gen_ai.client.inference.usage.cache_read.input_tokens",
            "cached_tokens",
        ),
        (
            "gen_ai.client.inference.usage.reasoning.output_tokens",
            "reasoning_tokens",
        ),
    ] {
        let expected: i64 = requests
            .iter()
            .filter_map(|request| request[key].as_i64())
            .sum();
        assert_eq!(tokens[metric], expected, "{metric}");
    }
}

#[test]
fn the_trace_nests_as_the_parents_do() {
    let home = Home::of_demo();
    let trace = home.json(&["export", "chrome"]);
    let events = trace["traceEvents"].as_array().unwrap();
    let spans = spans(&home);
    let complete: Vec<&Value> = events.iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(complete.len(), spans.len());
    let range = |event: &Value| {
        let start = event["ts"].as_f64().unwrap();
        (start, start + event["dur"].as_f64().unwrap())
    };
    let by_id: HashMap<u64, &Value> = complete
        .iter()
        .map(|event| (event["args"]["id"].as_u64().unwrap(), *event))
        .collect();
    for event in &complete {
        // What a viewer makes of it: the shortest of the same lane that is around it.
        let (start, end) = range(event);
        let around = complete
            .iter()
            .filter(|other| {
                other["tid"] == event["tid"] && other["args"]["id"] != event["args"]["id"]
            })
            .filter(|other| range(other).0 <= start && end <= range(other).1 + 1.0)
            .min_by(|a, b| {
                a["dur"]
                    .as_f64()
                    .unwrap()
                    .total_cmp(&b["dur"].as_f64().unwrap())
            });
        let parent = event["args"]["parent"]
            .as_u64()
            .map(|parent| by_id[&parent]);
        if let (Some(parent), Some(around)) = (parent, around)
            && parent["tid"] == event["tid"]
        {
            assert_eq!(around["args"]["id"], parent["args"]["id"], "{event}");
        }
    }
    let counters: Vec<&Value> = events.iter().filter(|event| event["ph"] == "C").collect();
    assert_eq!(counters.len(), 2 * requests(&home).len());
    let total: u64 = requests(&home)
        .iter()
        .filter_map(|request| request["total_tokens"].as_u64())
        .sum();
    let last = counters
        .iter()
        .rfind(|counter| counter["name"] == "tokens")
        .unwrap();
    assert_eq!(last["args"]["tokens"], total);
}

#[test]
fn spans_beside_each_other_are_on_lanes_beside_each_other() {
    let home = Home::empty();
    let span = |id: u64, parent: &str, at: u64, micros: u64| {
        format!(
            "{{\"ts\":\"2026-11-22T18:54:00.{at:06}Z\",\"type\":\"span\",\"name\":\"s\",\"id\":{id}{parent},\"dur_ns\":{}}}\n",
            micros * 1000
        )
    };
    let below = ",\"parent\":1";
    home.write(
        "20261122T185400Z-1.jsonl",
        [
            span(2, below, 10, 50),
            span(3, below, 20, 50),
            span(4, below, 80, 10),
            span(1, "", 0, 100),
            span(5, below, 95, 50),
        ]
        .concat(),
    );
    let trace = home.json(&["export", "chrome"]);
    let lanes: HashMap<u64, u64> = trace["traceEvents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["ph"] == "X")
        .map(|event| {
            (
                event["args"]["id"].as_u64().unwrap(),
                event["tid"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!([lanes[&1], lanes[&2], lanes[&4]], [0, 0, 0]);
    assert_eq!([lanes[&3], lanes[&5]], [1, 1]);
}

#[test]
fn every_export_of_nothing_and_of_damage_is_one() {
    let home = Home::empty();
    for damaged in [false, true] {
        if damaged {
            home.write("20261122T185400Z-1.jsonl", b"\xff\n{\"ts\":\n\0\n{\"ts\":\"2026-11-22T18:54:00Z\",\"type\":\"span\",\"name\":\"\",\"id\":1,\"parent\":1,\"dur_ns\":18446744073709551615}\n");
            home.write("codex-litellm-session.jsonl", b"{\"ts\":\"2026-11-22T18:54:00Z\",\"session_id\":\"\",\"total_tokens\":18446744073709551615,\"latency_ms\":18446744073709551615}\nx");
        }
        home.json(&["export", "chrome"]);
        otlp(&home, &[]);
        home.ok(&["export", "folded"]);
        home.ok(&["export", "csv"]);
        home.ok(&["export", "csv", "--of", "usage"]);
    }
}
