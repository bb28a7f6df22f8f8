//! `telemetry spans` of a turn whose spans have spans of another session below them, as those of a subagent are.

mod home;

use home::{DEBUG, Home};
use serde_json::Value;

const PARENT: &str = "01a20e30-92ea-715b-88c4-b00040119d78";
const CHILD: &str = "01a20e30-92ea-715b-88c4-b00040119d79";
const OTHER: &str = "01a20e30-92ea-715b-88c4-b00040119d7a";

/// Returns the line of a span that starts at a microsecond of the log and takes some microseconds.
fn span(
    id: u64,
    parent: Option<u64>,
    session: &str,
    (start, micros): (u64, u64),
    rest: &str,
) -> String {
    let parent = parent
        .map(|parent| format!(",\"parent\":{parent}"))
        .unwrap_or_default();
    format!(
        "{{\"ts\":\"2020-11-22T18:54:00.{start:06}Z\",\"type\":\"span\",\"name\":\"s.n{id}\",\"id\":{id}{parent},\"dur_ns\":{micros}000,\"outcome\":\"ok\"{rest},\"session_id\":\"{session}\"}}\n"
    )
}

/// Returns the lines of a turn with a subagent below a span of it, each line when its span ends.
fn log() -> String {
    [
        span(13, Some(12), CHILD, (30, 20), ""),
        span(12, Some(11), CHILD, (20, 60), ",\"turn\":1"),
        span(14, Some(11), PARENT, (85, 3), ""),
        span(11, Some(1), PARENT, (10, 80), ""),
        span(15, Some(1), PARENT, (91, 4), ""),
        span(1, None, PARENT, (0, 100), ",\"turn\":1"),
        span(20, None, OTHER, (200, 50), ",\"turn\":1"),
    ]
    .concat()
}

fn home() -> Home {
    let home = Home::empty();
    home.write(DEBUG, log());
    home
}

fn shown(json: &Value) -> Vec<(u64, u64, String, u64)> {
    let spans = json["spans"].as_array().unwrap().iter();
    spans
        .map(|span| {
            (
                span["depth"].as_u64().unwrap(),
                span["id"].as_u64().unwrap(),
                span["session_id"].as_str().unwrap_or_default().to_owned(),
                span["self_ns"].as_u64().unwrap_or(u64::MAX),
            )
        })
        .collect()
}

fn row(depth: u64, id: u64, session: &str, own: u64) -> (u64, u64, String, u64) {
    (depth, id, session.to_owned(), own)
}

#[test]
fn the_tree_of_a_turn_contains_the_spans_of_a_subagent() {
    let home = home();
    let turn = [
        row(0, 1, PARENT, 16_000),
        row(1, 11, PARENT, 17_000),
        row(2, 12, CHILD, 40_000),
        row(3, 13, CHILD, 20_000),
        row(2, 14, PARENT, 3000),
        row(1, 15, PARENT, 4000),
    ];
    for selection in [&["--turn", "1"][..], &["--all"], &[]] {
        let arguments = [&["spans", "-j", "-i", PARENT], selection].concat();
        assert_eq!(shown(&home.json(&arguments)), turn, "{selection:?}");
    }
    let text = home.ok(&["spans", "-i", PARENT, "--turn", "1"]);
    let marked: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("session"))
        .collect();
    assert_eq!(marked.len(), 1, "{text}");
    assert!(
        marked[0].ends_with(&format!("s.n12 of session {CHILD} turn 1")),
        "{text}"
    );
    // The sums by name are equal to those of the tree.
    let top = home.json(&["spans", "--top", "-j", "-i", PARENT]);
    for total in top["spans"].as_array().unwrap() {
        let name = total["name"].as_str().unwrap();
        let of_tree = turn.iter().find(|(_, id, ..)| name == format!("s.n{id}"));
        assert_eq!(total["self_ns"], of_tree.unwrap().3, "{name}");
    }
}

#[test]
fn the_tree_of_a_subagent_begins_with_the_spans_above_it() {
    let home = home();
    let tree = [
        row(0, 1, PARENT, 16_000),
        row(1, 11, PARENT, 17_000),
        row(2, 12, CHILD, 40_000),
        row(3, 13, CHILD, 20_000),
    ];
    for selection in [&["--all"][..], &[]] {
        let arguments = [&["spans", "-j", "-i", CHILD], selection].concat();
        assert_eq!(shown(&home.json(&arguments)), tree, "{selection:?}");
    }
    let text = home.ok(&["spans", "-i", CHILD]);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert!(
        lines[0].contains(&format!("s.n1 of session {PARENT}")),
        "{text}"
    );
    assert!(lines[1].ends_with("s.n11"), "{text}");
    assert!(
        lines[2].contains(&format!("s.n12 of session {CHILD}")),
        "{text}"
    );
    assert!(lines[3].ends_with("s.n13"), "{text}");
    // The turn of the subagent, and not the turn of its parent with this number.
    let turn = home.json(&["spans", "-j", "-i", CHILD, "--turn", "1"]);
    assert_eq!(
        shown(&turn),
        [row(0, 12, CHILD, 40_000), row(1, 13, CHILD, 20_000)]
    );
}

#[test]
fn the_session_of_a_subagent_has_a_line_of_its_own_in_a_narrow_terminal() {
    let output = home()
        .command(&["spans", "-i", PARENT, "--turn", "1"])
        .env("COLUMNS", "40")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains(&format!("\n    of session\n    {CHILD}\n")),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 40),
        "{text}"
    );
}

#[test]
fn a_parent_before_the_period_is_shown() {
    let tree = home().json(&[
        "spans",
        "-j",
        "--all",
        "-i",
        PARENT,
        "--since",
        "2020-11-22T18:54:00.000085Z",
    ]);
    let expected = [
        row(0, 1, PARENT, 16_000),
        row(1, 11, PARENT, 17_000),
        row(2, 14, PARENT, 3000),
        row(1, 15, PARENT, 4000),
    ];
    assert_eq!(shown(&tree), expected);
}

#[test]
fn the_self_time_is_that_of_all_children_where_a_filter_hides_some() {
    let home = home();
    let tree = home.json(&["spans", "-j", "-i", PARENT, "--name", "s.n14"]);
    let expected = [
        row(0, 1, PARENT, 16_000),
        row(1, 11, PARENT, 17_000),
        row(2, 14, PARENT, 3000),
    ];
    assert_eq!(shown(&tree), expected);
}

#[test]
fn stacks_of_a_session_contain_the_time_of_its_subagents_once() {
    let folded = home().ok(&["export", "folded", "-i", PARENT]);
    let expected = "s.n1 16000\ns.n1;s.n11 17000\ns.n1;s.n11;s.n12 40000\ns.n1;s.n11;s.n12;s.n13 20000\n\
                    s.n1;s.n11;s.n14 3000\ns.n1;s.n15 4000\n";
    assert_eq!(folded, expected);
    let folded = home().ok(&["export", "folded", "-i", CHILD]);
    assert_eq!(folded, "s.n12 40000\ns.n12;s.n13 20000\n");
}

#[test]
fn spans_of_other_processes_in_a_shared_file_are_no_relatives() {
    let home = Home::empty();
    let config = "[telemetry]\nenabled = true\n[telemetry.logs.debug]\nfile = \"shared.jsonl\"\n";
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let log = [
        // Another process has spans with these ids; the trace ids differ.
        span(
            2,
            Some(1),
            OTHER,
            (5, 10),
            ",\"trace_id\":\"00000000000000000000000000000002\"",
        ),
        span(
            1,
            None,
            OTHER,
            (0, 90),
            ",\"trace_id\":\"00000000000000000000000000000002\"",
        ),
        span(
            2,
            Some(1),
            PARENT,
            (10, 20),
            ",\"trace_id\":\"00000000000000000000000000000001\"",
        ),
        span(
            1,
            None,
            PARENT,
            (0, 100),
            ",\"trace_id\":\"00000000000000000000000000000001\"",
        ),
        // Without trace ids, the session decides.
        span(4, Some(3), OTHER, (5, 10), ""),
        span(4, Some(3), PARENT, (5, 20), ""),
        span(3, None, PARENT, (0, 100), ""),
        span(3, None, OTHER, (0, 90), ""),
    ];
    home.write("shared.jsonl", log.concat());
    let tree = home.json(&["spans", "-j", "--all", "-i", PARENT]);
    let expected = [
        row(0, 1, PARENT, 80_000),
        row(1, 2, PARENT, 20_000),
        row(0, 3, PARENT, 80_000),
        row(1, 4, PARENT, 20_000),
    ];
    assert_eq!(shown(&tree), expected);
}

#[test]
fn a_parent_that_has_not_ended_shows_the_children_of_the_session_only() {
    let home = Home::empty();
    let log = [
        span(2, Some(1), OTHER, (0, 10), ""),
        span(3, Some(1), PARENT, (20, 10), ""),
        span(4, Some(1), PARENT, (40, 10), ""),
    ];
    home.write(DEBUG, log.concat());
    let tree = home.json(&["spans", "-j", "--all", "-i", PARENT]);
    let ids: Vec<_> = shown(&tree)
        .into_iter()
        .map(|(depth, id, ..)| (depth, id))
        .collect();
    assert_eq!(ids, [(0, 1), (1, 3), (1, 4)]);
}

#[test]
fn the_list_of_sessions_names_the_parent_of_a_subagent() {
    let home = Home::empty();
    let request = |session: &str, rest: &str| {
        format!(
            "{{\"ts\":\"2020-11-22T18:54:00.000001Z\",\"v\":1,\"session_id\":\"{session}\"{rest},\"outcome\":\"ok\"}}\n"
        )
    };
    let of_parent = format!(",\"parent_session_id\":\"{PARENT}\"");
    home.write(
        "codex-litellm-session.jsonl",
        request(PARENT, "") + &request(CHILD, &of_parent),
    );
    for columns in [None, Some("40"), Some("80")] {
        let mut command = home.command(&["sessions"]);
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let child = lines
            .iter()
            .position(|line| line.starts_with(CHILD))
            .unwrap();
        assert!(
            lines[child + 1].starts_with(&format!("of {PARENT}")),
            "{columns:?}\n{text}"
        );
        assert_eq!(text.matches("of ").count(), 1, "{text}");
    }
    let json = home.json(&["sessions", "-j"]);
    let child = json["sessions"].as_array().unwrap().iter();
    let parents: Vec<_> = child
        .map(|it| (it["session_id"].as_str(), it["parent_session_id"].as_str()))
        .collect();
    assert_eq!(parents, [(Some(CHILD), Some(PARENT)), (Some(PARENT), None)]);
}

#[cfg(feature = "report")]
#[test]
fn the_waterfall_of_a_turn_contains_the_spans_of_a_subagent() {
    let page = home().ok(&["report", PARENT]);
    assert!(page.contains(&format!("of session {CHILD}")));
    // The turn of the subagent is a part of it.
    assert_eq!(page.matches("<details id=\"turn-").count(), 1);
    assert!(page.contains("value=\"17000\" data-key=\"self_ns\""));
    assert!(!page.contains("value=\"77000\" data-key=\"self_ns\""));
}
