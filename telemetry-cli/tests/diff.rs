//! `telemetry diff` of two sessions and of two days.

mod home;

use home::{Home, SESSION};
use serde_json::Value;

const OTHER: &str = "01a20e30-0000-715b-88c4-b00040119d78";

/// Returns a home with the demo's session, and an earlier session with a slow, expensive request and a span.
fn two() -> Home {
    let home = Home::of_demo();
    let request = format!(
        "{{\"ts\":\"2020-11-23T15:00:00.000000Z\",\"v\":1,\"session_id\":\"{OTHER}\",\"turn\":1,\"request_id\":\"x\",\"model\":\"up-think\",\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,\"latency_ms\":9000,\"cost_usd\":1.5}}\n"
    );
    home.write("codex-litellm-session.20201123T160000Z-7.jsonl", request);
    let span = format!(
        "{{\"ts\":\"2020-11-23T15:00:00.000000Z\",\"type\":\"span\",\"name\":\"display.answer\",\"id\":1,\"dur_ns\":4000000000,\"outcome\":\"ok\",\"session_id\":\"{OTHER}\"}}\n"
    );
    home.write("20201123T150000Z-7.jsonl", span);
    home
}

#[test]
fn sessions_and_days_are_compared_and_sorted_by_change() {
    let home = two();
    let sessions = home.json(&["diff", "01a20e30-0", SESSION, "-j"]);
    let days = home.json(&[
        "diff",
        "2020-11-23..2020-11-23",
        "2020-11-24..2020-11-24",
        "-z",
        "UTC",
        "-j",
    ]);
    assert_eq!(sessions, days);
    assert_eq!(
        sessions["total"]["requests"],
        serde_json::json!({"a": 1, "b": 8})
    );
    assert_eq!(sessions["total"]["total_tokens"]["a"], 15);
    assert_eq!(sessions["models"][0]["model"], "up-think");
    assert_eq!(sessions["models"][0]["cost_usd"]["a"], 1.5);
    let latency = &sessions["models"][0]["latency_p50_ms"];
    assert!(latency["b"].as_u64().unwrap() < 100, "{latency}");
    assert_eq!(sessions["spans"][0]["name"], "display.answer");
    assert_eq!(
        sessions["spans"][0]["count"],
        serde_json::json!({"a": 1, "b": 6})
    );
    let only = sessions["spans"]
        .as_array()
        .unwrap()
        .iter()
        .find(|span| span["name"] == "history.turn")
        .unwrap();
    assert_eq!(only["count"]["a"], Value::Null);
    let shown = home.ok(&["diff", "01a20e30-0", SESSION]);
    let sides = format!("A  {OTHER}\nB  {SESSION}\n\n");
    assert!(shown.starts_with(&sides), "{shown}");
    assert!(
        shown.contains("cost") && shown.contains("$1.5") && shown.contains("new"),
        "{shown}"
    );
}

/// Returns the table with this key column of a comparison at a width.
fn part_of(home: &Home, width: &str, key: &str) -> Vec<String> {
    let output = home
        .command(&["diff", "01a20e30-0", SESSION])
        .env("COLUMNS", width)
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let blocks: Vec<&str> = shown.split("\n\n").collect();
    let block = blocks.iter().find(|block| {
        let mut titles = block.lines().take(2);
        titles.any(|line| line.trim_start().starts_with(key))
    });
    let block = block.unwrap_or_else(|| panic!("{key} at {width}: {shown}"));
    block.lines().map(str::to_owned).collect()
}

#[test]
fn the_values_of_both_sides_are_below_the_heading_of_their_quantity() {
    let home = two();
    for (width, least) in [("40", 1), ("80", 2), ("140", 3)] {
        for (key, headings) in [
            ("Model", ["Cost", "Tokens", "Latency p50"]),
            ("Span", ["Self time", "Count", "Duration p95"]),
        ] {
            let part = part_of(&home, width, key);
            let is_shown = |heading: &&str| part[..2].iter().any(|line| line.contains(heading));
            let shown = headings
                .iter()
                .take_while(|heading| is_shown(heading))
                .count();
            assert!(shown >= least, "{width}: {part:#?}");
            let titles = part.iter().find(|line| line.contains("Change")).unwrap();
            let titles: Vec<&str> = titles.split_whitespace().filter(|it| *it != key).collect();
            assert_eq!(titles, ["A", "B", "Change"].repeat(shown), "{part:#?}");
            let limit: usize = width.parse().unwrap();
            for line in &part {
                assert!(line.chars().count() <= limit, "{line}");
            }
        }
    }
}

#[test]
fn a_reversed_period_is_an_error_with_a_suggestion() {
    let home = two();
    for (a, b, meant) in [
        ("today..yesterday", "today", "yesterday..today"),
        ("today", "2020-11-24..2020-11-23", "2020-11-23..2020-11-24"),
    ] {
        let output = home.run(&["diff", a, b, "-z", "UTC"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{a} {b}");
        assert!(
            stderr.contains("ends before it begins") && stderr.contains(&format!("`{meant}`")),
            "{stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn rows_of_one_side_are_new_or_gone() {
    let home = two();
    let of = |a, b, name: &str| {
        let shown = home.ok(&["diff", a, b]);
        let row = shown.lines().find(|line| line.starts_with(name)).unwrap();
        row.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(of("01a20e30-0", SESSION, "history.turn").contains(&"new".to_owned()));
    assert!(of(SESSION, "01a20e30-0", "history.turn").contains(&"gone".to_owned()));
    assert!(of("01a20e30-0", SESSION, "up-claude").contains(&"new".to_owned()));
    assert!(of(SESSION, "01a20e30-0", "up-claude").contains(&"gone".to_owned()));
    // Both sides have requests, but only one has failures.
    assert_eq!(
        of("01a20e30-0", SESSION, "failures"),
        ["failures", "0", "2", "new"]
    );
}

#[test]
fn an_id_that_is_a_prefix_of_another_selects_its_own_session() {
    let home = Home::empty();
    let line = |session: &str, tokens: u32| {
        format!(
            "{{\"ts\":\"2020-11-23T15:00:00Z\",\"session_id\":\"{session}\",\"total_tokens\":{tokens}}}\n"
        )
    };
    // Old tools wrote ids of other forms.
    let log = line("run-1", 3) + &line("run-12", 50) + &line("run-13", 900);
    home.write("codex-litellm-session.jsonl", log);
    let diff = home.json(&["diff", "run-1", "run-12", "-j"]);
    assert_eq!(
        diff["total"]["total_tokens"],
        serde_json::json!({"a": 3, "b": 50})
    );
    let usage = home.json(&["usage", "-j", "-i", "run-1"]);
    assert_eq!(usage["totals"]["total_tokens"], 3);
    let ambiguous = home.run(&["usage", "-i", "run-"]);
    assert!(String::from_utf8_lossy(&ambiguous.stderr).contains(
        "3 sessions begin with run-: give more of the id of one of them, the latest first:"
    ));
}

#[test]
fn equal_sides_have_no_change() {
    let home = two();
    let shown = home.ok(&["diff", "latest", "latest"]);
    let changed = shown
        .lines()
        .filter(|line| line.contains('%') || line.contains("new") || line.contains("gone"));
    assert_eq!(changed.count(), 0, "{shown}");
    let wrong = home.run(&["diff", "latest", "soon..later"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&wrong.stderr)
            .contains("invalid start `soon` of the period `soon..later`: expected a day")
    );
    let ambiguous = home.run(&["diff", "01a20e30", "latest"]);
    assert!(String::from_utf8_lossy(&ambiguous.stderr).contains(OTHER));
}

#[test]
fn requests_without_a_price_are_not_shown_as_free() {
    let home = Home::empty();
    let line = |session: &str, model: &str, cost: &str| {
        format!(
            "{{\"ts\":\"2020-11-23T15:00:00Z\",\"v\":1,\"session_id\":\"{session}\",\"request_id\":\"{session}{model}\",\"model\":\"{model}\",\"total_tokens\":9,\"outcome\":\"ok\",{cost}}}\n"
        )
    };
    let priced = "\"cost_usd\":0.5,\"cost_source\":\"response_body\"";
    let unpriced = "\"cost_source\":\"unpriced\"";
    let log = [
        line("aaaa", "free", unpriced),
        line("bbbb", "free", unpriced),
        line("bbbb", "dear", priced),
    ];
    home.write("codex-litellm-session.jsonl", log.concat());
    let shown = home.ok(&["diff", "aaaa", "bbbb"]);
    let cells = |name: &str| -> Vec<String> {
        let line = shown.lines().find(|line| line.starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {shown}"));
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(cells("cost")[1..3], ["unpriced", "$0.5000+"]);
    assert_eq!(cells("free")[1..3], ["unpriced", "unpriced"]);
    assert_eq!(cells("dear")[1..3], ["-", "$0.5000"]);
    let json = home.json(&["diff", "aaaa", "bbbb", "-j"]);
    assert_eq!(
        json["total"]["unpriced_requests"],
        serde_json::json!({"a": 1, "b": 1})
    );
}

#[test]
fn a_side_without_records_is_reported() {
    let home = Home::of_demo();
    let stderr = |a: &str, b: &str| {
        let output = home.run(&["diff", a, b, "-z", "UTC"]);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stderr).unwrap()
    };
    let message = |side: &str, title: &str| {
        format!(
            "telemetry: side {side}, {title}, has no request and no span; `telemetry sessions` lists the sessions with their times\n"
        )
    };
    let (day, empty, open) = ("2020-11-24", "2019-01-01", "2021-01-01..");
    assert_eq!(stderr(day, day), "");
    assert_eq!(stderr(empty, day), message("A", empty));
    assert_eq!(stderr(day, open), message("B", open));
    assert_eq!(
        stderr(empty, open),
        message("A", empty) + &message("B", open)
    );
    let unknown = "01a20e30-92ea-715b-88c4-b00040119d79";
    assert_eq!(stderr(unknown, day), message("A", unknown));
    // A session that has spans only.
    home.write("codex-litellm-session.jsonl", "");
    assert_eq!(stderr(day, day), "");
}

#[test]
fn an_invalid_side_is_an_error_in_its_own_words() {
    let home = two();
    let stderr = |a: &str, b: &str| {
        let output = home.run(&["diff", a, b]);
        assert_eq!(output.status.code(), Some(2), "{a} {b}");
        String::from_utf8(output.stderr).unwrap()
    };
    let forms = "expected a session (its id, at least 4 characters of its beginning, or `latest`), a day (2026-11-22, today, \
                 yesterday), or a period SINCE..UNTIL";
    assert!(stderr("a", "b").contains(forms), "{}", stderr("a", "b"));
    let misspelt = stderr("yestrday", "today");
    assert!(
        misspelt.ends_with("; did you mean `yesterday`?\n"),
        "{misspelt}"
    );
    let reversed = stderr("2020-11-30..2020-11-01", "today");
    assert_eq!(
        reversed,
        "telemetry: the period `2020-11-30..2020-11-01` ends before it begins; expected SINCE..UNTIL with the earlier time first, \
         such as `2020-11-01..2020-11-30`\n"
    );
    let day = stderr("2020-11-31", "today");
    assert!(
        day.contains("invalid day `2020-11-31`: there is no day 2020-11-31; expected a day"),
        "{day}"
    );
    let day = stderr("24.11.2020", "today");
    assert!(
        day.contains("invalid day `24.11.2020`: the year of a day is its first number"),
        "{day}"
    );
    let age = stderr("7d", "today");
    assert!(age.contains("; did you mean `7d..`?"), "{age}");
    let end = stderr("..2020-11-31", "today");
    assert!(
        end.contains("invalid end `2020-11-31` of the period `..2020-11-31`"),
        "{end}"
    );
}
