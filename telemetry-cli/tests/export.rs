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
fn no_cell_of_a_log_is_a_formula() {
    let home = Home::empty();
    let line = |id: usize, name: &str| {
        format!(
            "{{\"ts\":\"2026-11-22T18:54:00.{id:06}Z\",\"type\":\"span\",\"name\":\"{name}\",\"id\":{id},\"dur_ns\":1}}\n"
        )
    };
    let names = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "a=1", "'=1", "\\t=1"];
    let lines = names.iter().enumerate().map(|(id, name)| line(id, name));
    home.write("20261122T185400Z-1.jsonl", lines.collect::<String>());
    let text = home.ok(&["export", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells = reader.records().map(|row| row.unwrap()[2].to_owned());
    let cells: Vec<String> = cells.collect();
    assert_eq!(
        cells,
        [
            "'=1+1",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "'＝1",
            "a=1",
            "'=1",
            "␉=1"
        ]
    );
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

fn span_ids(home: &Home) -> HashSet<Vec<u8>> {
    let traces = otlp(home, &[]).traces.into_iter();
    let spans = traces
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans);
    spans.map(|span| span.span_id).collect()
}

#[test]
fn spans_of_two_machines_have_no_id_in_common() {
    // Two containers: the same second, the same process id, other sessions and other microseconds.
    let machines = [("11", "a"), ("12", "b")].map(|(micros, session)| {
        let home = Home::empty();
        let session = format!(",\"session_id\":\"019ab2b1-7c3a-7def-8123-00000000000{session}\"");
        let span = |id: u32, rest: &str| {
            format!(
                "{{\"ts\":\"2026-11-22T18:54:00.0000{micros}Z\",\"type\":\"span\",\"name\":\"s\",\"id\":{id}{rest},\"dur_ns\":1}}\n"
            )
        };
        let header = format!(
            "{{\"ts\":\"2026-11-22T18:54:00.0000{micros}Z\",\"type\":\"header\",\"v\":1,\"pid\":1}}\n"
        );
        let log = [
            header,
            span(1, ""),
            span(2, &format!(",\"parent\":3{session}")),
            span(3, &session),
            // In a session, below one that began before there was any.
            span(4, &format!(",\"parent\":1{session}")),
        ];
        home.write("20261122T185400Z-1.jsonl", log.concat());
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
    // The first is the parent of the last, the third that of the second, and they are in one trace.
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

/// What a viewer makes of a trace: on each track the slices that are open at a moment are in each other.
/// From each span to the one that it is in, and its length in nanoseconds.
fn nested(trace: &Value) -> HashMap<u64, (Option<u64>, u64)> {
    let events = trace["traceEvents"].as_array().unwrap();
    let mut events: Vec<&Value> = events
        .iter()
        .filter(|event| event["ph"] == "b" || event["ph"] == "e")
        .collect();
    // Viewers sort them, and leave those of one time in their order.
    let time = |event: &Value| event["ts"].as_f64().unwrap();
    events.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let mut open: HashMap<(&str, u64), Vec<(u64, &Value)>> = HashMap::new();
    let mut found = HashMap::new();
    for event in events {
        let place = (
            event["id2"]["local"].as_str().unwrap(),
            event["pid"].as_u64().unwrap(),
        );
        assert_eq!(event["cat"], "span", "a part of the track's name");
        let stack = open.entry(place).or_default();
        if event["ph"] == "b" {
            let id = event["args"]["id"].as_u64().unwrap();
            found.insert(id, (stack.last().map(|(id, _)| *id), 0));
            stack.push((id, event));
        } else {
            let (id, begin) = stack.pop().expect("an end without a beginning");
            assert_eq!(begin["name"], event["name"], "another one ended first");
            let micros = std::time::Duration::from_micros(1).mul_f64(time(event) - time(begin));
            found.get_mut(&id).unwrap().1 = u64::try_from(micros.as_nanos()).unwrap();
        }
    }
    assert!(open.values().all(Vec::is_empty), "not ended");
    found
}

#[test]
fn the_trace_nests_as_the_parents_do() {
    let home = Home::of_demo();
    let trace = home.json(&["export", "chrome"]);
    let nested = nested(&trace);
    let spans = spans(&home);
    assert_eq!(nested.len(), spans.len());
    for span in &spans {
        let (inside, nanos) = nested[&span["id"].as_u64().unwrap()];
        assert_eq!(inside, span["parent"].as_u64(), "{span}");
        // A child's end may be cut by less than the microsecond that its start may be off.
        let whole = span["dur_ns"].as_u64().unwrap();
        assert!(whole - nanos < 1000, "{nanos} of {span}");
    }
    let events = trace["traceEvents"].as_array().unwrap();
    let instants = events.iter().filter(|event| event["ph"] == "n");
    let happened = log(&home, DEBUG);
    let happened = happened.iter().filter(|line| line["type"] == "event");
    assert_eq!(instants.count(), happened.count());
    let counters: Vec<&Value> = events.iter().filter(|event| event["ph"] == "C").collect();
    assert_eq!(counters.len(), 2 * requests(&home).len());
    let total = |key: &str| -> u64 {
        let counts = requests(&home).into_iter();
        counts.filter_map(|request| request[key].as_u64()).sum()
    };
    let last = |name| {
        counters
            .iter()
            .rfind(|counter| counter["name"] == name)
            .unwrap()
    };
    assert_eq!(last("tokens")["args"]["prompt"], total("prompt_tokens"));
    assert_eq!(
        last("tokens")["args"]["completion"],
        total("completion_tokens")
    );
    let usage = home.json(&["usage", "-j"]);
    assert_eq!(last("cost")["args"]["usd"], usage["totals"]["cost_usd"]);
}

#[test]
fn spans_beside_each_other_are_on_tracks_of_one_tree_beside_each_other() {
    let home = Home::empty();
    let span = |id: u64, parent: &str, at: u64, micros: u64| {
        format!(
            "{{\"ts\":\"2026-11-22T18:54:00.{at:06}Z\",\"type\":\"span\",\"name\":\"s{id}\",\"id\":{id}{parent},\"dur_ns\":{}}}\n",
            micros * 1000
        )
    };
    let below = ",\"parent\":1";
    home.write(
        "20261122T185400Z-1.jsonl",
        [
            span(2, below, 10, 50),
            span(3, below, 20, 50),
            span(6, ",\"parent\":3", 60, 5),
            span(4, below, 80, 10),
            span(1, "", 0, 100),
            span(5, below, 95, 50),
            span(7, "", 100, 0),
        ]
        .concat(),
    );
    let trace = home.json(&["export", "chrome"]);
    let nested = nested(&trace);
    // Two and four are in one, three beside two, five outlives one.
    let inside = |id| nested[&id].0;
    assert_eq!(
        [inside(2), inside(4), inside(6)],
        [Some(1), Some(1), Some(3)]
    );
    assert_eq!([inside(1), inside(3), inside(5), inside(7)], [None; 4]);
    let events = trace["traceEvents"].as_array().unwrap().iter();
    let tracks: HashMap<u64, &str> = events
        .filter(|event| event["ph"] == "b")
        .map(|event| {
            (
                event["args"]["id"].as_u64().unwrap(),
                event["id2"]["local"].as_str().unwrap(),
            )
        })
        .collect();
    let tree = |id: u64| tracks[&id].rsplit_once('.').unwrap().0;
    assert_eq!([tree(3), tree(5)], [tree(1), tree(1)]);
    assert_ne!(tree(7), tree(1));
}

#[test]
fn a_file_is_there_once_it_is_whole() {
    let home = Home::of_demo();
    let file = home.path().join("trace.json");
    let to = file.to_str().unwrap();
    for format in ["chrome", "folded", "csv", "otlp"] {
        let output = home.run(&["export", format, "-o", to]);
        assert!(output.status.success() && output.stdout.is_empty());
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            home.ok(&["export", format])
        );
    }
    // What is there stays where it fails, and nothing else is left.
    let failed = home.run(&["export", "csv", "-i", "ffff", "-o", to]);
    assert_eq!(failed.status.code(), Some(2));
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        home.ok(&["export", "otlp"])
    );
    for (place, said) in [("nowhere/x", "No such file"), (".", "directory")] {
        let place = home.path().join(place);
        let failed = home.run(&["export", "csv", "-o", place.to_str().unwrap()]);
        let stderr = String::from_utf8_lossy(&failed.stderr);
        assert_eq!(failed.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains("cannot write") && stderr.contains(said),
            "{stderr}"
        );
    }
    let names = fs::read_dir(home.path()).unwrap();
    assert_eq!(names.count(), 2, "the logs and the trace");
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
