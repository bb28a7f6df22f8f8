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
fn what_is_to_be_purged_must_be_named() {
    let home = Home::of_demo();
    let before = all_text(&home);
    for (arguments, reason) in [
        (&["purge"][..], "required"),
        (&["purge", "--session", "latest"], "a purge needs an id"),
        (&["purge", "--session", "ffff"], "no session id"),
        (
            &["purge", "--before", "soon"],
            "invalid --before `soon`: expected a day",
        ),
        (
            &["purge", "--before", DATE, "--session", "0"],
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
