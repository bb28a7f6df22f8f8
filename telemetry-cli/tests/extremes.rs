//! Logs that no host writes, at sizes at which the work must not grow faster than the log: deep trees, sparse files, counts
//! near the limits of integers.

mod home;

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write as _};
use std::process::Stdio;

use home::Home;
use home::requests::{LOG, line, uuid};
use serde_json::{Value, json};

const DEBUG: &str = "20201120T100000Z-7.jsonl";

/// Appends the record of a span below another one.
fn span(log: &mut String, id: u64, parent: Option<u64>, name: &str) {
    let parent = parent.map_or_else(String::new, |parent| format!("\"parent\":{parent},"));
    writeln!(
        log,
        "{{\"ts\":\"2020-11-20T10:00:00.000000Z\",\"type\":\"span\",\"name\":\"{name}\",\"id\":{id},{parent}\
         \"dur_ns\":1000,\"outcome\":\"ok\"}}"
    )
    .unwrap();
}

#[test]
fn a_tree_of_any_depth_is_exported() {
    // A walk to the root from each span would take 10^9 steps. A unit test has a million spans.
    const DEPTH: u64 = 30_000;
    let home = Home::empty();
    let mut log = String::new();
    for id in (1..=DEPTH).rev() {
        span(&mut log, id, (id > 1).then(|| id - 1), "a.span");
    }
    home.write(DEBUG, &log);
    let text = home.ok(&["export", "otlp"]);
    let mut spans = 0;
    let mut traces = std::collections::BTreeSet::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for span in line["resourceSpans"][0]["scopeSpans"][0]["spans"]
            .as_array()
            .unwrap()
        {
            spans += 1;
            traces.insert(span["traceId"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!((spans, traces.len()), (DEPTH, 1));
    let chrome: Value = serde_json::from_str(&home.ok(&["export", "chrome"])).unwrap();
    assert!(chrome["traceEvents"].as_array().unwrap().len() as u64 > DEPTH);
}

#[cfg(target_os = "linux")]
#[test]
fn folded_stacks_of_a_deep_tree_fit_into_memory() {
    // The texts of all stacks together have 500 MB.
    const LEAVES: u64 = 40_000;
    let home = Home::empty();
    let mut log = String::new();
    let name = |id: u64| format!("{id}.{}", "n".repeat(90));
    for id in 1..128 {
        span(&mut log, id, (id > 1).then(|| id - 1), &name(id));
    }
    for id in 0..LEAVES {
        span(&mut log, 1000 + id, Some(127), &name(1000 + id));
    }
    home.write(DEBUG, &log);
    let mut limited = std::process::Command::new("sh");
    limited
        .args([
            "-c",
            "ulimit -v 300000; exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_telemetry"),
        ])
        .arg("--home")
        .arg(home.path())
        .args(["export", "folded", "-o", "/dev/null"])
        // Each arena of the allocator reserves address space.
        .env("MALLOC_ARENA_MAX", "1")
        .stdout(Stdio::null());
    let output = limited.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    // The content is complete.
    let mut small = String::new();
    span(&mut small, 1, None, "top");
    span(&mut small, 2, Some(1), "below");
    span(&mut small, 3, None, "top");
    home.write(DEBUG, &small);
    assert_eq!(home.ok(&["export", "folded"]), "top 1000\ntop;below 1000\n");
}

/// Extends a file by a hole, and appends a text behind the hole.
fn append_behind_hole(file: &mut File, text: &str) {
    // Reading this number of zeros takes an hour.
    const HOLE: u64 = 4 << 40;
    let end = file.seek(SeekFrom::End(0)).unwrap();
    file.set_len(end + HOLE).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn holes_of_sparse_logs_are_skipped() {
    let home = Home::empty();
    home.write(LOG, line("2020-11-20T10:00:00Z", 1, "a", "gpt", 100, 0.5));
    let mut log = String::new();
    span(&mut log, 1, None, "a.span");
    home.write(DEBUG, &log);
    let open = |name| {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(home.log(name))
            .unwrap()
    };
    // Zeros up to the newline are one damaged line.
    let behind = format!(
        "\n{}",
        line("2020-11-20T11:00:00Z", 2, "b", "gpt", 100, 0.25)
    );
    append_behind_hole(&mut open(LOG), &behind);
    let mut log = "\n".to_owned();
    span(&mut log, 2, None, "a.span");
    let mut debug = open(DEBUG);
    append_behind_hole(&mut debug, &log);
    append_behind_hole(&mut debug, "");

    let usage = home.json(&["usage", "-j"]);
    assert_eq!(
        (&usage["totals"]["requests"], &usage["skipped_lines"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        home.json(&["sessions", "-j"])["sessions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(home.json(&["status", "-j"])["session_id"], uuid(2));
    assert_eq!(
        home.json(&["status", "-j", "-i", &uuid(1)])["totals"]["requests"],
        1
    );
    let ambiguous = home.run(&["usage", "-j", "-i", &uuid(1)[..30]]);
    let stderr = String::from_utf8_lossy(&ambiguous.stderr);
    assert!(stderr.contains("2 sessions begin with "), "{stderr}");
    for arguments in [&["tail", "-j"][..], &["tail", "-j", "-n", "10"]] {
        assert_eq!(home.ok(arguments).lines().count(), 4, "{arguments:?}");
    }
    assert_eq!(home.ok(&["export", "csv"]).lines().count(), 3);
    assert_eq!(home.run(&["doctor"]).status.code(), Some(1));
}

#[test]
fn json_of_tail_has_no_hidden_characters_in_a_pipe() {
    let home = Home::empty();
    let evil = "a\u{9b}31m\u{202e}\u{85}b";
    home.write(LOG, line("2020-11-20T10:00:00Z", 1, "a", evil, 100, 0.5));
    let text = home.ok(&["tail", "-j"]);
    let hidden = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
    assert!(!text.contains(hidden), "{text:?}");
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["model"], evil, "the value is unchanged");
}

#[test]
fn one_absurd_line_does_not_hide_the_others() {
    let home = Home::empty();
    let absurd = line("2020-11-20T10:00:01Z", 1, "b", "gpt", 100, 0.5);
    let absurd = absurd.replace(
        "\"prompt_tokens\":100",
        "\"prompt_tokens\":18446744073709551615",
    );
    let absurd = absurd.replace("\"cost_usd\":0.5", "\"cost_usd\":9223372036.854775807");
    assert!(
        absurd.contains("18446744073709551615") && absurd.contains("9223372036"),
        "{absurd}"
    );
    let plain = line("2020-11-20T10:00:00Z", 1, "a", "gpt", 100, 0.5);
    home.write(
        LOG,
        plain.clone() + &absurd + &plain.replace("\"a\"", "\"c\""),
    );
    let sums = |sums: &Value| {
        assert_eq!(sums["requests"], 3);
        assert_eq!(
            (&sums["prompt_tokens"], &sums["completion_tokens"]),
            (&json!(200), &json!(30))
        );
        assert_eq!(sums["cost_usd"], 1.0);
        assert!(sums.get("saturated").is_none(), "{sums}");
    };
    let usage = home.run(&["usage", "-j"]);
    sums(&serde_json::from_slice::<Value>(&usage.stdout).unwrap()["totals"]);
    let stderr = String::from_utf8_lossy(&usage.stderr);
    assert!(stderr.contains("records with such values: 1"), "{stderr}");
    sums(&home.json(&["sessions", "-j"])["sessions"][0]);
    let status = home.json(&["status", "-j"]);
    sums(&status["totals"]);
    assert_eq!(status["skipped_lines"], 1);
}

#[test]
fn a_sum_at_its_limit_is_reported() {
    let home = Home::empty();
    home.write(LOG, line("2020-11-20T10:00:00Z", 1, "a", "gpt", 100, 0.5));
    let mut rollup = String::new();
    for day in 1..=12 {
        let day = format!("2020-10-{day:02}");
        let record = json!({
            "ts": format!("{day}T10:00:00Z"), "type": "rollup", "v": 1, "day": day, "session_id": uuid(1),
            "model": "gpt", "last": format!("{day}T11:00:00Z"),
            "sums": {"turns": 1, "requests": 1, "cost_usd": 900_000_000},
        });
        writeln!(rollup, "{record}").unwrap();
    }
    home.write("codex-litellm-usage-rollup.jsonl", rollup);
    for arguments in [&["usage", "-j"][..], &["sessions", "-j"], &["status", "-j"]] {
        let output = home.run(arguments);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sums = [&found["totals"], &found["sessions"][0]];
        let sums = sums.iter().find(|it| it.is_object()).unwrap();
        assert_eq!(
            (&sums["saturated"], &sums["requests"]),
            (&json!(true), &json!(13)),
            "{found:#}"
        );
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains("a sum exceeds the largest number"),
            "{arguments:?}: {stderr}"
        );
    }
}
