//! `telemetry spans` on logs of the demo, on damaged logs, and on logs that no writer produces.

mod home;

use home::{DEBUG, Home, SESSION};
use serde_json::Value;

fn span(id: u64, parent: Option<u64>, rest: &str) -> String {
    let parent = parent
        .map(|parent| format!(",\"parent\":{parent}"))
        .unwrap_or_default();
    format!(
        "{{\"ts\":\"2020-11-22T18:54:00.{id:06}Z\",\"type\":\"span\",\"name\":\"s.n{id}\",\"id\":{id}{parent},\"thread\":\"main\",\"dur_ns\":1000,\"outcome\":\"ok\",\"session_id\":\"{SESSION}\"{rest}}}\n"
    )
}

fn names(json: &Value) -> Vec<String> {
    let spans = json["spans"].as_array().unwrap().iter();
    spans
        .map(|span| {
            let depth = usize::try_from(span["depth"].as_u64().unwrap()).unwrap();
            format!(
                "{}{}",
                " ".repeat(depth),
                span["name"].as_str().unwrap_or("?")
            )
        })
        .collect()
}

#[test]
fn the_tree_of_the_last_turn_is_shown_by_default() {
    let home = Home::of_demo();
    let tree = home.ok(&["spans"]);
    let tree: Vec<&str> = tree.lines().collect();
    assert_eq!(tree.len(), 11, "{tree:#?}");
    assert_eq!(tree[0], "    total      self      busy      idle  span");
    assert!(
        tree[1].ends_with("  history.turn number=7 model=gpt-4o-mini prompt=17"),
        "{}",
        tree[1]
    );
    assert!(
        tree[5].contains("├─ model.request err: the proxy answered 429"),
        "{}",
        tree[5]
    );
    assert!(
        tree[7].contains("│  └─ model.response stream=false"),
        "{}",
        tree[7]
    );
    assert!(
        tree[10].ends_with("└─ · history.task_complete elapsed_ms=23 ok=true"),
        "{}",
        tree[10]
    );
}

#[test]
fn a_return_value_is_shown_as_tail_shows_it() {
    let home = Home::empty();
    let rest = ",\"ret\":\"Some(\\u001b[2J 3)\",\"fields\":{\"count\":41}";
    home.write(DEBUG, span(1, None, rest));
    let shown = " -> Some(␛[2J 3) count=41\n";
    for command in ["spans", "tail"] {
        let text = home.ok(&[command]);
        assert!(text.ends_with(shown), "{command}: {text}");
    }
    assert_eq!(
        home.json(&["spans", "-j"])["spans"][0]["ret"],
        "Some(\u{1b}[2J 3)"
    );
}

#[test]
fn turns_of_two_processes_with_one_number_are_all_shown() {
    let home = Home::empty();
    let files = ["20201122T185400Z-1.jsonl", "20201122T185400Z-2.jsonl"];
    home.write(
        files[0],
        span(1, None, ",\"turn\":1") + &span(2, None, ",\"turn\":2") + &span(3, Some(2), ""),
    );
    home.write(
        files[1],
        span(4, None, ",\"turn\":2") + &span(5, Some(4), ""),
    );
    let shown = |turn: &str| {
        let output = home.run(&["spans", "-j", "-i", SESSION, "--turn", turn]);
        assert!(output.status.success());
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (json, String::from_utf8(output.stderr).unwrap())
    };
    let (json, stderr) = shown("2");
    assert_eq!(names(&json), ["s.n2", " s.n3", "s.n4", " s.n5"]);
    assert_eq!(json["spans"][0]["file"], files[0]);
    assert_eq!(json["spans"][2]["file"], files[1]);
    let expected = format!(
        "2 turns of the session have the number 2, in {}, {};",
        files[0], files[1]
    );
    assert!(stderr.contains(&expected), "{stderr}");
    let (json, stderr) = shown("1");
    assert_eq!((names(&json), &*stderr), (vec!["s.n1".to_owned()], ""));
}

#[test]
fn turns_are_selected_by_number_all_or_failed() {
    let home = Home::of_demo();
    let second = home.json(&["spans", "--turn", "2", "-j"]);
    assert_eq!(second["spans"][0]["fields"]["model"], "up-think");
    let all = names(&home.json(&["spans", "--all", "-j"]));
    assert_eq!(all.iter().filter(|name| *name == "history.turn").count(), 7);
    let failed = names(&home.json(&["spans", "--failed", "-j"]));
    assert_eq!(
        failed,
        [
            "history.turn",
            " model.request",
            "  model.response",
            "history.turn",
            " model.request"
        ]
    );
    let slow = home.json(&["spans", "--name", "model.*", "--slow", "1ms", "-j"]);
    for span in slow["spans"].as_array().unwrap() {
        assert!(
            span["depth"] == 0 || span["dur_ns"].as_u64().unwrap() >= 1_000_000,
            "{span}"
        );
    }
    let missing = home.run(&["spans", "--turn", "99"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&missing.stderr).contains("has no request 99 in the session log")
    );
}

#[test]
fn turns_and_requests_have_numbers_of_their_own() {
    let home = Home::empty();
    let log = [
        span(1, None, ",\"turn\":1"),
        span(2, Some(1), ""),
        span(3, None, ""),
        span(4, Some(3), ",\"turn\":2"),
        span(5, Some(4), ""),
    ];
    home.write(DEBUG, log.concat());
    let request = |time: &str, numbers: &str, id: u32| {
        format!(
            "{{\"ts\":\"2020-11-22T{time}Z\",\"v\":1,\"session_id\":\"{SESSION}\",{numbers},\"request_id\":\"{id}\",\"outcome\":\"ok\"}}\n"
        )
    };
    let requests = [
        request("18:54:00.000001", "\"turn\":1,\"request\":1", 1),
        request("18:54:00.000001", "\"turn\":1,\"request\":2", 2),
        request("18:54:00.000004", "\"turn\":2,\"request\":3", 3),
        request("19:54:00.000000", "\"request\":4", 4),
    ];
    home.write("codex-litellm-session.jsonl", requests.concat());
    let tree = |arguments: &[&str]| names(&home.json(&[&["spans", "-j"], arguments].concat()));
    assert_eq!(tree(&["--turn", "1"]), ["s.n1", " s.n2"]);
    // The turn alone, and not the span around it.
    assert_eq!(tree(&["--turn", "2"]), ["s.n4", " s.n5"]);
    assert_eq!(tree(&["--request", "2"]), ["s.n1", " s.n2"]);
    let failed = |arguments: &[&str]| {
        let output = home.run(&[&["spans"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(failed(&["--request", "4"]).contains("request 4 has no span"));
    let request = failed(&["--request", "5"]);
    let expected =
        format!("session {SESSION} has no request 5 in the session log; its last request is 4; ");
    assert!(request.contains(&expected), "{request}");
    let turn = failed(&["--turn", "3"]);
    let expected = format!(
        "session {SESSION} has no turn 3, neither as a span nor with a request; its last turn is 2; `telemetry spans -i {SESSION} --all`"
    );
    assert!(turn.contains(&expected), "{turn}");
    let sessions = home.json(&["sessions", "-j"]);
    assert_eq!(sessions["sessions"][0]["turns"], 2);
    assert_eq!(sessions["sessions"][0]["requests"], 4);
    let csv = home.ok(&["export", "csv", "--of", "usage"]);
    let mut rows = csv.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let column = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let (turn, number) = (column("turn"), column("request"));
    let numbers: Vec<_> = rows
        .map(|row| format!("{} {}", row[turn], row[number]))
        .collect();
    assert_eq!(numbers, ["1 1", "1 2", "2 3", " 4"]);
}

#[test]
fn in_an_older_log_a_turn_is_the_number_of_a_request() {
    let home = Home::empty();
    home.write(DEBUG, span(1, None, ""));
    home.write(
        "codex-litellm-session.jsonl",
        format!("{{\"ts\":\"2020-11-22T18:54:00.000001Z\",\"session_id\":\"{SESSION}\",\"turn\":7,\"request_id\":\"a\"}}\n"),
    );
    for option in ["--turn", "--request"] {
        let tree = names(&home.json(&["spans", "-j", option, "7"]));
        assert_eq!(tree, ["s.n1"], "{option}");
    }
    let sessions = home.json(&["sessions", "-j"]);
    assert_eq!(sessions["sessions"][0].get("turns"), None);
}

#[test]
fn totals_by_name_equal_the_sums_of_the_log() {
    let home = Home::of_demo();
    let top = home.json(&["spans", "--top", "-j"]);
    let log = std::fs::read_to_string(home.log(DEBUG)).unwrap();
    let spans: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["type"] == "span")
        .collect();
    let rows = top["spans"].as_array().unwrap();
    let own: u64 = rows
        .iter()
        .map(|row| row["self_ns"].as_u64().unwrap())
        .sum();
    let roots = spans.iter().filter(|span| span["parent"].is_null());
    let whole: u64 = roots.map(|span| span["dur_ns"].as_u64().unwrap()).sum();
    // Start times are in microseconds, so a child can extend beyond its parent by one.
    assert!(
        own.abs_diff(whole) <= 1000 * spans.len() as u64,
        "{own} {whole}"
    );
    for row in rows {
        let of_name = || spans.iter().filter(|span| span["name"] == row["name"]);
        let lengths = || of_name().map(|span| span["dur_ns"].as_u64().unwrap());
        assert_eq!(row["count"], of_name().count(), "{row}");
        assert_eq!(row["total_ns"], lengths().sum::<u64>());
        assert_eq!(row["max_ns"], lengths().max().unwrap());
        assert_eq!(
            row["errors"],
            of_name().filter(|span| span["outcome"] != "ok").count()
        );
        let mut sorted: Vec<u64> = lengths().collect();
        sorted.sort_unstable();
        let median = sorted[(sorted.len() - 1) / 2];
        assert!(
            row["p50_ns"].as_u64().unwrap().abs_diff(median) <= median / 100 + 1,
            "{row}"
        );
    }
    let table = home.ok(&["spans", "--top", "--name", "model.request"]);
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[test]
fn trees_have_open_lost_and_cyclic_parents() {
    let home = Home::empty();
    let log = [
        span(2, Some(1), ""),
        span(5, Some(4), ""),
        span(4, Some(5), ""),
        span(6, Some(6), ""),
        span(7, None, ""),
        "{\"ts\":\"2020-11-22T18:54:00.000008Z\",\"type\":\"span_start\",\"name\":\"s.open\",\"id\":8,\"session_id\":\"S\"}\n".replace("\"S\"", &format!("\"{SESSION}\"")),
        span(9, Some(8), ""),
        span(9, Some(8), ""),
    ];
    home.write("20201122T185400Z-1.jsonl", log.concat());
    let all = names(&home.json(&["spans", "--all", "-j", "--session", SESSION]));
    assert_eq!(
        all,
        [
            "?", " s.n2", "s.n4", " s.n5", "s.n6", "s.n7", "s.open", " s.n9", " s.n9"
        ]
    );
    let drawn = home.ok(&["spans", "--all", "--session", SESSION]);
    assert!(drawn.contains("(span 1: not ended, or lost)"), "{drawn}");
    assert!(drawn.contains("s.open (open)"), "{drawn}");
    home.ok(&["spans", "--top"]);
}

#[test]
fn ids_are_unique_to_a_process_and_shared_by_its_segments() {
    let home = Home::empty();
    home.write("20201122T185400Z-1.jsonl", span(2, Some(1), ""));
    let parent = span(1, None, "").replace("1000", "5000");
    home.write("20201122T185400Z-1.1.jsonl", parent);
    home.write("20201122T185400Z-2.jsonl", span(1, None, ""));
    let all = names(&home.json(&["spans", "--all", "-j", "--session", SESSION]));
    assert_eq!(all, ["s.n1", " s.n2", "s.n1"]);
    let top = home.json(&["spans", "--top", "-j"]);
    let first = top["spans"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "s.n1")
        .unwrap();
    // A child in another segment covers a part of one of the two spans.
    assert_eq!(first["count"], 2);
    assert_eq!(first["total_ns"], 6000);
    assert_eq!(first["self_ns"], 5000);
}

#[test]
fn a_child_that_ends_after_its_parent_covers_only_their_common_time() {
    let home = Home::empty();
    let span = |id, parent, start: u64, micros: u64| {
        let line =
            span(id, parent, "").replace("\"dur_ns\":1000", &format!("\"dur_ns\":{micros}000"));
        line.replacen(&format!("{id:06}Z"), &format!("{start:06}Z"), 1)
    };
    let log = [
        span(2, Some(1), 10, 10),
        span(1, None, 0, 100),
        // A spawned child that was still running when its parent ended.
        span(3, Some(1), 60, 140),
        span(4, Some(1), 150, 50),
    ];
    home.write("20201122T185400Z-1.jsonl", log.concat());
    let own = |json: &Value| {
        let spans = json["spans"].as_array().unwrap().iter();
        let mut own: Vec<_> = spans
            .map(|span| {
                (
                    span["name"].as_str().unwrap().to_owned(),
                    span["self_ns"].as_u64().unwrap(),
                )
            })
            .collect();
        own.sort();
        own
    };
    let expected = [50_000, 10_000, 140_000, 50_000];
    let expected: Vec<_> = (1..).map(|id| format!("s.n{id}")).zip(expected).collect();
    assert_eq!(own(&home.json(&["spans", "--top", "-j"])), expected);
    let tree = home.json(&["spans", "--all", "-j", "--session", SESSION]);
    assert_eq!(own(&tree), expected);
    assert!(home.ok(&["export", "folded"]).contains("s.n1 50000\n"));
}

#[test]
fn damaged_lines_are_counted_and_no_control_character_is_written() {
    let home = Home::empty();
    let evil = ",\"fields\":{\"a\":\"\\u001b[2J\\u202e\",\"b\\u0007\":{\"\\u009b\":1}}";
    let mut log = span(1, None, evil)
        .replace("s.n1", "s.\\u001b]0;x\\u0007")
        .into_bytes();
    log.extend(b"\xff\xfe\n{\"ts\":1}\n\0\0\0\n{\"ts\":\"2020-11-22T18:54:00.000001Z\",\"type\":\"later\"}\n");
    log.extend(vec![b'x'; 300_000]);
    log.extend(b"\n");
    log.extend(format!("{{\"ts\":\"2020-11-22T18:54:00.000001Z\",\"type\":\"span\",\"name\":\"deep\",\"id\":9,\"dur_ns\":1,\"session_id\":\"{SESSION}\",\"fields\":{}1{}}}\n", "[".repeat(20_000), "]".repeat(20_000)).bytes());
    log.extend(&span(3, None, "").as_bytes()[..60]);
    home.write("20201122T185400Z-1.jsonl", log);
    for arguments in [
        &["spans", "--all", "--session", SESSION][..],
        &["spans", "--top"],
        &["spans", "--all", "--session", SESSION, "-j"],
    ] {
        let output = home.run(arguments);
        assert!(output.status.success());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            stderr,
            "telemetry: skipped 6 lines in 1 file: 1 torn, 2 invalid, 1 not UTF-8, 1 longer than any record, 1 of an unknown record type\n",
            "{arguments:?}"
        );
        let stdout = String::from_utf8(output.stdout).unwrap();
        let harmful = stdout
            .chars()
            .filter(|found| *found != '\n' && (found.is_control() || *found == '\u{202e}'));
        assert_eq!(harmful.count(), 0, "{stdout}");
    }
}

#[test]
fn a_span_of_more_than_a_year_is_excluded_from_every_sum() {
    let home = Home::empty();
    let log = span(1, None, "");
    home.write(DEBUG, &log);
    let commands = [
        &["spans", "--top", "-j"][..],
        &["spans", "--all", "-j"],
        &["export", "folded"],
        &["diff", "latest", "latest", "-j"],
    ];
    let before = commands.map(|command| home.ok(command));
    let absurd = span(2, None, "").replace("\"dur_ns\":1000", "\"dur_ns\":10000000000000000000");
    home.write(DEBUG, log + &absurd);
    for (command, before) in commands.into_iter().zip(before) {
        let output = home.run(command);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            before,
            "{command:?}"
        );
        assert!(
            stderr.contains("request or span can have"),
            "{command:?}: {stderr}"
        );
    }
}

#[test]
fn an_empty_home_is_reported() {
    let home = Home::empty();
    assert_eq!(
        home.json(&["spans", "--top", "-j"])["spans"],
        Value::Array(Vec::new())
    );
    let output = home.run(&["spans"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no log in"));
    for arguments in [&["spans", "--turn", "1"][..], &["spans", "-i", "latest"]] {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no log in"));
    }
}

#[test]
fn a_line_of_many_megabytes_is_skipped_and_counted() {
    let home = Home::empty();
    let mut log = vec![b'x'; 48 * 1024 * 1024];
    log.push(b'\n');
    home.write("20201122T185400Z-1.jsonl", &log);
    let expected = "telemetry: skipped 1 line in 1 file: 1 longer than any record\n";
    let commands: [&[&str]; 6] = [
        &["spans"],
        &["spans", "--top"],
        &["spans", "--all"],
        &["spans", "-j"],
        &["spans", "--top", "-j"],
        &["diff", "today", "today", "-j"],
    ];
    for arguments in commands {
        let output = home.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success() && stderr.ends_with(expected),
            "{arguments:?}: {stderr}"
        );
        if arguments.ends_with(&["-j"]) {
            let json: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(json["skipped_lines"], 1, "{arguments:?}");
        }
    }
    // The spans of the file have no session.
    let line = span(1, None, "").replace(&format!(",\"session_id\":\"{SESSION}\""), "");
    log.extend(line.bytes());
    home.write("20201122T185400Z-1.jsonl", log);
    assert_eq!(names(&home.json(&["spans", "-j"])), ["s.n1"]);
}

#[test]
fn trees_of_several_sessions_name_the_session_the_time_and_the_turn() {
    const OTHER: &str = "01a20e30-0000-715b-88c4-b00040119d78";
    let home = Home::empty();
    let err = ",\"turn\":3,\"error\":\"no answer\"";
    let failed = |line: String| line.replace("\"ok\"", "\"err\"");
    let log = [
        failed(span(1, None, err)),
        failed(span(2, Some(1), "")),
        failed(span(3, None, "")),
        failed(span(4, None, "")).replace(SESSION, OTHER),
    ];
    home.write(DEBUG, log.concat());
    let shown = home.ok(&["spans", "--failed", "-z", "UTC"]);
    let lines: Vec<&str> = shown.lines().map(str::trim).collect();
    assert_eq!(lines[1], format!("{SESSION}  2020-11-22 18:54:00"));
    assert!(lines[2].ends_with("s.n1 turn 3 err: no answer"), "{shown}");
    assert!(lines[4].ends_with("s.n3 err"), "{shown}");
    assert_eq!(lines[5], format!("{OTHER}  2020-11-22 18:54:00"));
    assert_eq!(lines.len(), 7, "{shown}");
    // One session needs no heading.
    let one = home.ok(&["spans", "--failed", "--session", SESSION]);
    assert!(!one.contains(SESSION), "{one}");
}
