//! `Session::find("latest")`: the session of the latest request, and the error where there is none.

use std::fs;

use telemetry_runtime::{Config, ResumeError, Session, SessionId};

fn line(id: SessionId, second: u32) -> String {
    format!(
        "{{\"ts\":\"2026-11-22T18:54:{second:02}.000000Z\",\"v\":1,\"session_id\":\"{id}\",\"request\":1,\"request_id\":\"{second}\",\
         \"outcome\":\"ok\"}}\n"
    )
}

#[test]
fn the_latest_session_is_found() {
    let [first, second, third] = [1, 2, 3].map(|at| SessionId::from_bytes([at; 16]));
    let before_init = Session::find("latest").unwrap_err();
    assert!(matches!(before_init, ResumeError::Off), "{before_init}");

    let home = tempfile::tempdir().unwrap();
    let config = Config::at(home.path()).with_enabled(Some(false));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let logs = home.path().join("logs");
    let empty = Session::find("latest").unwrap_err();
    assert!(matches!(empty, ResumeError::NoSession { .. }), "{empty}");
    assert!(empty.to_string().contains(logs.to_str().unwrap()));

    fs::create_dir(&logs).unwrap();
    let closed = logs.join("codex-litellm-session.20261122T185400Z-1.jsonl");
    fs::write(closed, line(first, 1) + &line(second, 2)).unwrap();
    assert_eq!(Session::find("latest").unwrap(), second);
    let live = logs.join("codex-litellm-session.jsonl");
    fs::write(&live, "").unwrap();
    assert_eq!(Session::find(" Latest\n").unwrap(), second);
    // The line is longer than the part that is read first at the end of a file.
    let text = line(third, 3) + &"x".repeat(1 << 20) + "\n";
    fs::write(&live, &text).unwrap();
    assert_eq!(Session::find("latest").unwrap(), third);
    fs::write(&live, text + &line(first, 4) + "{\"ts\":\"2026").unwrap();
    assert_eq!(Session::find("latest").unwrap(), first);

    // A session that ended before its first request.
    telemetry.set_enabled(true);
    let unknown = SessionId::from_bytes([9; 16]);
    let error = Session::resume(unknown).unwrap_err().to_string();
    assert!(error.contains("Session::resume_or_start"), "{error}");
    assert_eq!(Session::resume_or_start(unknown).id(), unknown);
    drop(telemetry);
}
