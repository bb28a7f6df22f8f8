//! Requests that the session log cannot take until the process ends are reported in the debug log.

use std::fs;

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, UsageSource, init, session_usage};

#[derive(UsageSource)]
struct Answer {
    #[usage(prompt_tokens)]
    input: u64,
}

/// More requests with a long name of a model than a session log keeps in memory.
const REQUESTS: u64 = 1_200;

#[session_usage(model = "m".repeat(1_000))]
fn ask() -> Answer {
    Answer { input: 11 }
}

#[test]
fn requests_that_were_never_written_are_in_the_debug_log() {
    let home = tempfile::tempdir().unwrap();
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\n",
    )
    .unwrap();
    let telemetry = init(Config::load(home.path()).unwrap()).unwrap();
    let logs = home.path().join("logs");
    // A directory in the place of the log is refused for every user, also for root.
    let session_log = logs.join("codex-litellm-session.jsonl");
    let _ = fs::remove_file(&session_log);
    fs::create_dir(&session_log).unwrap();
    let session = Session::start();
    assert_eq!(ask().input + ask().input, 22);
    assert_eq!(telemetry.health().held, 2);
    // The session log keeps a megabyte of refused lines; the further ones are lost at once.
    for _ in 2..REQUESTS {
        ask();
    }
    let health = telemetry.health();
    assert!(health.held < REQUESTS && health.lost > 0, "{health:?}");
    drop(session);
    drop(telemetry);

    let mut lost = Vec::new();
    for entry in fs::read_dir(&logs).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_some_and(|it| it == "jsonl") {
            let text = fs::read_to_string(&path).unwrap();
            let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
            lost.extend(records.filter(|record: &Value| record["type"] == "lost"));
        }
    }
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(lost[0]["count"], json!(REQUESTS));
    assert!(lost[0]["bytes"].as_u64().unwrap() > 0);
    let cause = lost[0]["cause"].as_str().unwrap();
    assert!(cause.starts_with("session log: "), "{cause}");
}
