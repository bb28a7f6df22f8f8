//! The records of programs that end without dropping their telemetry are in the files.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tests::home::Home;

/// Runs a program that ends in this way, and checks its records. Returns its exit code.
fn ends(end: &str) -> Option<i32> {
    let home = Home::with_config("[telemetry]\nenabled = true\nlog_content = true\n");
    let mut program = Command::new(env!("CARGO_BIN_EXE_ends_without_a_guard"))
        .args([home.path().as_os_str(), end.as_ref()])
        .env_remove("CODEX_TELEMETRY")
        .spawn()
        .unwrap();
    // A deadline far above every promise, so that a program that hangs does not block the tests.
    let started = Instant::now();
    let status = loop {
        if let Some(status) = program.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_mins(1) {
            program.kill().unwrap();
            panic!("`{end}` did not end: its span was never written");
        }
        std::thread::yield_now();
    };
    let logs = home.logs();
    assert_eq!(logs.spans("history.last_words").count(), 1, "{end}");
    assert_eq!(logs.session.len(), 1, "{end}");
    let record = &logs.session[0];
    assert_eq!(
        (&record["request_id"], &record["request"]),
        (&"last-request".into(), &1.into())
    );
    assert_eq!(
        (&record["prompt_tokens"], &record["completion_tokens"]),
        (&1200.into(), &350.into())
    );
    assert!(
        record.get("cached_tokens").is_none(),
        "unknown is not zero: {record}"
    );
    let frames = fs::read_to_string(home.log_dir().join("codex-tui-stream.jsonl")).unwrap();
    let has_row = |line: &str| line.contains("\"type\":\"screen\"");
    assert_eq!(
        frames.lines().filter(|line| has_row(line)).count(),
        2,
        "{end}: {frames}"
    );
    assert!(frames.contains("the last frame"), "{end}: {frames}");
    for piece in ["Zk3v9", "b2Lc", "R8nY", "6oXt"] {
        assert!(!frames.contains(piece), "{end}: {frames}");
    }
    status.code()
}

#[test]
fn process_exit() {
    assert_eq!(ends("exit"), Some(7));
}

#[test]
fn process_exit_in_another_thread() {
    assert_eq!(ends("exit_in_a_thread"), Some(7));
}

#[test]
fn abort() {
    assert_eq!(ends("abort"), None);
}

#[test]
fn a_panic() {
    assert_eq!(ends("panic"), Some(101));
}

#[test]
fn the_end_of_main() {
    assert_eq!(ends("return"), Some(0));
}
