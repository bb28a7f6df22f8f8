//! Sessions that are resumed from the logs.

use super::*;

#[test]
fn a_resumed_session_continues_totals_and_turn_numbers() {
    log();
    let session = Session::detached();
    write(&session, "1", |record| {
        record.outcome = Some(Outcome::Err);
    });
    write(&session, "2", |record| {
        record.attempt = Some(2);
        record.cost_usd = Some(NanoUsd(410_000));
        record.latency_ms = Some(2210);
        record.reasoning_effort = Some("high".into());
    });
    write(&session, "3", |record| {
        record.model = Some("n".into());
        record.cached_tokens = Some(50);
        record.ts = Timestamp::from_micros(1_795_373_650_000_000);
    });
    let before = session.snapshot();
    assert_eq!((before.totals.requests, before.totals.failures), (3, 1));
    assert_eq!(before.last_model.as_deref(), Some("n"));
    let id = forget(session);
    let resumed = Session::known(id).unwrap();
    assert_eq!(resumed.snapshot(), before);
    write(&resumed, "4", |_| {});
    write(&resumed, "2", |_| {});
    let turns: Vec<_> = records_of(&resumed)
        .iter()
        .map(|record| record.turn)
        .collect();
    assert_eq!(turns, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn a_session_of_this_process_is_resumed_from_memory() {
    log();
    let session = Session::detached();
    write(&session, "1", |_| {});
    let same = Session::known(session.id()).unwrap();
    write(&same, "2", |_| {});
    assert_eq!(session.snapshot().totals.requests, 2);
}

#[test]
fn the_error_of_an_unknown_id_names_the_directory() {
    let directory = log();
    let id: SessionId = "018f2b1e-7c3a-7def-8123-456789abcdef".parse().unwrap();
    let error = Session::known(id).unwrap_err();
    assert!(matches!(&error, ResumeError::Unknown { id: found, .. } if *found == id));
    let text = error.to_string();
    assert!(text.contains(&id.to_string()) && text.contains(&*directory.to_string_lossy()));
}

#[test]
fn damaged_lines_are_skipped_and_counted() {
    let id = SessionId::from_bytes([1; 16]);
    let path = segment("20261120T000000Z-1", &lines(id, &["1", "2", "1"]));
    let snapshot = Session::known(id).unwrap().snapshot();
    assert_eq!((snapshot.totals.requests, snapshot.damaged_lines), (2, 3));
    assert!(snapshot.to_string().contains("3 damaged lines skipped"));
    fs::remove_file(path).unwrap();
}
