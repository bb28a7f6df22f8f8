//! Finding ids by their first digits; parents and children; snapshots of other sessions.

use super::*;

#[test]
fn the_first_digits_find_the_only_matching_session() {
    log();
    let first: SessionId = "aa10beef-0000-7000-8000-000000000001".parse().unwrap();
    let second: SessionId = "aa10bee0-0000-7000-8000-000000000002".parse().unwrap();
    let path = segment(
        "20261117T000000Z-1",
        &[lines(first, &["1"]), lines(second, &["1"])].concat(),
    );
    for beginning in [
        "aa10beef",
        "AA10BEEF",
        "aa10beef-0",
        "aa10beef-",
        "aa10beef0000700080000000000000",
        " aa10beef-0000-7000-8000-000000000001\n",
    ] {
        assert_eq!(Session::find(beginning).unwrap(), first, "{beginning}");
    }
    let error = Session::find("aa10").unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ResumeError::Ambiguous { .. }), "{text}");
    assert_eq!(
        text,
        format!(
            "2 sessions begin with aa10: give more of the id of one of them, the latest first:\n  {first}\n  {second}"
        )
    );
    let text = Session::find("aa11").unwrap_err().to_string();
    let directory = log().display();
    assert_eq!(text, format!("no session in {directory} begins with aa11"));
    // A session of this process without a record.
    let living = Session::detached();
    let whole = living.id().to_string();
    assert_eq!(Session::find(&whole[..35]).unwrap(), living.id());
    fs::remove_file(path).unwrap();
}

#[test]
fn an_invalid_beginning_is_refused_with_its_text() {
    log();
    for text in ["", "018", "wxyz", "0-1-8", "\u{1b}[2J1234", &"a".repeat(33)] {
        let error = Session::find(text).unwrap_err();
        assert!(matches!(error, ResumeError::NotAnId { .. }), "{text}");
        let shown = error.to_string();
        assert!(shown.contains("4 to 32 hexadecimal digits"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}

#[test]
fn a_long_list_of_candidates_is_cut() {
    let candidates = (0..23).map(|at| SessionId::from_bytes([at; 16])).collect();
    let beginning = "0000".to_owned();
    let error = ResumeError::Ambiguous {
        beginning,
        candidates,
    };
    let text = error.to_string();
    assert_eq!(text.lines().count(), 12);
    assert!(text.ends_with("\n  and 13 more"), "{text}");
}

#[test]
fn a_parent_counts_the_requests_of_a_child_separately() {
    log();
    let parent = Session::detached();
    let child = parent.child();
    let grandchild = child.child();
    assert_eq!(child.parent(), Some(parent.id()));
    write(&parent, "1", |_| {});
    for session in [&child, &grandchild] {
        write(session, "1", |_| {});
        write(session, "2", |record| {
            record.outcome = Some(Outcome::Err);
        });
        write(session, "1", |_| {});
    }
    for record in records_of(&child)
        .iter()
        .filter(|record| record.session_id == child.id().to_string())
    {
        assert_eq!(
            record.parent_session_id.as_deref(),
            Some(&*parent.id().to_string())
        );
    }
    let of = |session: &Session| {
        let snapshot = session.snapshot();
        let requests = (snapshot.totals.requests, snapshot.children.requests);
        (requests, snapshot.children.failures, snapshot.parent_id)
    };
    let expected = [
        ((1, 2), 1, None),
        ((2, 2), 1, Some(parent.id())),
        ((2, 0), 0, Some(child.id())),
    ];
    assert_eq!([&parent, &child, &grandchild].map(of), expected);
    let ids = [parent, child, grandchild].map(unload);
    let again = ids.map(|id| Session::known(id).unwrap());
    assert_eq!(again.each_ref().map(of), expected);
    // The parent's ledger counts the request once, whether the ledger was read before or after it.
    write(&again[1], "3", |_| {});
    assert_eq!(of(&again[0]).0, (1, 3));
}

#[test]
fn the_parent_is_known_after_the_records_of_its_child_were_folded() {
    log();
    let (parent, child) = (
        SessionId::from_bytes([0x31; 16]),
        SessionId::from_bytes([0x32; 16]),
    );
    let mut text = Vec::new();
    for (id, parent) in [(parent, None), (child, Some(parent))] {
        let record = SessionRecord {
            ts: Timestamp::from_micros(1_795_373_640_000_000),
            session_id: id.to_string().into(),
            parent_session_id: parent.map(|parent| parent.to_string().into()),
            request_id: Some("1".into()),
            prompt_tokens: Some(5),
            ..SessionRecord::default()
        };
        write_line(&mut text, &record).unwrap();
    }
    let path = segment("20261116T000000Z-1", &text);
    let snapshots = || [parent, child].map(|id| Session::snapshot_of(id).unwrap());
    let before = snapshots();
    assert_eq!(before[0].children.prompt_tokens, 5);
    assert_eq!(before[1].parent_id, Some(parent));
    let directory = tempfile::tempdir().unwrap();
    let rollup_path = directory.path().join(ROLLUP_FILE);
    let gone = directory.path().join("a.jsonl");
    fs::copy(&path, &gone).unwrap();
    fold(&rollup_path, &[gone], &[]).unwrap();
    let after = [parent, child].map(|id| read_files(id, &rollup_path, &[]).snapshot(id, &|_| None));
    assert_eq!(after.map(of_sums), before.map(of_sums));
    fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_cannot_be_read_is_counted_and_the_others_are_used() {
    log();
    let id = SessionId::from_bytes([0x34; 16]);
    let path = segment("20261114T000000Z-1", &lines(id, &["1", "2"]));
    // No file system allows this name.
    let unreadable = PathBuf::from("no\0file.jsonl");
    let files = [unreadable.clone(), path.clone(), unreadable];
    let snapshot = read_files(id, Path::new("none"), &files).snapshot(id, &|_| None);
    assert_eq!(
        (snapshot.totals.requests, snapshot.unreadable_files),
        (2, 2)
    );
    let shown = snapshot.to_string();
    assert!(shown.contains("2 files could not be read"), "{shown}");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_snapshot_of_another_session_does_not_continue_it() {
    log();
    let session = Session::detached();
    write(&session, "1", |_| {});
    let before = session.snapshot();
    assert_eq!(Session::snapshot_of(session.id()).unwrap(), before);
    let id = unload(session);
    assert_eq!(Session::snapshot_of(id).unwrap(), before);
    assert!(STATES.find(id).is_none());
    let unknown = SessionId::from_bytes([0x33; 16]);
    let error = Session::snapshot_of(unknown).unwrap_err();
    assert!(matches!(error, ResumeError::Unknown { .. }), "{error}");
}

#[test]
fn ids_are_version_7_and_sort_by_time() {
    let ids: Vec<SessionId> = (0..100).map(|_| Session::detached().id()).collect();
    assert!(ids.is_sorted());
    assert_eq!(ids[0].as_bytes()[6] >> 4, 7);
}
