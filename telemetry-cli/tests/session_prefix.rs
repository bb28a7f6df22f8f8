//! Prefixes of ids of sessions: which session they select, beside the sessions of its subagents.

mod home;

use home::Home;

const LOG: &str = "codex-litellm-session.jsonl";
const PARENT: &str = "01a22a31-0c39-750b-aaa3-c62b3d1634ea";
const CHILD: &str = "01a22a31-1d39-750b-aaa3-c62b3d1634eb";
const GRANDCHILD: &str = "01a22a31-2e39-750b-aaa3-c62b3d1634ec";
const OTHER: &str = "01a22a31-2f39-750b-aaa3-c62b3d1634ed";

fn request(second: u32, session: &str, parent: Option<&str>) -> String {
    let parent = parent.map(|id| format!(",\"parent_session_id\":\"{id}\""));
    let parent = parent.unwrap_or_default();
    format!(
        "{{\"ts\":\"2020-11-22T18:54:{second:02}Z\",\"session_id\":\"{session}\"{parent},\"request_id\":\"r{second}\",\"total_tokens\":{second}}}\n"
    )
}

/// Returns a home with a session, its subagent, and the subagent of that.
fn family() -> Home {
    let home = Home::empty();
    let log = request(1, PARENT, None)
        + &request(2, CHILD, Some(PARENT))
        + &request(3, GRANDCHILD, Some(CHILD));
    home.write(LOG, log);
    home
}

/// Returns the exit code and stderr.
fn run(home: &Home, arguments: &str) -> (Option<i32>, String, String) {
    let output = home.run(&arguments.split(' ').collect::<Vec<_>>());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_prefix_of_a_session_and_its_subagents_selects_the_session() {
    let home = family();
    let message = format!(
        "telemetry: 3 sessions begin with 01a22a31; {PARENT} is read, from which 2 others were started\n"
    );
    for command in [
        "status",
        "usage",
        "spans --top",
        "tail",
        "export csv --of usage",
        "statusline --strict",
    ] {
        let by_prefix = run(&home, &format!("{command} -i 01a22a31"));
        let by_id = run(&home, &format!("{command} -i {PARENT}"));
        assert_eq!(by_prefix.0, Some(0), "{command}: {by_prefix:?}");
        assert_eq!(by_prefix.1, by_id.1, "{command}");
        assert!(
            by_prefix.2.starts_with(&message),
            "{command}: {by_prefix:?}"
        );
        assert!(!by_id.2.contains("begin with"), "{command}: {by_id:?}");
    }
    let diff = run(&home, "diff 01a22a31 01a22a31-1 -j");
    assert_eq!(diff.2, message);
    let diff: serde_json::Value = serde_json::from_str(&diff.1).unwrap();
    assert_eq!(
        diff["total"]["total_tokens"],
        serde_json::json!({"a": 1, "b": 2})
    );
    // A prompt shows stderr.
    assert_eq!(run(&home, "statusline -i 01a22a31").2, "");
}

#[test]
fn a_prefix_of_several_sessions_removes_nothing() {
    let home = family();
    let before = std::fs::read(home.log(LOG)).unwrap();
    let (code, stdout, stderr) = run(&home, "purge -i 01a22a31");
    assert_eq!((code, &*stdout), (Some(2), ""), "{stderr}");
    assert!(
        stderr.contains("3 sessions begin with 01a22a31: give more"),
        "{stderr}"
    );
    assert_eq!(std::fs::read(home.log(LOG)).unwrap(), before);
}

#[test]
fn an_ambiguity_names_the_prefix_of_each_session() {
    let home = family();
    let log = std::fs::read_to_string(home.log(LOG)).unwrap() + &request(4, OTHER, None);
    home.write(LOG, log);
    let (code, stdout, stderr) = run(&home, "usage -i 01A22A31");
    assert_eq!((code, &*stdout), (Some(2), ""));
    let expected = format!(
        "telemetry: 4 sessions begin with 01a22a31: give more of the id of one of them, the latest first and subagents last:
telemetry:   {OTHER} last seen 2020-11-22T18:54:04Z, prefix 01a22a31-2f
telemetry:   {PARENT} last seen 2020-11-22T18:54:01Z, prefix 01a22a31-0, parent of 1
telemetry:   {GRANDCHILD} last seen 2020-11-22T18:54:03Z, prefix 01a22a31-2e, subagent of 01a22a31-1
telemetry:   {CHILD} last seen 2020-11-22T18:54:02Z, prefix 01a22a31-1, subagent of 01a22a31-0, parent of 1
"
    );
    assert_eq!(stderr, expected);
    for (prefix, id) in [
        ("01a22a31-2f", OTHER),
        ("01a22a31-0", PARENT),
        ("01a22a31-2e", GRANDCHILD),
        ("01a22a31-1", CHILD),
    ] {
        assert_eq!(home.json(&["status", "-j", "-i", prefix])["session_id"], id);
    }
}

#[test]
fn a_misspelt_latest_has_a_suggestion() {
    let home = family();
    let misspelt = "lastest";
    let (code, _, stderr) = run(&home, &format!("status -i {misspelt}"));
    assert_eq!(code, Some(2));
    let expected = format!(
        "begins with {misspelt}; `telemetry sessions` lists the sessions; did you mean `latest`?\n"
    );
    assert!(stderr.ends_with(&expected), "{stderr}");
    let (_, _, stderr) = run(&home, "status -i 01a3");
    assert!(!stderr.contains("did you mean"), "{stderr}");
}
