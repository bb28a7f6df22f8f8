//! A server with a hundred thousand sessions at once: totals that do not fit into memory are read from
//! the log again.
//!
//! One test, because it measures the memory of the process.
#![cfg(target_os = "linux")]

use std::fs;

use telemetry_runtime::{Config, Session, Usage, record_usage};
use tests::home::Home;

const SESSIONS: usize = 100_000;
/// The bound: 16 MiB of totals, and 500 bytes for each session that the host holds. All totals together
/// would be three times as much.
const MOST_KIB: u64 = 64 * 1024;

/// Returns the resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().strip_suffix(" kB").unwrap();
    number.trim().parse().unwrap()
}

fn turn(session: &Session, turn: usize) {
    let mut usage = Usage::default();
    usage.request_id = Some(format!("chatcmpl-{turn}"));
    usage.model = Some("gpt-5-mini".to_owned());
    usage.prompt_tokens = Some(1180);
    let _entered = session.enter();
    record_usage(&usage);
}

#[test]
fn evicted_sessions_are_read_from_the_log() {
    let home = Home::with_config("[telemetry]\nenabled = true\nmax_total_bytes = 0\n");
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let before = resident();
    let sessions: Vec<Session> = (0..SESSIONS)
        .map(|_| {
            let session = Session::detached();
            turn(&session, 1);
            session
        })
        .collect();
    let taken = resident() - before;
    println!("{SESSIONS} sessions take {taken} KiB");
    assert!(taken < MOST_KIB, "{taken} KiB");
    // The totals of the first sessions are only in the log by now, those of the last one are in memory.
    for session in [&sessions[0], &sessions[1], &sessions[SESSIONS - 1]] {
        assert_eq!(session.snapshot().totals.prompt_tokens, 1180);
        turn(session, 1);
        turn(session, 2);
        assert_eq!(session.snapshot().totals.answered, 2);
    }
    drop(telemetry);
    let first = sessions[0].id().to_string();
    let logs = home.logs();
    let turns: Vec<u64> = logs
        .session
        .iter()
        .filter(|line| line["session_id"] == *first)
        .map(|line| line["request"].as_u64().unwrap())
        .collect();
    assert_eq!(turns, [1, 2]);
    assert_eq!(logs.session.len(), SESSIONS + 3);
}
