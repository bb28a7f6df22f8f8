//! Charged costs, saved costs and amended counts are equal in every report and export.

mod home;

use home::Home;
use home::requests::{LOG, growing_request, uuid};
use serde_json::{Value, json};

/// A request that cost 0.25, and one that was answered from the proxy's cache.
fn hit_and_miss(ts: &str) -> String {
    let request = |id: &str, cost: Value| {
        let mut record = json!({
            "ts": ts, "v": 1, "session_id": uuid(1), "turn": 1, "request_id": id, "model": "m", "prompt_tokens": 100,
            "completion_tokens": 10, "total_tokens": 110, "outcome": "ok",
        });
        for (key, value) in cost.as_object().unwrap() {
            record[key] = value.clone();
        }
        record
    };
    let miss = request(
        "a",
        json!({"cost_usd": 0.25, "cost_source": "response_header"}),
    );
    let hit = request(
        "b",
        json!({"cost_usd": 0, "cost_source": "cache_hit", "saved_usd": 0.25}),
    );
    format!("{miss}\n{hit}\n")
}

fn chrome_counters(home: &Home, name: &str) -> Vec<Value> {
    let trace = home.json(&["export", "chrome"]);
    let events = trace["traceEvents"].as_array().unwrap().iter();
    events
        .filter(|event| event["ph"] == "C" && event["name"] == name)
        .map(|event| event["args"].clone())
        .collect()
}

#[test]
fn an_answer_from_the_cache_is_not_charged_and_shown_as_saved() {
    let home = Home::empty();
    home.write(LOG, hit_and_miss("2020-11-20T10:00:00.000000Z"));
    for totals in [
        &home.json(&["usage", "-j"])["totals"],
        &home.json(&["usage", "-j"])["rows"][0],
        &home.json(&["status", "-j"])["totals"],
        &home.json(&["sessions", "-j"])["sessions"][0],
    ] {
        assert_eq!(totals["cost_usd"].to_string(), "0.25");
        assert_eq!(totals["saved_usd"].to_string(), "0.25");
        assert_eq!(totals["requests"], 2);
        assert_eq!(totals["unpriced_requests"], 0);
    }
    let ccusage = home.json(&["usage", "--json=ccusage"]);
    assert_eq!(ccusage["totals"]["totalCost"], 0.25);
    let table = home.ok(&["usage"]);
    assert!(table.contains("$0.2500 saved"), "{table}");
    assert!(!home.ok(&["usage", "--no-cost"]).contains("saved"));
    let status = home.ok(&["status"]);
    assert!(status.contains("$0.2500 by the proxy's cache"), "{status}");
    let csv = home.ok(&["export", "csv", "--of", "usage"]);
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let columns = csv.headers().unwrap().clone();
    let column = |key: &str| columns.iter().position(|column| column == key).unwrap();
    let cells: Vec<_> = csv
        .records()
        .map(Result::unwrap)
        .map(|row| {
            [
                row[column("cost_usd")].to_owned(),
                row[column("saved_usd")].to_owned(),
            ]
        })
        .collect();
    assert_eq!(cells, [["0.25", ""], ["0", "0.25"]]);
    let otlp = home.ok(&["export", "otlp"]);
    let saved = r#"{"key":"saved_usd","value":{"stringValue":"0.25"}}"#;
    assert!(otlp.contains(saved), "{otlp}");
    let counters = chrome_counters(&home, "cost");
    assert_eq!(counters.last(), Some(&json!({"usd": 0.25, "saved": 0.25})));
}

#[test]
fn a_budget_is_compared_with_the_charged_costs() {
    let now = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        jiff::Timestamp::from_second(i64::try_from(now.unwrap().as_secs()).unwrap()).unwrap()
    };
    let day = || now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    // The commands run again where midnight passes before the last one: the record is then of the day before.
    let (code, budget, table) = loop {
        let begun = day();
        let home = Home::empty();
        home.write(LOG, hit_and_miss(&now().to_string()));
        let output = home.run(&["budget", "--daily", "0.25", "-j"]);
        let table = home.ok(&["budget", "--daily", "0.25"]);
        if day() == begun {
            break (output.status.code(), output.stdout, table);
        }
    };
    assert_eq!(code, Some(0), "the saved amount is not charged");
    let budget: Value = serde_json::from_slice(&budget).unwrap();
    assert_eq!(budget["budgets"][0]["cost_usd"].to_string(), "0.25");
    assert_eq!(budget["budgets"][0]["saved_usd"].to_string(), "0.25");
    assert_eq!(budget["budgets"][0]["left_usd"].to_string(), "0");
    assert!(table.contains("Saved"), "{table}");
}

#[test]
fn an_amendment_is_not_a_request_and_its_increase_counts_once() {
    let home = Home::empty();
    home.write(LOG, growing_request());
    // A copy of the lines counts nothing twice.
    home.write(
        "codex-litellm-session.20201120T000000Z-7.jsonl",
        growing_request(),
    );
    for totals in [
        &home.json(&["usage", "-j"])["totals"],
        &home.json(&["status", "-j"])["totals"],
        &home.json(&["sessions", "-j"])["sessions"][0],
    ] {
        assert_eq!(totals["requests"], 1);
        assert_eq!(totals["completion_tokens"], 159);
        assert_eq!(totals["total_tokens"], 169);
        assert_eq!(totals["cost_usd"].to_string(), "0.003");
        // The amendment brings the first known cost.
        assert_eq!(totals["unpriced_requests"], 0);
    }
    let ccusage = home.json(&["usage", "--json=ccusage"]);
    assert_eq!(ccusage["totals"]["outputTokens"], 159);
    assert_eq!(ccusage["totals"]["totalCost"], 0.003);
    let csv = home.ok(&["export", "csv", "--of", "usage"]);
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let columns = csv.headers().unwrap().clone();
    let column = |key: &str| columns.iter().position(|column| column == key).unwrap();
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    let completion: u64 = rows
        .iter()
        .map(|row| row[column("completion_tokens")].parse::<u64>().unwrap())
        .sum();
    assert_eq!((rows.len(), completion), (2, 159));
    assert_eq!(&rows[1][column("amends")], "true");
    let tokens = chrome_counters(&home, "tokens");
    assert_eq!(
        tokens.last(),
        Some(&json!({"prompt": 10, "completion": 159}))
    );
    assert_eq!(
        chrome_counters(&home, "cost").last(),
        Some(&json!({"usd": 0.003}))
    );
    let tail = home.ok(&["tail"]);
    assert!(tail.contains("+150 tokens"), "{tail}");
}
