//! `telemetry purge` on the logs of a demo run, and beside a running host.

mod home;

use std::fs;

use home::Home;
use serde_json::Value;

const DATE: &str = "2099-01-01";

fn session(home: &Home) -> String {
    let sessions = home.json(&["sessions", "--json"]);
    sessions["sessions"][0]["session_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn all_text(home: &Home) -> String {
    let files = fs::read_dir(home.path().join("logs")).unwrap().flatten();
    let texts = files.map(|file| fs::read_to_string(file.path()).unwrap());
    texts.collect()
}

#[test]
fn a_session_leaves_no_trace_but_the_lines_that_name_none() {
    let home = Home::of_demo();
    let id = session(&home);
    let records = all_text(&home).matches(&id).count();
    let preview = home.json(&["purge", "--session", &id[..8], "--dry-run", "--json"]);
    assert_eq!(all_text(&home).matches(&id).count(), records);
    let purged = home.json(&["purge", "--session", &id[..8], "--json"]);
    assert_eq!(preview["dry_run"], true);
    assert_eq!(
        purged["homes"][0]["records"],
        preview["homes"][0]["records"]
    );
    assert!(
        purged["homes"][0]["records"].as_u64().unwrap() > 20,
        "{purged}"
    );
    assert!(
        purged["homes"][0]["not_examined"][0]
            .as_str()
            .unwrap()
            .ends_with("codex-tui.log")
    );
    assert!(!all_text(&home).contains(&id));
    let sessions = home.json(&["sessions", "--json"]);
    assert_eq!(sessions["sessions"], Value::Array(Vec::new()));
}

/// Returns a home with a session `parent`, its subagent `child`, a fork of that with the id `grandchild`, and the session `other`.
fn family() -> Home {
    let home = Home::empty();
    let request = |id: &str, parent: &str| {
        format!(
            "{{\"ts\":\"2020-11-24T16:00:00Z\",\"session_id\":\"{id}\",\"request_id\":\"{id}\"{parent},\"prompt_tokens\":1}}\n"
        )
    };
    let log = [
        request("parent", ""),
        request("child", ",\"parent_session_id\":\"parent\""),
        request("grandchild", ",\"parent_session_id\":\"child\""),
        request("other", ""),
    ];
    home.write("codex-litellm-session.jsonl", log.concat());
    home
}

#[test]
fn subagents_are_removed_with_their_session() {
    let home = family();
    let before = all_text(&home);
    let preview = home.ok(&["purge", "-i", "parent", "--dry-run"]);
    assert!(
        preview.ends_with("with the session, would remove 2 sessions that were started from it:\n  child\n  grandchild\n"),
        "{preview}"
    );
    assert_eq!(all_text(&home), before);
    let purged = home.json(&["purge", "-i", "parent", "--json"]);
    let result = &purged["homes"][0];
    assert_eq!(result["records"], 3);
    assert_eq!(
        result["descendants"],
        serde_json::json!(["child", "grandchild"])
    );
    assert_eq!(result["children"], serde_json::json!([]));
    let left = all_text(&home);
    assert!(left.contains("other") && !left.contains("parent"), "{left}");
    assert_eq!(left.lines().count(), 1);
}

#[test]
fn subagents_stay_on_request() {
    let home = family();
    let output = home.run(&["purge", "-i", "parent", "--alone"]);
    assert!(output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("session child was started from this one and stays"),
        "{stderr}"
    );
    let left = all_text(&home);
    assert_eq!(left.lines().count(), 3, "{left}");
    let refused = home.run(&["purge", "--before", "2020-01-01", "--alone"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_subagent_that_only_the_rollup_names_is_removed() {
    let home = family();
    let sums = |id: &str, parent: &str| {
        format!(
            "{{\"ts\":\"2020-11-20T10:00:00Z\",\"type\":\"rollup\",\"v\":1,\"day\":\"2020-11-20\",\"session_id\":\"{id}\"{parent},\"last\":\"2020-11-20T11:00:00Z\",\"sums\":{{\"requests\":2}}}}\n"
        )
    };
    let rollup = [
        sums("folded", ",\"parent_session_id\":\"parent\""),
        sums("unrelated", ""),
    ];
    home.write("codex-litellm-usage-rollup.jsonl", rollup.concat());
    let purged = home.json(&["purge", "-i", "parent", "--json"]);
    assert_eq!(
        purged["homes"][0]["descendants"],
        serde_json::json!(["child", "folded", "grandchild"])
    );
    let left = all_text(&home);
    assert!(
        left.contains("unrelated") && !left.contains("folded"),
        "{left}"
    );
}

#[test]
fn everything_before_a_day_is_removed() {
    let home = Home::of_demo();
    let output = home.ok(&["purge", "--before", DATE]);
    assert!(output.contains("removed "), "{output}");
    let left = all_text(&home);
    assert!(!left.contains("\"type\":\"span\""), "{left}");
    assert!(!left.contains("request_id"), "{left}");
    let again = home.json(&["purge", "--before", DATE, "--json"]);
    assert_eq!(again["homes"][0]["records"], 0);
}

#[test]
fn the_selection_of_a_purge_must_be_named() {
    let home = Home::of_demo();
    let before = all_text(&home);
    for (arguments, reason) in [
        (&["purge"][..], "required"),
        (
            &["purge", "--session", "latest"],
            "give the id, which `telemetry sessions` shows",
        ),
        (&["purge", "--session", "ffff"], "no session in"),
        (
            &["purge", "--before", "soon"],
            "invalid --before `soon`: expected a day",
        ),
        (
            &["purge", "--before", "1m"],
            "invalid --before `1m`: `m` stands for minutes, and may be meant for months; expected a day",
        ),
        (
            &["purge", "--before", "12h"],
            "such an age is shorter than a day, or has hours; expected a day",
        ),
        (
            &["purge", "--before", "yestrday"],
            "did you mean `yesterday`?",
        ),
        (
            &["purge", "--before", DATE, "--session", "0000"],
            "cannot be used with",
        ),
    ] {
        let output = home.command(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(reason), "{arguments:?}: {stderr}");
    }
    assert_eq!(all_text(&home), before);
}

#[test]
fn the_output_has_the_time_before_which_records_are_removed() {
    let home = Home::of_demo();
    let arguments = [
        "purge",
        "--before",
        "2099-01-01",
        "-z",
        "Europe/Berlin",
        "--dry-run",
    ];
    let output = home.ok(&arguments);
    assert!(
        output.contains(" records that began before 2099-01-01 00:00:00 +01:00, and the sums of "),
        "{output}"
    );
    let json = home.json(&[&arguments[..], &["--json"]].concat());
    assert_eq!(json["before"], "2098-12-31T23:00:00.000000Z");
    let of_session = home.json(&["purge", "-i", &session(&home), "--dry-run", "--json"]);
    assert_eq!(of_session.get("before"), None);
}
