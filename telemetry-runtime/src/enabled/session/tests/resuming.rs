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
    let id = unload(session);
    let resumed = Session::known(id).unwrap();
    assert_eq!(resumed.snapshot(), before);
    write(&resumed, "4", |_| {});
    write(&resumed, "2", |_| {});
    let turns: Vec<_> = records_of(&resumed)
        .iter()
        .map(SessionRecord::request_number)
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

/// Returns a version 7 id that was made at this time, in milliseconds since 1970.
fn made_at(millis: u64, number: u8) -> SessionId {
    let mut bytes = [number; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6] = 0x70;
    SessionId::from_bytes(bytes)
}

#[test]
fn a_session_that_was_dropped_from_the_rollup_has_partial_totals() {
    let directory = tempfile::tempdir().unwrap();
    let rollup = directory.path().join(ROLLUP_FILE);
    fs::write(
        &rollup,
        "{\"ts\":\"2026-08-01T00:00:00.000000Z\",\"type\":\"rollup_days\",\"v\":1,\"month\":\"2026-08\",\"through\":\"2026-08-03T10:00:00.000000Z\",\"models\":[\"m\"],\"days\":[\"3;0,2,2s,6\"]}\n",
    )
    .unwrap();
    let through = 1_785_751_200_000;
    let read = |id: SessionId, segments: &[PathBuf]| {
        let mut reader = LogReader::new(id);
        reader.read(&rollup, segments);
        reader.mark_partial();
        reader.ledger.snapshot(id, &|_| None)
    };
    let dropped = read(made_at(through - 1000, 0x81), &[]);
    assert_eq!((dropped.totals.requests, dropped.is_partial), (0, true));
    assert!(dropped.to_string().contains("partial totals"), "{dropped}");
    assert!(!read(made_at(through + 1000, 0x82), &[]).is_partial);
    // A session of which later records are left.
    let id = made_at(through - 1000, 0x83);
    let segment = directory.path().join("a.jsonl");
    fs::write(&segment, lines(id, &["1"])).unwrap();
    let rest = read(id, &[segment]);
    assert_eq!((rest.totals.requests, rest.is_partial), (1, true));
}

#[test]
fn missing_request_numbers_make_totals_partial() {
    let directory = tempfile::tempdir().unwrap();
    let id = SessionId::from_bytes([0x84; 16]);
    let segment = directory.path().join("a.jsonl");
    let line = |turn| {
        format!(
            "{{\"ts\":\"2026-11-22T18:54:00Z\",\"session_id\":\"{id}\",\"turn\":{turn},\"request_id\":\"{turn}\"}}\n"
        )
    };
    let none = directory.path().join("none");
    fs::write(&segment, [line(1), line(2)].concat()).unwrap();
    let segments = [segment];
    assert!(
        !read_files(id, &none, &segments)
            .snapshot(id, &|_| None)
            .is_partial
    );
    fs::write(&segments[0], [line(3), line(4)].concat()).unwrap();
    assert!(
        read_files(id, &none, &segments)
            .snapshot(id, &|_| None)
            .is_partial
    );
}
