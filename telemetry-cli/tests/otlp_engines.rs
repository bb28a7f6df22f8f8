//! What arrives in ClickHouse's engine behind a real collector, asked by SQL, is what `telemetry usage` reports.
#![cfg(feature = "otlp-send")]

mod home;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::thread;

use home::Home;
use home::fleet::Fleet;
use rustix::process::{Pid, Signal, kill_process};
use telemetry_schema::record::NanoUsd;
use tests::engines::Engines;

/// The number of times that the exporter is killed.
const KILLS: usize = 12;

fn command(home: &Home, arguments: &[&str]) -> std::process::Command {
    let mut command = home.command(&[&["export", "otlp"], arguments].concat());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command
        .env_remove("DO_NOT_TRACK")
        .env("OTEL_RESOURCE_ATTRIBUTES", "user=ada,project=atlas");
    command
}

fn run(home: &Home, arguments: &[&str]) {
    let output = command(home, arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

/// Forwards connections to the collector, and kills the exporter when a number of bytes has passed.
struct KillingProxy {
    url: String,
    exporter: Arc<AtomicI32>,
    left: Arc<AtomicUsize>,
}

impl KillingProxy {
    fn to(collector: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            exporter: Arc::default(),
            left: Arc::new(AtomicUsize::new(usize::MAX)),
        };
        let collector = collector.trim_start_matches("http://").to_owned();
        let (exporter, left) = (Arc::clone(&proxy.exporter), Arc::clone(&proxy.left));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&*collector) else {
                    return;
                };
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (exporter, left) = (Arc::clone(&exporter), Arc::clone(&left));
                thread::spawn(move || {
                    let mut buffer = [0; 1024];
                    while let Ok(read) = from.read(&mut buffer) {
                        if read == 0 || to.write_all(&buffer[..read]).is_err() {
                            break;
                        }
                        let before = left.fetch_sub(read, Ordering::SeqCst);
                        if before <= read {
                            left.store(usize::MAX, Ordering::SeqCst);
                            let pid = Pid::from_raw(exporter.load(Ordering::SeqCst)).unwrap();
                            // The exporter may have ended; its id is not used again before it is waited for.
                            let _ = kill_process(pid, Signal::KILL);
                        }
                    }
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
                thread::spawn(move || {
                    let (mut from, mut to) = (server, client);
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        proxy
    }
}

/// Returns the queries of the document.
fn documented() -> Vec<String> {
    let document = include_str!("../../docs/scaling.md");
    let blocks = document.split("```sql\n").skip(1);
    let statements = blocks.map(|block| block.split("```").next().unwrap().to_owned());
    statements
        .filter(|statement| !statement.starts_with("CREATE"))
        .collect()
}

fn usage_by_model(home: &Home) -> BTreeMap<String, Vec<i64>> {
    let json = home.json(&["usage", "model", "--json"]);
    let rows = json["rows"].as_array().unwrap();
    let row = |row: &serde_json::Value| {
        let number = |key: &str| row[key].as_i64().unwrap_or_else(|| panic!("{key}: {row}"));
        let cost: NanoUsd = row["cost_usd"].to_string().parse().unwrap();
        let counts = ["requests", "prompt_tokens", "completion_tokens"].map(number);
        (
            row["model"].as_str().unwrap().to_owned(),
            [&counts[..], &[cost.0]].concat(),
        )
    };
    rows.iter().map(row).collect()
}

#[test]
fn sums_in_the_engine_are_those_of_usage_after_kills_and_repeated_exports() {
    let Some(mut engines) = Engines::start() else {
        return;
    };
    let fleet = Fleet::of(1200);
    let home = fleet.home();
    let proxy = KillingProxy::to(&engines.http);
    for kill in 0..KILLS {
        let mut exporter = command(&home, &["--endpoint", &proxy.url])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&exporter).as_raw_nonzero().get();
        proxy.exporter.store(pid, Ordering::SeqCst);
        proxy
            .left
            .store(1 + kill * 9973 % 150_000, Ordering::SeqCst);
        exporter.wait().unwrap();
        proxy.left.store(usize::MAX, Ordering::SeqCst);
    }
    run(&home, &["--endpoint", &proxy.url]);
    // A second export of everything, by another exporter with other sums of metrics, over gRPC.
    let other = home.path().join("other");
    let arguments = ["--endpoint", &engines.grpc, "--protocol", "grpc", "--gzip"];
    let rest = [
        "--signals",
        "traces,logs",
        "--checkpoint",
        other.to_str().unwrap(),
    ];
    run(&home, &[&arguments[..], &rest].concat());
    engines.drain();

    let count = |statement: &str| engines.query(statement)[0][0].parse::<usize>().unwrap();
    assert_eq!(
        count("SELECT count() FROM otel.otel_traces FINAL"),
        fleet.spans
    );
    assert!(count("SELECT count() FROM otel.otel_traces") >= fleet.spans);
    assert_eq!(
        count("SELECT count() FROM otel.otel_logs FINAL"),
        fleet.events + fleet.session.len()
    );
    assert_eq!(
        count(
            "SELECT count() FROM otel.otel_traces AS child FINAL LEFT ANTI JOIN (SELECT TraceId, SpanId FROM otel.otel_traces) AS \
             parent ON child.TraceId = parent.TraceId AND child.ParentSpanId = parent.SpanId WHERE child.ParentSpanId != ''"
        ),
        0,
        "every parent is there"
    );
    let rows = engines.query(
        "SELECT model, countIf(is_request), sum(input_tokens), sum(output_tokens), sum(nano_usd) FROM otel.usage GROUP BY model",
    );
    let found: BTreeMap<String, Vec<i64>> = rows
        .into_iter()
        .map(|row| {
            let numbers = row[1..].iter().map(|number| number.parse().unwrap());
            (row[0].clone(), numbers.collect())
        })
        .collect();
    assert_eq!(found, usage_by_model(&home));
    let rows = engines.query(documented().last().unwrap());
    for (model, (input, output, _)) in &fleet.totals {
        for (metric, expected) in [("input_tokens", input), ("output_tokens", output)] {
            let name = format!("gen_ai.client.inference.usage.{metric}");
            let row = rows.iter().find(|row| row[0] == name && row[1] == *model);
            assert_eq!(row.unwrap()[2], expected.to_string(), "{name} {model}");
        }
    }
    for statement in documented() {
        assert!(
            !engines.query(&statement).is_empty(),
            "no rows: {statement}"
        );
    }
    let cost = engines.query(&documented()[0]);
    assert!(cost.iter().all(|row| row[0] == "ada" && row[1] == "atlas"));
}
