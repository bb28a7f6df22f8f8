//! `max_per_second` limits the records of each call site, and the log states how many were omitted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, init, record_usage, telemetry_event, telemetry_span};

const CALLS: u64 = 3_000;
const MAX: u64 = 7;

#[telemetry_span("retry.attempt")]
fn attempt() {
    telemetry_event!(log = "audit", "retry.audited");
}

#[telemetry_span("retry.other", fields(n))]
fn other(n: u64) {
    let _ = n;
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

/// Returns the number of omitted records of a call site according to a log.
fn omitted(records: &[Value], name: &str) -> u64 {
    let cause = format!("max_per_second: {name}");
    let reports = records.iter().filter(|one| one["cause"] == *cause);
    reports
        .map(|lost| {
            assert_eq!(lost["type"], "lost");
            assert_eq!(lost["bytes"], 0);
            lost["count"].as_u64().unwrap()
        })
        .sum()
}

#[test]
fn omitted_records_are_counted_in_their_own_log() {
    let home = tempfile::tempdir().unwrap();
    let table = format!(
        "[telemetry]\nenabled = true\nmax_per_second = {MAX}\n\
         [telemetry.logs.audit]\nfile = 'audit.jsonl'\n"
    );
    fs::write(home.path().join("config.toml"), table).unwrap();
    let config = Config::load(home.path()).unwrap();
    let logs = config.log_dir();
    let telemetry = init(config).unwrap();
    let debug = telemetry.files()[0].clone();
    let session = Session::start();
    for n in 0..CALLS {
        attempt();
        if n % 1_000 == 0 {
            other(n);
        }
        record_usage(&json!({
            "id": format!("request-{n}"), "object": "chat.completion", "model": "m", "choices": [],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        }));
    }
    assert!(telemetry.flush(Duration::from_secs(10)));
    let health = telemetry.health();
    assert_eq!(session.snapshot().totals.requests, CALLS);

    let (debug, audit) = (records(&debug), records(&logs.join("audit.jsonl")));
    let spans = named(&debug, "retry.attempt");
    let events = named(&audit, "retry.audited");
    assert_eq!(spans + omitted(&debug, "retry.attempt"), CALLS);
    assert_eq!(events + omitted(&audit, "retry.audited"), CALLS);
    assert_eq!(omitted(&debug, "retry.audited"), 0);
    assert!((MAX..CALLS / 2).contains(&spans), "{spans}");
    assert_eq!(named(&debug, "retry.other"), 3);
    assert_eq!(omitted(&debug, "retry.other"), 0);
    assert_eq!(health.limited, 2 * CALLS - spans - events);
    assert_eq!(health.lost, 0, "{health:?}");
    let turns = records(&logs.join("codex-litellm-session.jsonl"));
    assert_eq!(turns.len() as u64, CALLS);

    // The end of telemetry reports the records that were omitted after the last flush.
    for _ in 0..=2 * MAX {
        other(0);
    }
    let file = telemetry.files()[0].clone();
    drop(telemetry);
    let ended = records(&file);
    assert_eq!(
        named(&ended, "retry.other") + omitted(&ended, "retry.other"),
        3 + 2 * MAX + 1
    );
}
