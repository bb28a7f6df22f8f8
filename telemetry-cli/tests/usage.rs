//! `telemetry usage`, `sessions`, `status` and `budget` on what the demo wrote, on what others wrote,
//! and on what is damaged.

mod home;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use home::{Home, SESSION};
use serde_json::{Value, json};

const LOG: &str = "codex-litellm-session.jsonl";
const ROLLUP: &str = "codex-litellm-usage-rollup.jsonl";

/// A request of a session, with its tokens and what it cost.
fn line(ts: &str, session: u32, id: &str, model: &str, tokens: u64, cost: f64) -> String {
    json!({
        "ts": ts, "v": 1, "session_id": uuid(session), "request_id": id, "model": model,
        "prompt_tokens": tokens, "completion_tokens": 10, "total_tokens": tokens + 10,
        "outcome": "ok", "latency_ms": tokens, "cost_usd": cost, "cost_source": "response_body",
    })
    .to_string()
        + "\n"
}

fn uuid(session: u32) -> String {
    format!("019ab2b1-7c3a-7def-8123-{session:012}")
}

/// Two sessions, three days, two models.
fn three_days() -> Home {
    let home = Home::empty();
    home.write(
        LOG,
        [
            line("2026-11-20T23:30:00Z", 1, "a", "gpt", 100, 0.5),
            line("2026-11-21T10:00:00Z", 1, "b", "claude", 1_000, 0.25),
            line("2026-11-21T10:00:01Z", 2, "c", "gpt", 20, 0.125),
            line("2026-11-22T00:00:00Z", 2, "d", "gpt", 3, 0.001),
        ]
        .concat(),
    );
    home
}

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
    // ccusage 20's, in its order, then ours.
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
fn the_sums_are_those_of_the_lines() {
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

fn rows(home: &Home, arguments: &[&str]) -> Vec<(String, String)> {
    let usage = home.json(&[&["usage", "-j"], arguments].concat());
    let rows = usage["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let keys = ["day", "week", "month", "session_id", "model"];
        let key = keys.iter().find_map(|key| row[key].as_str()).unwrap();
        (key.to_owned(), row["cost_usd"].to_string())
    })
    .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(key, cost): &(&str, &str)| ((*key).to_owned(), (*cost).to_owned());
    expected.iter().map(pair).collect()
}

#[test]
fn days_are_those_of_the_time_zone() {
    let home = three_days();
    let utc = [
        ("2026-11-20", "0.5"),
        ("2026-11-21", "0.375"),
        ("2026-11-22", "0.001"),
    ];
    assert_eq!(rows(&home, &["-z", "UTC"]), pairs(&utc));
    let berlin = [("2026-11-21", "0.875"), ("2026-11-22", "0.001")];
    assert_eq!(rows(&home, &["-z", "Europe/Berlin"]), pairs(&berlin));
    assert_eq!(rows(&home, &["monthly"]), pairs(&[("2026-11", "0.876")]));
    assert_eq!(rows(&home, &["weekly"]), pairs(&[("2026-11-16", "0.876")]));
    let sundays = [("2026-11-15", "0.875"), ("2026-11-22", "0.001")];
    assert_eq!(rows(&home, &["weekly", "-w", "sunday"]), pairs(&sundays));
    assert_eq!(
        rows(&home, &["model"]),
        pairs(&[("claude", "0.25"), ("gpt", "0.626")])
    );
    let sessions = rows(&home, &["session", "-o", "desc"]);
    assert_eq!(sessions, pairs(&[(&uuid(2), "0.126"), (&uuid(1), "0.75")]));
}

#[test]
fn since_and_until_choose_days_and_moments() {
    let home = three_days();
    for (arguments, days) in [
        (
            &["-s", "20261121"][..],
            &[("2026-11-21", "0.375"), ("2026-11-22", "0.001")][..],
        ),
        (
            &["-s", "2026-11-21", "-u", "20261121"],
            &[("2026-11-21", "0.375")],
        ),
        (&["--until", "20261120"], &[("2026-11-20", "0.5")]),
        (
            &["-s", "2026-11-21T10:00:01Z", "-u", "2026-11-22T00:00:00Z"],
            &[("2026-11-21", "0.125")],
        ),
        (
            &[
                "-i",
                "019ab2b1-7c3a-7def-8123-000000000002",
                "-u",
                "20261121",
            ],
            &[("2026-11-21", "0.125")],
        ),
    ] {
        assert_eq!(rows(&home, arguments), pairs(days), "{arguments:?}");
    }
    for (arguments, complaint) in [
        (
            &["usage", "-s", "soon"][..],
            "--since soon: is no moment; allowed: a day such as",
        ),
        (&["usage", "-s", "20261122", "-u", "20261121"], "swap them"),
        (
            &["usage", "-z", "Mars/Olympus"],
            "no time zone has that name",
        ),
        (
            &["usage", "-i", "019ab2b1"],
            "2 sessions begin so; give more of the id:",
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
fn every_request_counts_once() {
    let home = Home::empty();
    let line = line("2026-11-20T10:00:00Z", 1, "a", "gpt", 100, 0.5);
    // Twice in one file, once more in a closed segment, once in a segment that was folded already.
    home.write(LOG, [&*line, &line].concat());
    home.write("codex-litellm-session.20261120T000000Z-7.jsonl", &line);
    home.write(
        "codex-litellm-session.20261119T000000Z-7.jsonl",
        line.replace("\"a\"", "\"folded\""),
    );
    let rollup = json!({
        "ts": "2026-11-19T10:00:00Z", "type": "rollup", "v": 1, "day": "2026-11-19", "session_id": uuid(1),
        "model": "gpt", "last": "2026-11-19T11:00:00Z",
        "sums": {"turns": 1, "requests": 1, "prompt_tokens": 7, "total_tokens": 7, "cost_usd": 0.25},
    });
    let folded = json!({
        "ts": "2026-11-20T00:00:00Z", "type": "folded", "v": 1,
        "segment": "codex-litellm-session.20261119T000000Z-7.jsonl",
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
        pairs(&[("2026-11-19", "0.25"), ("2026-11-20", "0.5")])
    );
    assert_eq!(home.json(&["status", "-j"])["totals"]["requests"], 2);
    assert_eq!(home.json(&["sessions", "-j"])["sessions"][0]["requests"], 2);
    // The same home, named twice and once more beside an empty one.
    let path = home.path().to_str().unwrap().to_owned();
    let other = Home::empty();
    let list = format!("{path},{}", other.path().display());
    let usage = other.json(&["--home", &list, "--home", &path, "usage", "-j"]);
    assert_eq!(usage["totals"]["requests"], 2);
}

#[test]
fn the_forks_old_records_are_read() {
    let home = Home::empty();
    let old = json!({
        "ts": "2025-10-20T10:00:00+02:00", "session_id": uuid(1), "model": "vercel/deepseek-v3.2",
        "reasoning_effort": "high", "prompt_tokens": 1180, "completion_tokens": 212,
        "reasoning_tokens": 96, "total_tokens": 1392,
    });
    home.write(LOG, format!("{old}\n{old}\n"));
    let usage = home.json(&["usage", "model", "-j"]);
    // Without an id nobody can say that they are one request.
    assert_eq!(usage["totals"]["requests"], 2);
    assert_eq!(usage["totals"]["unpriced_requests"], 2);
    assert!(usage["totals"].get("cache_hit_rate").is_none());
    assert!(home.ok(&["usage"]).contains("unpriced"));
    assert!(home.ok(&["status"]).contains("2,784 total"));
}

#[test]
fn damaged_lines_are_left_out_and_counted() {
    let home = three_days();
    let mut log = fs::read(home.log(LOG)).unwrap();
    log.extend_from_slice(
        b"\0\0\0\nnot json\n{\"ts\":\"\xff\"}\n[[[[[[[[[[\n{\"type\":\"tomorrow\"}\n",
    );
    log.extend_from_slice("[".repeat(60_000).as_bytes());
    log.push(b'\n');
    log.resize(log.len() + 80 * 1024 * 1024, b'x');
    log.extend_from_slice(b"\n");
    log.extend_from_slice(line("2026-11-22T00:00:09Z", 2, "e", "gpt", 1, 0.002).as_bytes());
    log.extend_from_slice(b"{\"ts\":\"2026-11-22T00:0");
    home.write(LOG, log);
    let output = home.run(&["usage", "-j", "-z", "UTC"]);
    assert!(output.status.success());
    let usage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(usage["totals"]["cost_usd"].to_string(), "0.878");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("telemetry: 8 lines of 1 file left out: 1 torn, 4 not JSON, "),
        "{stderr}"
    );
    assert!(
        stderr.contains("1 not UTF-8, 1 longer than any record"),
        "{stderr}"
    );
    assert_eq!(usage["skipped_lines"], 8);
}

#[test]
fn nothing_of_a_log_moves_the_terminal() {
    let home = Home::empty();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\u{9b}31m\r\nmodel";
    let record = line("2026-11-20T23:30:00Z", 1, "a", evil, 100, 0.5);
    home.write(LOG, record.replace(&uuid(1), "\\u001b[31mid"));
    for arguments in [
        &["usage", "-b"][..],
        &["usage", "session", "-b"],
        &["usage", "model"],
        &["sessions"],
        &["status", "-i", "latest"],
    ] {
        for color in ["--no-color", "--color"] {
            let output = home.run(&[arguments, &[color]].concat());
            let mut text = String::from_utf8(output.stdout).unwrap();
            text.push_str(&String::from_utf8(output.stderr).unwrap());
            // Colours are the only sequences.
            let text = text
                .split("\u{1b}[")
                .map(|part| part.trim_start_matches(|it: char| it.is_ascii_digit()));
            let text: String = text
                .map(|part| part.strip_prefix('m').unwrap_or(part))
                .collect();
            let harmful = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
            assert!(!text.contains(harmful), "{arguments:?}: {text:?}");
        }
    }
}

#[test]
fn nothing_there_is_no_failure() {
    let home = Home::empty();
    for path in [home.path().join("nowhere"), home.path().to_owned()] {
        let path = path.to_str().unwrap();
        for arguments in [
            &["usage"][..],
            &["usage", "-j"],
            &["sessions"],
            &["budget", "--daily", "1"],
            &["prune"],
            &["doctor"],
        ] {
            let output = home.run(&[&["--home", path], arguments].concat());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{path} {arguments:?}: {stderr}"
            );
        }
        let output = home.run(&["--home", path, "status"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("telemetry doctor"));
    }
    assert!(!home.path().join("nowhere").exists());
}

#[test]
fn ccusages_scripts_find_their_names() {
    let home = three_days();
    let usage = home.json(&["usage", "daily", "--json=ccusage", "-z", "UTC"]);
    // What `ccusage daily --json` and `ccusage claude daily --json` have, version 20.
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
        "20261101",
        "-u",
        "20261130",
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
fn over_budget_is_exit_code_one() {
    let home = Home::empty();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap()).unwrap();
    home.write(
        LOG,
        line(&now.to_string(), 1, "a", "gpt", 100, 4.999_999_999),
    );
    for (limits, code) in [
        (&["--daily", "5"][..], 0),
        (&["--daily", "4.999999999"], 0),
        (&["--daily", "4.999999998"], 1),
        (&["--daily", "100", "--weekly", "1"], 1),
        (&["--monthly", "5"], 0),
        (&["--daily", "five"], 2),
    ] {
        let output = home.run(&[&["budget"], limits].concat());
        assert_eq!(output.status.code(), Some(code), "{limits:?}");
    }
    let budget = home.run(&["budget", "--daily", "1", "-j"]);
    let budget: Value = serde_json::from_slice(&budget.stdout).unwrap();
    assert_eq!(budget["budgets"][0]["left_usd"].to_string(), "-3.999999999");
    assert_eq!(budget["budgets"][0]["over"], true);
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let home = Home::empty();
    let lines: Vec<String> = (0..20_000)
        .map(|at| line("2026-11-20T23:30:00Z", at, "a", "gpt", 100, 0.5))
        .collect();
    home.write(LOG, lines.concat());
    let mut child = home
        .command(&["sessions", "-j"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first, "{\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn the_help_of_each_command_has_an_example() {
    let home = Home::empty();
    let help = home.ok(&["--help"]);
    let commands = help
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("Options:")
        .next()
        .unwrap();
    let mut seen = 0;
    for line in commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    {
        let command = line.split_whitespace().next().unwrap();
        let help = home.ok(&[command, "--help"]);
        assert!(help.contains(&format!("\n  telemetry {command}")), "{help}");
        assert!(home.ok(&["man", command]).contains(".TH"), "{command}");
        seen += 1;
    }
    assert!(seen >= 10);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(home.ok(&["completions", shell]).contains("doctor"));
    }
}
