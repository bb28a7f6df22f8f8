//! `telemetry purge` while old segments of the session log are folded.

mod home;

use std::fmt::Write;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use home::Home;
use serde_json::json;
use telemetry_runtime::{Config, Session};

const PURGED: &str = "019ab2b1-7c3a-7def-8123-000000000001";
const OTHER: &str = "019ab2b1-7c3a-7def-8123-000000000002";
const ROLLUP: &str = "codex-litellm-usage-rollup.jsonl";
const REQUESTS: u64 = 150_000;

fn line(session: &str, request: u64) -> String {
    format!(
        r#"{{"ts":"2026-11-20T10:00:00.000000Z","v":1,"session_id":"{session}","turn":1,"request_id":"chatcmpl-{session}-{request}","model":"vercel/deepseek-v3.2","prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
    )
}

/// Returns the bytes of all files of the session log.
fn session_bytes(home: &Home) -> u64 {
    let files = fs::read_dir(home.path().join("logs")).unwrap().flatten();
    let session = files.filter(|file| file.file_name().to_string_lossy().contains("-session"));
    session
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// One segment is longer than a part, and is folded in several; the others are folded by the threads that record meanwhile.
#[test]
fn a_purged_session_does_not_come_back_and_no_other_request_is_lost() {
    let home = Home::empty();
    let logs = home.path().join("logs");
    if !logs.exists() {
        fs::create_dir(&logs).unwrap();
    }
    let mut log = String::new();
    for request in 0..REQUESTS {
        writeln!(
            log,
            "{}",
            line(
                if request.is_multiple_of(2) {
                    PURGED
                } else {
                    OTHER
                },
                request
            )
        )
        .unwrap();
    }
    fs::write(
        logs.join("codex-litellm-session.20261121T000000Z-1.jsonl"),
        log,
    )
    .unwrap();
    for segment in 0..6 {
        let mut log = String::new();
        for request in 0..400 {
            let request = REQUESTS + segment * 400 + request;
            writeln!(
                log,
                "{}",
                line(
                    if request.is_multiple_of(2) {
                        PURGED
                    } else {
                        OTHER
                    },
                    request
                )
            )
            .unwrap();
        }
        let name = format!("codex-litellm-session.20261122T00000{segment}Z-1.jsonl");
        fs::write(logs.join(name), log).unwrap();
    }
    let config = "[telemetry]\nenabled = true\nmax_total_bytes = \"1 MiB\"\n";
    fs::write(home.path().join("config.toml"), config).unwrap();
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let _session = Session::start();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u64;
            while !is_over.load(Ordering::Acquire) {
                number += 1;
                let usage = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
                let id = format!("chatcmpl-new-{number}");
                telemetry_runtime::record_usage(&json!({"id": id, "model": "m", "usage": usage}));
            }
        });
        // It fails as long as another process or thread keeps the directory locked.
        let mut attempts = 0;
        while !home.run(&["purge", "--session", PURGED]).status.success() {
            attempts += 1;
            assert!(attempts < 200);
        }
        while session_bytes(&home) > 1 << 20 {
            thread::yield_now();
        }
        is_over.store(true, Ordering::Release);
    });
    drop(telemetry);
    let texts = fs::read_dir(&logs).unwrap().flatten();
    for file in texts {
        let text = fs::read_to_string(file.path()).unwrap();
        assert!(!text.contains(PURGED), "{}", file.path().display());
    }
    assert!(logs.join(ROLLUP).exists());
    let sessions = home.json(&["sessions", "--json"]);
    let sessions = sessions["sessions"].as_array().unwrap();
    let other = sessions
        .iter()
        .find(|session| session["session_id"] == OTHER);
    let requests = other.unwrap()["requests"].as_u64();
    assert_eq!(requests, Some(REQUESTS / 2 + 1_200));
}
