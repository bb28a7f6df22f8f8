//! Costs equal those that LiteLLM 1.106.0 computed from the same entries of its price map.
//!
//! `scripts/price-oracle sample` recorded the requests; `scripts/price-oracle run` compares all models with a LiteLLM that is
//! installed.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

/// Returns the records of the requests in their order.
fn records(prices: &Value, requests: &[Value]) -> Vec<Value> {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("prices.json"), prices.to_string()).unwrap();
    let config = "[telemetry]\nenabled = true\n[telemetry.pricing]\nprice_map = 'prices.json'\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_price_requests"))
        .arg(home.path())
        .env_remove("CODEX_TELEMETRY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    for request in requests {
        let line = json!({"deployment": request["deployment"], "answer": request["answer"]});
        writeln!(lines, "{line}").unwrap();
    }
    let mut input = child.stdin.take().unwrap();
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns whether two costs are equal within a nano-dollar, or 1e-12 of the cost: LiteLLM adds floating-point numbers.
fn is_equal(own: &Value, other: &Value) -> bool {
    match (own.as_f64(), other.as_f64()) {
        (Some(own), Some(other)) => (own - other).abs() <= (other.abs() * 1e-12).max(1e-9),
        _ => false,
    }
}

#[test]
fn costs_equal_those_of_litellm_or_differ_for_a_named_reason() {
    let sample: Value =
        serde_json::from_str(include_str!("../litellm/prices-1.106.0.json")).unwrap();
    let requests = sample["cases"].as_array().unwrap();
    assert!(requests.len() > 300);
    let records = records(&sample["prices"], requests);
    assert_eq!(records.len(), requests.len());
    let mut wrong = Vec::new();
    for (request, record) in requests.iter().zip(&records) {
        let is_right = if request.get("difference").is_some() {
            let expected = &request["cost_usd"];
            let is_cost = expected.is_null() && record["cost_usd"].is_null()
                || is_equal(&record["cost_usd"], expected);
            is_cost && record["unpriced_reason"] == request["unpriced_reason"]
        } else {
            is_equal(&record["cost_usd"], &request["litellm"])
        };
        if !is_right {
            wrong.push(format!("{request}\n    {record}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_named_difference_is_documented() {
    let sample: Value =
        serde_json::from_str(include_str!("../litellm/prices-1.106.0.json")).unwrap();
    let documented = include_str!("../../docs/usage.md").replace('\n', " ");
    for case in sample["cases"].as_array().unwrap() {
        if let Some(difference) = case["difference"].as_str() {
            let kind = difference
                .split(" in a service tier")
                .next()
                .and_then(|kind| kind.split(" above a threshold").next());
            let kind = kind.unwrap_or(difference);
            assert!(documented.contains(kind), "docs/usage.md names no {kind:?}");
        }
    }
}
