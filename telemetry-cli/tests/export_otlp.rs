//! The demo's logs as OTLP, decoded by the collector's own types.

mod home;

use std::collections::{HashMap, HashSet};

use home::records::{requests, spans};
use home::{Home, SESSION};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::Value;

/// Decodes each line with the collector's own types, like its file receiver.
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
    let (made, decoded): (Vec<_>, Vec<_>) = decoded
        .into_iter()
        .partition(|span| span.kind == i32::from(SpanKind::Client));
    // The records of this log do not name their spans, so that each request has one of its own.
    assert_eq!(made.len(), requests(&home).len());
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
    // A second export has equal ids.
    assert_eq!(home.ok(&["export", "otlp"]), home.ok(&["export", "otlp"]));
}

fn span_ids(home: &Home) -> HashSet<Vec<u8>> {
    let traces = otlp(home, &[]).traces.into_iter();
    let spans = traces
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans);
    spans.map(|span| span.span_id).collect()
}

#[test]
fn span_ids_of_two_machines_differ() {
    // Two containers with equal start seconds and process ids, but other sessions and microseconds.
    let machines = [("11", "a"), ("12", "b")].map(|(micros, session)| {
        let home = Home::empty();
        let session = format!(",\"session_id\":\"019ab2b1-7c3a-7def-8123-00000000000{session}\"");
        let span = |id: u32, rest: &str| {
            format!(
                "{{\"ts\":\"2020-11-22T18:54:00.0000{micros}Z\",\"type\":\"span\",\"name\":\"s\",\"id\":{id}{rest},\"dur_ns\":1}}\n"
            )
        };
        let header = format!(
            "{{\"ts\":\"2020-11-22T18:54:00.0000{micros}Z\",\"type\":\"header\",\"v\":1,\"pid\":1}}\n"
        );
        let log = [
            header,
            span(1, ""),
            span(2, &format!(",\"parent\":3{session}")),
            span(3, &session),
            // A span with a session, below a span that started before the session.
            span(4, &format!(",\"parent\":1{session}")),
        ];
        home.write("20201122T185400Z-1.jsonl", log.concat());
        home
    });
    let [one, other] = machines.each_ref().map(span_ids);
    assert_eq!((one.len(), other.len()), (4, 4));
    assert!(one.is_disjoint(&other));
    let found = otlp(&machines[0], &[]);
    let spans: Vec<_> = found.traces[0].resource_spans[0].scope_spans[0]
        .spans
        .iter()
        .collect();
    // The first span is the parent of the last, the third that of the second, all in one trace.
    assert_eq!(
        (&spans[3].parent_span_id, &spans[3].trace_id),
        (&spans[0].span_id, &spans[0].trace_id)
    );
    assert_eq!(
        (&spans[1].parent_span_id, &spans[1].trace_id),
        (&spans[2].span_id, &spans[2].trace_id)
    );
}

#[test]
fn requests_are_log_records_and_counters_with_names_of_the_conventions() {
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
fn an_amendment_increases_the_counters_and_is_not_an_inference() {
    let home = Home::empty();
    home.write(home::requests::LOG, home::requests::growing_request());
    let found = otlp(&home, &[]);
    let logs = found.logs.iter().flat_map(|request| &request.resource_logs);
    let scopes = logs.flat_map(|resource| &resource.scope_logs);
    let records: Vec<_> = scopes.flat_map(|scope| &scope.log_records).collect();
    let names: Vec<&str> = records.iter().map(|record| &*record.event_name).collect();
    assert_eq!(
        names,
        [
            "gen_ai.client.inference.operation.details",
            "telemetry.usage.amendment"
        ]
    );
    let first_chunk = records[0].attributes.iter().find_map(|attribute| {
        let is_wanted = attribute.key == "gen_ai.response.time_to_first_chunk";
        is_wanted.then_some(attribute.value.as_ref()?.value.clone()?)
    });
    assert_eq!(first_chunk, Some(AnyValue::DoubleValue(0.31)));
    let metrics = found
        .metrics
        .iter()
        .flat_map(|request| &request.resource_metrics);
    let metrics = metrics.flat_map(|resource| &resource.scope_metrics);
    let (mut output, mut durations) = (0, 0);
    for metric in metrics.flat_map(|scope| &scope.metrics) {
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) if metric.name.ends_with("usage.output_tokens") => {
                let Some(Number::AsInt(count)) = sum.data_points[0].value else {
                    panic!("{sum:?}");
                };
                output += count;
            }
            Data::Histogram(_) => durations += 1,
            _ => {}
        }
    }
    assert_eq!((output, durations), (159, 1));
}
