//! Files of earlier launches.

use std::fs;
use std::path::Path;

/// Writes debug logs of 1 KiB each.
///
/// # Panics
///
/// When a file cannot be written.
pub fn fill(logs: &Path, files: u32) {
    fs::create_dir_all(logs).expect("a writable directory");
    let mut line =
        br#"{"ts":"2025-01-01T00:00:00.000000Z","type":"header","v":1,"pid":1,"app":""#.to_vec();
    line.resize(1021, b'x');
    line.extend_from_slice(b"\"}\n");
    for pid in 1..=files {
        fs::write(logs.join(format!("20250101T000000Z-{pid}.jsonl")), &line).expect("room");
    }
}

/// Writes closed segments of the session log, with 1 KiB and one turn each.
///
/// # Panics
///
/// When a file cannot be written.
pub fn fill_sessions(logs: &Path, files: u32) {
    fs::create_dir_all(logs).expect("a writable directory");
    for pid in 1..=files {
        let mut line = format!(
            r#"{{"ts":"2025-01-01T00:00:00.000000Z","v":1,"session_id":"019ab2b1-7c3a-7def-8123-456789abcdef","turn":{pid},"request_id":"r{pid}","model":"m","prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"outcome":"ok","retry_cause":""#
        )
        .into_bytes();
        line.resize(1021, b'x');
        line.extend_from_slice(b"\"}\n");
        let name = format!("codex-litellm-session.20250101T000000Z-{pid}.jsonl");
        fs::write(logs.join(name), &line).expect("room");
    }
}
