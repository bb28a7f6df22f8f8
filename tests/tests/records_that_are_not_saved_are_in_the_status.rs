//! `/status` of a process whose log directory cannot be made says that records are not saved, until they are.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, session_usage};

#[session_usage(model = "m")]
fn ask(id: &str) -> Value {
    json!({"id": id, "object": "chat.completion",
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}})
}

#[test]
fn records_that_are_not_saved_are_in_the_status() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "not a directory").unwrap();
    let table = "[telemetry]\nenabled = true\ndir = 'file/logs'\n[telemetry.logs.debug]\nenabled = false\n\
                 [telemetry.logs.tui]\nenabled = false\n";
    fs::write(home.path().join("config.toml"), table).unwrap();
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    let session = Session::start();
    ask("1");
    ask("2");
    let snapshot = session.snapshot();
    assert_eq!(snapshot.totals.requests, 2);
    assert_eq!(snapshot.unsaved_records, 2);
    assert_eq!(snapshot.unsaved_reason.as_deref(), Some("not a directory"));
    let text = snapshot.to_string();
    assert!(
        text.contains("\nNot saved  2 records (not a directory)\n"),
        "{text}"
    );

    fs::remove_file(&file).unwrap();
    assert!(telemetry.flush(Duration::from_mins(1)));
    let snapshot = session.snapshot();
    assert_eq!(
        (snapshot.unsaved_records, snapshot.unsaved_reason),
        (0, None)
    );

    fs::remove_dir_all(&file).unwrap();
    fs::write(&file, "not a directory").unwrap();
    ask("3");
    assert_eq!(session.snapshot().unsaved_records, 1);
    // When telemetry ends, the record is counted as lost.
    drop(telemetry);
    assert_eq!(session.snapshot().unsaved_records, 1);
}
