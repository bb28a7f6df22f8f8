//! `telemetry usage`, `sessions` and `status` on logs of the demo and on made-up requests.

mod home;

use std::collections::BTreeMap;
use std::fs;

use home::requests::{LOG, line, pairs, rows, three_days, uuid};
use home::{Home, SESSION};
use serde_json::{Value, json};

fn at_width(home: &Home, width: &str, arguments: &[&str]) -> String {
    let output = home
        .command(arguments)
        .env("COLUMNS", width)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn tables_fit_the_terminal() {
    let home = Home::of_demo();
    for width in ["40", "80", "120", "200"] {
        for (name, arguments) in [
            ("daily", &["usage", "-b"][..]),
            ("session", &["usage", "session"]),
            ("sessions", &["sessions"]),
            ("status", &["status"]),
        ] {
            let table = at_width(&home, width, arguments);
            let widest = table.lines().map(|line| line.chars().count()).max();
            assert!(widest <= width.parse().ok(), "{table}");
            insta::assert_snapshot!(format!("{name}_{width}"), table);
        }
    }
}

#[test]
fn a_pipe_gets_all_columns_and_no_colour() {
    let home = three_days();
    let table = home.ok(&["usage", "-z", "UTC"]);
    let head: Vec<&str> = table
        .lines()
        .next()
        .unwrap()
        .split("  ")
        .map(str::trim)
        .collect();
    let head: Vec<&str> = head.into_iter().filter(|title| !title.is_empty()).collect();
    // The columns of ccusage 20, in ccusage's order, are followed by further columns.
    let theirs = [
        "Date",
        "Models",
        "Input",
        "Output",
        "Cache Create",
        "Cache Read",
        "Total Tokens",
        "Cost (USD)",
    ];
    assert_eq!(head[..theirs.len()], theirs);
    assert_eq!(
        head[theirs.len()..],
        [
            "Requests",
            "Failed",
            "Retries",
            "Cache Hits",
            "p50",
            "p95",
            "First Token"
        ]
    );
    assert!(!table.contains('\x1b'));
    let forced = home
        .command(&["usage"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(forced.stdout.contains(&0x1b));
    let never = home
        .command(&["usage", "--no-color"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(!never.stdout.contains(&0x1b));
}

#[test]
fn reports_equal_the_sums_of_the_log() {
    let home = Home::of_demo();
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    let keys = [
        "prompt_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "completion_tokens",
        "total_tokens",
    ];
    let mut failures = 0;
    let log = fs::read_to_string(home.log(LOG)).unwrap();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for key in keys {
            *expected.entry(key).or_default() += line[key].as_u64().unwrap_or(0);
        }
        failures += u64::from(line["outcome"] != "ok");
    }
    for report in ["daily", "weekly", "monthly", "session", "model"] {
        let usage = home.json(&["usage", report, "-j", "-b"]);
        assert_eq!((&usage["v"], &usage["report"]), (&json!(1), &json!(report)));
        let rows = usage["rows"].as_array().unwrap();
        for key in keys {
            assert_eq!(usage["totals"][key], expected[key], "{report} {key}");
            let of_rows: u64 = rows.iter().map(|row| row[key].as_u64().unwrap()).sum();
            assert_eq!(of_rows, expected[key], "{report} {key}");
            let models = rows
                .iter()
                .flat_map(|row| row["by_model"].as_array().unwrap());
            let of_models: u64 = models.map(|model| model[key].as_u64().unwrap()).sum();
            assert_eq!(of_models, expected[key], "{report} {key}");
        }
        assert_eq!(usage["totals"]["failures"], failures);
        assert_eq!(usage["totals"]["requests"], log.lines().count());
    }
    let status = home.json(&["status", "-j", "--session", "latest"]);
    assert_eq!(status["session_id"], SESSION);
    assert_eq!(status["totals"]["total_tokens"], expected["total_tokens"]);
    let sessions = home.json(&["sessions", "-j"]);
    assert_eq!(
        sessions["sessions"][0]["total_tokens"],
        expected["total_tokens"]
    );
    assert_eq!(sessions["sessions"][0]["app"], "demo");
    assert_eq!(sessions["sessions"][0]["alive"], false);
}

#[test]
fn days_are_in_the_selected_time_zone() {
    let home = three_days();
    let utc = [
        ("2020-11-20", "0.5"),
        ("2020-11-21", "0.375"),
        ("2020-11-22", "0.001"),
    ];
    assert_eq!(rows(&home, &["-z", "UTC"]), pairs(&utc));
    let berlin = [("2020-11-21", "0.875"), ("2020-11-22", "0.001")];
    assert_eq!(rows(&home, &["-z", "Europe/Berlin"]), pairs(&berlin));
    assert_eq!(rows(&home, &["monthly"]), pairs(&[("2020-11", "0.876")]));
    assert_eq!(rows(&home, &["weekly"]), pairs(&[("2020-11-16", "0.876")]));
    let sundays = [("2020-11-15", "0.875"), ("2020-11-22", "0.001")];
    assert_eq!(rows(&home, &["weekly", "-w", "sunday"]), pairs(&sundays));
    assert_eq!(
        rows(&home, &["model"]),
        pairs(&[("gpt", "0.626"), ("claude", "0.25")])
    );
    let sessions = rows(&home, &["session", "-o", "desc"]);
    assert_eq!(sessions, pairs(&[(&uuid(2), "0.126"), (&uuid(1), "0.75")]));
}

#[test]
fn since_and_until_select_days_and_times() {
    let home = three_days();
    for (arguments, days) in [
        (
            &["-s", "20201121"][..],
            &[("2020-11-21", "0.375"), ("2020-11-22", "0.001")][..],
        ),
        (
            &["-s", "2020-11-21", "-u", "20201121"],
            &[("2020-11-21", "0.375")],
        ),
        (&["--until", "20201120"], &[("2020-11-20", "0.5")]),
        (
            &["-s", "2020-11-21T10:00:01Z", "-u", "2020-11-22T00:00:00Z"],
            &[("2020-11-21", "0.125")],
        ),
        (
            &[
                "-i",
                "019ab2b1-7c3a-7def-8123-000000000002",
                "-u",
                "20201121",
            ],
            &[("2020-11-21", "0.125")],
        ),
    ] {
        assert_eq!(rows(&home, arguments), pairs(days), "{arguments:?}");
    }
    for (arguments, complaint) in [
        (
            &["usage", "-s", "soon"][..],
            "invalid --since `soon`: expected a day such as",
        ),
        (
            &["usage", "-s", "20201122", "-u", "20201121"],
            "swap the two values",
        ),
        (&["usage", "-z", "Mars/Olympus"], "expected an IANA name"),
        (
            &["usage", "-i", "019ab2b1"],
            "2 sessions begin with 019ab2b1: give more of the id of one of them, the latest first:",
        ),
        (&["status", "-i", "ffff"], "no session in"),
        (&["usage", "dayly"], "daily"),
        (&["budget"], "--daily 5"),
    ] {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(complaint), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_json_for_ccusage_has_its_keys() {
    let home = three_days();
    let usage = home.json(&["usage", "daily", "--json=ccusage", "-z", "UTC"]);
    // The keys of `ccusage daily --json` and `ccusage claude daily --json`, version 20.
    let row = usage["daily"][1].as_object().unwrap();
    for key in [
        "period",
        "date",
        "inputTokens",
        "outputTokens",
        "cacheCreationTokens",
        "cacheReadTokens",
        "totalTokens",
        "totalCost",
        "modelsUsed",
        "modelBreakdowns",
    ] {
        assert!(row.contains_key(key), "{key}");
    }
    assert_eq!(row["modelsUsed"], json!(["claude", "gpt"]));
    assert_eq!(row["totalCost"], 0.375);
    assert_eq!(row["modelBreakdowns"][0]["modelName"], "claude");
    assert_eq!(row["modelBreakdowns"][0]["cost"], 0.25);
    assert_eq!(usage["totals"]["totalTokens"], 1163);
    let without = home.json(&["usage", "session", "--json=ccusage", "--no-cost"]);
    assert!(!without.to_string().to_lowercase().contains("cost"));
    let flags = [
        "usage",
        "-s",
        "20201101",
        "-u",
        "20201130",
        "-z",
        "UTC",
        "-O",
        "--compact",
        "--breakdown",
    ];
    let table = home.ok(&flags);
    assert!(
        table.starts_with("Date         Models  Input  Output  Cost (USD)\n"),
        "{table}"
    );
}

#[test]
fn tables_fit_forty_columns_with_their_keys_whole() {
    let home = Home::of_demo();
    let twice = ["diff", SESSION, SESSION];
    for (command, key) in [
        (&["sessions"][..], SESSION),
        (&["usage", "session"], SESSION),
        (&["usage"], "2020-11-24"),
        (&["usage", "model"], "gpt-4o-mini"),
        (&["spans", "--top"], "chatwidget.header.set_model"),
        (&twice, "chatwidget.header.set_model"),
        (&["budget", "--daily", "5"], "daily"),
    ] {
        let output = home.command(command).env("COLUMNS", "40").output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let widest = stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= 40, "{command:?}\n{stdout}");
        assert!(stdout.contains(key), "{command:?}\n{stdout}");
        assert_eq!(stderr.lines().count(), 1, "{command:?}\n{stderr}");
        assert!(
            stderr.contains("too narrow for ") || stderr.contains(" hidden; COLUMNS=0"),
            "{stderr}"
        );
    }
}

#[test]
fn the_number_of_sessions_can_be_limited() {
    let home = Home::of_demo();
    let log = home.log("codex-litellm-session.jsonl");
    let of_demo = fs::read_to_string(&log).unwrap();
    let other = of_demo.replace(SESSION, "018f2b1e-7c3a-7def-8123-456789abcdef");
    fs::write(&log, of_demo + &other).unwrap();
    assert_eq!(
        home.json(&["sessions", "-j"])["sessions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let limited = home.json(&["sessions", "-j", "--limit", "1"]);
    assert_eq!(limited["sessions"].as_array().unwrap().len(), 1);
    let output = home.run(&["sessions", "-n", "1"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "telemetry: 1 earlier session is not shown\n");
    let output = home.run(&["sessions", "-n", "0"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_inconsistent_request_does_not_hide_the_input_of_the_others() {
    let home = Home::empty();
    let record = |id: &str, rest: &str| {
        format!(
            "{{\"ts\":\"2020-11-24T16:00:00Z\",\"session_id\":\"{SESSION}\",\"request_id\":\"{id}\",\"model\":\"m\",{rest}}}\n"
        )
    };
    let log = record("a", "\"prompt_tokens\":1000000,\"total_tokens\":1000000")
        + &record(
            "b",
            "\"prompt_tokens\":12,\"cached_tokens\":2500000,\"total_tokens\":12,\"inconsistent\":true",
        );
    home.write("codex-litellm-session.jsonl", log);
    let output = home.run(&["usage", "model"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("1,000,012"), "{shown}");
}

#[test]
fn the_cost_of_requests_without_a_price_is_absent_and_not_zero() {
    let home = Home::empty();
    let request = |id: &str, model: &str, cost: &str| {
        format!(
            r#"{{"ts":"2020-11-24T15:35:00Z","v":1,"session_id":"{}","request_id":"{id}","model":"{model}","prompt_tokens":5,"total_tokens":5,"outcome":"ok"{cost}}}"#,
            uuid(1)
        ) + "\n"
    };
    let unpriced = r#","cost_source":"unpriced","unpriced_reason":"no price""#;
    home.write(LOG, request("a", "m", unpriced));
    for (command, sums) in [
        (&["usage", "-j", "-b"][..], "/totals"),
        (&["usage", "-j", "-b"], "/rows/0/by_model/0"),
        (&["sessions", "-j"], "/sessions/0"),
        (&["status", "-j"], "/totals"),
    ] {
        let document = home.json(command);
        let sums = document.pointer(sums).unwrap();
        assert_eq!(sums.get("cost_usd"), None, "{command:?}");
        assert_eq!(sums["unpriced_requests"], 1, "{command:?}");
    }
    let diff = home.json(&["diff", "latest", "latest", "-j"]);
    assert_eq!(diff["total"]["cost_usd"], serde_json::json!({}));
    // The shape of ccusage has a number.
    let ccusage = home.json(&["usage", "--json=ccusage"]);
    assert_eq!(ccusage["totals"]["totalCost"], 0.0);
    assert_eq!(ccusage["totals"]["unpricedRequests"], 1);
    assert_eq!(
        ccusage["daily"][0]["modelBreakdowns"][0]["unpricedRequests"],
        1
    );
    // A free request has the cost 0.
    home.write(
        LOG,
        request("a", "m", r#","cost_usd":0,"cost_source":"config""#),
    );
    assert_eq!(home.json(&["usage", "-j"])["totals"]["cost_usd"], 0);
}

#[test]
fn models_are_in_one_order_in_every_command() {
    let home = Home::empty();
    home.write(
        LOG,
        [
            line("2020-11-20T23:30:00Z", 1, "a", "cheap", 9_000, 0.25),
            line("2020-11-20T23:30:01Z", 1, "b", "dear", 100, 0.5),
            line("2020-11-20T23:30:02Z", 1, "c", "zero", 700, 0.0),
            line("2020-11-20T23:30:03Z", 1, "d", "none", 700, 0.0),
        ]
        .concat(),
    );
    let expected = ["dear", "cheap", "none", "zero"];
    let names = |rows: &Value| -> Vec<String> {
        let name = |row: &Value| {
            row["model"]
                .as_str()
                .or_else(|| row.as_str())
                .unwrap()
                .to_owned()
        };
        rows.as_array().unwrap().iter().map(name).collect()
    };
    for (command, rows) in [
        (&["usage", "-j", "-b"][..], "/rows/0/models"),
        (&["usage", "-j", "-b"], "/rows/0/by_model"),
        (&["usage", "model", "-j"], "/rows"),
        (&["sessions", "-j"], "/sessions/0/models"),
        (&["status", "-j"], "/by_model"),
        (&["diff", "latest", "latest", "-j"], "/models"),
    ] {
        let document = home.json(command);
        assert_eq!(
            names(document.pointer(rows).unwrap()),
            expected,
            "{command:?}"
        );
    }
    let cheapest_first = home.json(&["usage", "model", "-j", "--order", "asc"]);
    let reversed: Vec<&str> = expected.into_iter().rev().collect();
    assert_eq!(names(&cheapest_first["rows"]), reversed);
}
