//! `telemetry sessions` lists every session that the other commands name.

mod home;

use home::{DEBUG, Home, SESSION};

const LOG: &str = "codex-litellm-session.jsonl";

fn span(at: u32, session: &str, rest: &str) -> String {
    format!(
        "{{\"ts\":\"2020-11-22T18:54:{at:02}Z\",\"type\":\"span\",\"name\":\"a.b\",\"id\":{at},\"dur_ns\":9,\"session_id\":\"{session}\"{rest}}}\n"
    )
}

#[test]
fn a_session_without_requests_is_listed() {
    let home = Home::empty();
    let log = span(1, SESSION, ",\"turn\":1") + &span(5, SESSION, ",\"turn\":2");
    home.write(DEBUG, log);
    let json = home.json(&["sessions", "-j"]);
    let session = &json["sessions"][0];
    assert_eq!(session["session_id"], SESSION);
    assert_eq!(session["requests"], 0);
    assert_eq!(session["turns"], 2);
    assert_eq!(session["first"], "2020-11-22T18:54:01.000000Z");
    assert_eq!(session["last"], "2020-11-22T18:54:05.000000Z");
    let table = home.ok(&["sessions"]);
    assert!(
        table.lines().nth(2).unwrap().starts_with(SESSION),
        "{table}"
    );
    // As for requests, the period selects by the times of records.
    let later = home.json(&["sessions", "-j", "--since", "2020-11-22T18:54:03Z"]);
    assert_eq!(later["sessions"][0]["first"], "2020-11-22T18:54:05.000000Z");
    let none = home.json(&["sessions", "-j", "--since", "2020-11-23"]);
    assert_eq!(none["sessions"].as_array().unwrap().len(), 0);
}

#[test]
fn spans_of_a_session_with_requests_change_nothing_but_its_program() {
    let home = Home::empty();
    home.write(
        LOG,
        format!("{{\"ts\":\"2020-11-22T18:54:03Z\",\"session_id\":\"{SESSION}\",\"request_id\":\"a\",\"total_tokens\":9}}\n"),
    );
    let before = home.json(&["sessions", "-j"]);
    home.write(DEBUG, span(1, SESSION, ",\"turn\":1"));
    let mut after = home.json(&["sessions", "-j"]);
    assert_eq!(after["sessions"][0]["alive"], false);
    after["sessions"][0]
        .as_object_mut()
        .unwrap()
        .remove("alive");
    assert_eq!(before, after);
}

#[test]
fn the_session_at_the_end_of_a_long_log_is_listed() {
    const LAST: &str = "01a20e30-92ea-715b-88c4-b00040119d79";
    let home = Home::empty();
    let filler = ",\"fields\":{\"text\":\"".to_owned() + &"x".repeat(1000) + "\"}";
    let mut log = span(1, SESSION, &filler).repeat(3000);
    log += &span(2, LAST, "");
    home.write(DEBUG, log);
    let json = home.json(&["sessions", "-j"]);
    let ids: Vec<_> = json["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["session_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [LAST, SESSION]);
}
