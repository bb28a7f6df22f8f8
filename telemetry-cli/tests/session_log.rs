//! Every request of a session log counts once, also beside damaged lines and old records.

mod home;

use std::fs;

use home::Home;
use home::requests::{LOG, line, pairs, rows, three_days, uuid};
use serde_json::{Value, json};

const ROLLUP: &str = "codex-litellm-usage-rollup.jsonl";

#[test]
fn every_request_counts_once() {
    let home = Home::empty();
    let line = line("2020-11-20T10:00:00Z", 1, "a", "gpt", 100, 0.5);
    // The record is twice in one file, once in a closed segment, and once in a segment that was folded already.
    home.write(LOG, [&*line, &line].concat());
    home.write("codex-litellm-session.20201120T000000Z-7.jsonl", &line);
    home.write(
        "codex-litellm-session.20201119T000000Z-7.jsonl",
        line.replace("\"a\"", "\"folded\""),
    );
    let rollup = json!({
        "ts": "2020-11-19T10:00:00Z", "type": "rollup", "v": 1, "day": "2020-11-19", "session_id": uuid(1),
        "model": "gpt", "last": "2020-11-19T11:00:00Z",
        "sums": {"turns": 1, "requests": 1, "prompt_tokens": 7, "total_tokens": 7, "cost_usd": 0.25},
    });
    let folded = json!({
        "ts": "2020-11-20T00:00:00Z", "type": "folded", "v": 1,
        "segment": "codex-litellm-session.20201119T000000Z-7.jsonl",
    });
    home.write(ROLLUP, format!("{rollup}\n{folded}\n"));
    let usage = home.json(&["usage", "-j", "-z", "UTC"]);
    assert_eq!(usage["totals"]["requests"], 2);
    assert_eq!(usage["totals"]["cost_usd"], 0.75);
    assert_eq!(
        usage["totals"]["cost_sources"],
        json!({"pruned": 0.25, "response_body": 0.5})
    );
    assert_eq!(
        rows(&home, &[]),
        pairs(&[("2020-11-19", "0.25"), ("2020-11-20", "0.5")])
    );
    assert_eq!(home.json(&["status", "-j"])["totals"]["requests"], 2);
    assert_eq!(home.json(&["sessions", "-j"])["sessions"][0]["requests"], 2);
    // The home is named twice, and once more beside an empty one.
    let path = home.path().to_str().unwrap().to_owned();
    let other = Home::empty();
    let list = format!("{path},{}", other.path().display());
    let usage = other.json(&["--home", &list, "--home", &path, "usage", "-j"]);
    assert_eq!(usage["totals"]["requests"], 2);
}

#[test]
fn the_reasons_of_unpriced_requests_are_shown() {
    let home = Home::empty();
    let request = |id: &str, reason: &str| {
        json!({
            "ts": "2020-11-20T10:00:00.000000Z", "v": 1, "session_id": uuid(1), "request_id": id, "model": "m",
            "prompt_tokens": 100, "completion_tokens": 5, "cost_source": "unpriced", "unpriced_reason": reason,
        })
    };
    let lines = [
        request("a", "audio tokens are not priced"),
        request("b", "the speed \u{1b}[31mfast is not priced"),
        request("c", "audio tokens are not priced"),
    ];
    home.write(LOG, lines.map(|line| format!("{line}\n")).concat());
    let usage = home.json(&["usage", "-j"]);
    assert_eq!(usage["totals"]["unpriced_requests"], 3);
    let reasons = &usage["totals"]["unpriced_reasons"];
    assert_eq!(reasons["audio tokens are not priced"], 2);
    let table = home.ok(&["usage"]);
    let audio = "2 unpriced requests: audio tokens are not priced\n";
    assert!(table.contains(audio), "{table}");
    assert!(table.contains("1 unpriced request: the speed"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table:?}");
    let without = home.ok(&["usage", "--no-cost"]);
    assert!(!without.contains("unpriced"), "{without}");
}

#[test]
fn the_reason_of_a_request_that_is_priced_later_is_not_shown() {
    let request = |id: &str, reason: &str| {
        json!({
            "ts": "2020-11-20T10:00:00.000000Z", "v": 1, "session_id": uuid(1), "request_id": id, "model": "m",
            "prompt_tokens": 100, "completion_tokens": 5, "cost_source": "unpriced", "unpriced_reason": reason,
        })
    };
    let amendment = |id: &str, micros: u64, further: Value| {
        let mut amendment = json!({
            "ts": format!("2020-11-20T10:00:00.{micros:06}Z"), "v": 1, "session_id": uuid(1), "request_id": id,
            "model": "m", "total_tokens": 0, "outcome": "ok", "amends": true,
        });
        for (key, value) in further.as_object().unwrap() {
            amendment[key] = value.clone();
        }
        amendment
    };
    let (audio, speed) = (
        "audio tokens are not priced",
        "the speed fast is not priced",
    );
    let first_cost = json!({"cost_usd": 0.25, "cost_source": "response_body", "first_cost": true});
    let lost_price =
        json!({"cost_usd": -0.25, "cost_source": "price_map", "unpriced_reason": speed});
    let first = [
        request("a", audio),
        request("b", speed),
        request("c", audio),
    ];
    for (amendments, count, reasons) in [
        (
            vec![amendment("b", 1, first_cost.clone())],
            2,
            json!({audio: 2}),
        ),
        (
            vec![amendment("a", 1, first_cost.clone())],
            2,
            json!({audio: 1, speed: 1}),
        ),
        // The price is unknown again, and then known again.
        (
            vec![
                amendment("a", 1, first_cost.clone()),
                amendment("a", 2, lost_price.clone()),
            ],
            3,
            json!({audio: 1, speed: 2}),
        ),
        (
            vec![
                amendment("a", 1, first_cost.clone()),
                amendment("a", 2, lost_price),
                amendment("a", 3, first_cost.clone()),
            ],
            2,
            json!({audio: 1, speed: 1}),
        ),
        // The amendment of a request whose record is gone.
        (
            vec![amendment("gone", 1, first_cost)],
            3,
            json!({audio: 2, speed: 1}),
        ),
    ] {
        let lines = |records: &[Value]| -> String {
            let lines: Vec<String> = records.iter().map(|record| format!("{record}\n")).collect();
            lines.concat()
        };
        for parts in [
            vec![lines(&first) + &lines(&amendments)],
            vec![lines(&first), lines(&amendments)],
        ] {
            let home = Home::empty();
            for (at, part) in parts.iter().enumerate() {
                let name = match at {
                    0 => "codex-litellm-session.20201120T000000Z-7.jsonl",
                    _ => LOG,
                };
                home.write(name, part.clone());
            }
            for group in ["daily", "session", "model"] {
                let usage = home.json(&["usage", group, "-j"]);
                for of in [&usage["totals"], &usage["rows"][0]] {
                    assert_eq!(of["unpriced_reasons"], reasons, "{group} {amendments:?}");
                }
                let requests = usage["totals"]["unpriced_requests"].as_u64();
                let is_gone = amendments[0]["request_id"] == "gone";
                assert_eq!(requests, Some(count - u64::from(is_gone)));
            }
        }
    }
}

#[test]
fn inconsistent_requests_are_counted_and_excluded_from_rates() {
    let home = Home::empty();
    let request = |id: &str, prompt: u64, cached: u64| {
        json!({
            "ts": "2020-11-20T10:00:00.000000Z", "v": 1, "session_id": uuid(1), "request_id": id, "model": "m",
            "prompt_tokens": prompt, "cached_tokens": cached, "completion_tokens": 5,
        })
    };
    let (plain, odd) = (request("a", 100, 50), request("b", 12, 25_000));
    home.write(LOG, format!("{plain}\n{odd}\n"));
    let usage = home.json(&["usage", "-j"]);
    assert_eq!(usage["totals"]["inconsistent_requests"], 1);
    assert_eq!(usage["totals"]["cache_hit_rate"], 0.5);
    let table = home.ok(&["usage"]);
    assert!(table.contains("1 inconsistent"), "{table}");
    assert!(table.contains("50.0%"), "{table}");
    assert!(home.ok(&["status"]).contains("in 1 request"));
}

#[test]
fn an_amendment_adds_tokens_and_is_not_a_request() {
    let home = Home::empty();
    let ts = "2020-11-20T10:00:00.000000Z";
    let first = json!({
        "ts": ts, "v": 1, "session_id": uuid(1), "turn": 1, "request_id": "a", "model": "m",
        "prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19, "latency_ms": 5,
    });
    let increase = json!({
        "ts": ts, "v": 1, "session_id": uuid(1), "request_id": "a", "model": "m",
        "completion_tokens": 150, "total_tokens": 150, "amends": true,
    });
    home.write(LOG, format!("{first}\n{increase}\n"));
    // A copy of the lines counts nothing twice.
    home.write(
        "codex-litellm-session.20201120T000000Z-7.jsonl",
        format!("{first}\n{increase}\n"),
    );
    let usage = home.json(&["usage", "-j"]);
    assert_eq!(usage["totals"]["requests"], 1);
    assert_eq!(usage["totals"]["completion_tokens"], 159);
    assert_eq!(usage["totals"]["total_tokens"], 169);
    assert_eq!(usage["totals"]["unpriced_requests"], 1);
    assert_eq!(usage["totals"]["latency_ms"]["count"], 1);
    let status = home.json(&["status", "-j"]);
    assert_eq!(status["totals"]["requests"], 1);
    assert_eq!(status["totals"]["completion_tokens"], 159);
    assert_eq!(home.json(&["sessions", "-j"])["sessions"][0]["requests"], 1);
}

/// A record of another writer, which repeats a request as its counts grow.
fn repeated(session: u32, id: &str, completion: u64, cost: Option<f64>) -> Value {
    let mut record = json!({
        "ts": "2020-11-20T10:00:00.000000Z", "v": 1, "session_id": uuid(session), "turn": 1, "request_id": id,
        "model": "m", "prompt_tokens": 10, "completion_tokens": completion, "outcome": "ok",
    });
    if let Some(cost) = cost {
        record["cost_usd"] = cost.into();
        record["cost_source"] = "response_body".into();
    }
    record
}

#[test]
fn the_largest_of_several_records_of_a_request_counts() {
    let home = Home::empty();
    let lines = [
        repeated(1, "a", 9, None),
        repeated(1, "a", 159, Some(0.003)),
        repeated(1, "b", 5, Some(0.001)),
        repeated(1, "a", 40, None),
    ];
    home.write(LOG, lines.map(|line| format!("{line}\n")).concat());
    let copy = repeated(1, "b", 7, Some(0.002));
    home.write(
        "codex-litellm-session.20201120T000000Z-7.jsonl",
        format!("{copy}\n"),
    );
    let usage = home.json(&["usage", "-j"]);
    assert_eq!(usage["totals"]["requests"], 2);
    assert_eq!(usage["totals"]["prompt_tokens"], 20);
    assert_eq!(usage["totals"]["completion_tokens"], 166);
    assert_eq!(usage["totals"]["cost_usd"].to_string(), "0.005");
    assert_eq!(usage["totals"]["unpriced_requests"], 0);
    let status = home.json(&["status", "-j"]);
    for key in [
        "requests",
        "completion_tokens",
        "cost_usd",
        "unpriced_requests",
    ] {
        assert_eq!(status["totals"][key], usage["totals"][key], "{key}");
    }
    let session = &home.json(&["sessions", "-j"])["sessions"][0];
    assert_eq!(session["requests"], 2);
    assert_eq!(session["cost_usd"].to_string(), "0.005");
}

#[test]
fn integral_floats_are_counts_and_unusable_counts_are_named() {
    let home = Home::empty();
    let line = |count: &str| {
        format!(
            r#"{{"ts":"2020-11-20T10:00:00.000000Z","session_id":"{}","model":"m","prompt_tokens":{count}}}"#,
            uuid(1)
        )
    };
    home.write(
        LOG,
        ["12.0", "1.2e1", "-5", "1e30"]
            .map(|it| line(it) + "\n")
            .concat(),
    );
    let output = home.run(&["usage", "-j"]);
    let usage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(usage["totals"]["prompt_tokens"], 24);
    assert_eq!(usage["skipped_lines"], 2);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains(
            "2 with an unusable count (first: key `prompt_tokens` is -5, expected an integer from 0"
        ),
        "{message}"
    );
    assert!(!message.contains("invalid"), "{message}");
}

#[test]
fn old_records_of_the_fork_are_read() {
    let home = Home::empty();
    let old = json!({
        "ts": "2025-10-20T10:00:00+02:00", "session_id": uuid(1), "model": "vercel/deepseek-v3.2",
        "reasoning_effort": "high", "prompt_tokens": 1180, "completion_tokens": 212,
        "reasoning_tokens": 96, "total_tokens": 1392,
    });
    home.write(LOG, format!("{old}\n{old}\n"));
    let usage = home.json(&["usage", "model", "-j"]);
    // Without ids, two equal records are two requests.
    assert_eq!(usage["totals"]["requests"], 2);
    assert_eq!(usage["totals"]["unpriced_requests"], 2);
    assert!(usage["totals"].get("cache_hit_rate").is_none());
    assert!(home.ok(&["usage"]).contains("unpriced"));
    assert!(home.ok(&["status"]).contains("2,784 total"));
}

#[test]
fn damaged_lines_are_skipped_and_counted() {
    let home = three_days();
    let mut log = fs::read(home.log(LOG)).unwrap();
    log.extend_from_slice(
        b"\0\0\0\nnot json\n{\"ts\":\"\xff\"}\n[[[[[[[[[[\n{\"type\":\"tomorrow\"}\n",
    );
    log.extend_from_slice("[".repeat(60_000).as_bytes());
    log.push(b'\n');
    log.resize(log.len() + 80 * 1024 * 1024, b'x');
    log.extend_from_slice(b"\n");
    log.extend_from_slice(line("2020-11-22T00:00:09Z", 2, "e", "gpt", 1, 0.002).as_bytes());
    log.extend_from_slice(b"{\"ts\":\"2020-11-22T00:0");
    home.write(LOG, log);
    let output = home.run(&["usage", "-j", "-z", "UTC"]);
    assert!(output.status.success());
    let usage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(usage["totals"]["cost_usd"].to_string(), "0.878");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("telemetry: skipped 8 lines in 1 file: 1 torn, 4 invalid, "),
        "{stderr}"
    );
    assert!(
        stderr.contains("1 not UTF-8, 1 longer than any record"),
        "{stderr}"
    );
    assert_eq!(usage["skipped_lines"], 8);
}

#[test]
fn requests_are_added_up_by_project_and_by_user() {
    let home = Home::empty();
    let labelled = |session: u32, id: &str, cost: f64, labels: Value| {
        let line = line("2020-11-20T10:00:00Z", session, id, "gpt", 100, cost);
        let mut record: Value = serde_json::from_str(&line).unwrap();
        record
            .as_object_mut()
            .unwrap()
            .extend(labels.as_object().unwrap().clone());
        record.to_string() + "\n"
    };
    home.write(
        LOG,
        [
            labelled(1, "a", 0.5, json!({"project": "codex", "user": "ada"})),
            labelled(1, "b", 0.25, json!({"project": "codex", "user": "ada"})),
            labelled(2, "c", 1.5, json!({"project": "search", "user": "ada"})),
            labelled(3, "d", 0.125, json!({})),
        ]
        .concat(),
    );
    let rollup = |session: &str, labels: Value| {
        let mut sum = json!({
            "ts": "2020-11-19T10:00:00Z", "type": "rollup", "v": 1, "day": "2020-11-19", "session_id": session,
            "model": "gpt", "last": "2020-11-19T11:00:00Z",
            "sums": {"turns": 1, "requests": 1, "prompt_tokens": 7, "total_tokens": 7, "cost_usd": 2.5},
        });
        sum.as_object_mut()
            .unwrap()
            .extend(labels.as_object().unwrap().clone());
        sum.to_string() + "\n"
    };
    home.write(
        ROLLUP,
        rollup(&uuid(2), json!({"project": "search", "user": "ada"}))
            + &rollup(&uuid(4), json!({})),
    );
    let rows = |by: &str| {
        let report = home.json(&["usage", "--by", by, "-j"]);
        assert_eq!(report["report"], by);
        assert_eq!(report, home.json(&["usage", by, "-j"]));
        let row = |row: &Value| {
            let key = row[by].as_str().unwrap().to_owned();
            (key, row["cost_usd"].to_string())
        };
        let rows = report["rows"].as_array().unwrap();
        rows.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        rows("project"),
        pairs(&[
            ("search", "4"),
            ("(no project)", "2.625"),
            ("codex", "0.75")
        ])
    );
    assert_eq!(
        rows("user"),
        pairs(&[("ada", "4.75"), ("(no user)", "2.625")])
    );
    let table = home.ok(&["usage", "--by", "project"]);
    assert!(
        table.contains("Project") && table.contains("(no project)"),
        "{table}"
    );

    let sessions = home.json(&["sessions", "-j"]);
    let sessions = sessions["sessions"].as_array().unwrap();
    let of = |id: u32| {
        let is_it = |session: &&Value| session["session_id"] == uuid(id);
        sessions.iter().find(is_it).unwrap()
    };
    assert_eq!(
        (&of(2)["project"], &of(2)["user"]),
        (&json!("search"), &json!("ada"))
    );
    assert!(of(3)["project"].is_null() && of(4)["user"].is_null());
    let table = home.ok(&["sessions"]);
    assert!(
        table.contains("Project") && table.contains("User"),
        "{table}"
    );
    let plain = three_days().ok(&["sessions"]);
    assert!(
        !plain.contains("Project") && !plain.contains("User"),
        "{plain}"
    );
    let csv = home.ok(&["export", "csv", "--of", "usage"]);
    assert!(
        csv.lines().next().unwrap().ends_with(",project,user"),
        "{csv}"
    );
    let otlp = home.ok(&["export", "otlp"]);
    for text in ["telemetry.project", "user.id", "search"] {
        assert!(otlp.contains(text), "{otlp}");
    }
}
