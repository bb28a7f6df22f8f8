//! Segments whose totals are in the rollup.

use super::*;

/// A damaged line of the rollup may have belonged to any session, so each session counts it.
fn assert_damaged_rollup_lines_are_counted(id: SessionId, rollup: &Path) {
    let whole = fs::read(rollup).unwrap();
    let before = read_files(id, rollup, &[])
        .snapshot(id, &|_| None)
        .damaged_lines;
    let torn = [&whole, &b"{\"type\":\"rollup\",\"se\n"[..]].concat();
    let path = rollup.with_file_name("torn.jsonl");
    fs::write(&path, torn).unwrap();
    let snapshot = read_files(id, &path, &[]).snapshot(id, &|_| None);
    assert_eq!(snapshot.damaged_lines, before + 1);
    fs::remove_file(path).unwrap();
}

#[test]
fn folded_segments_count_once_whenever_the_process_is_killed() {
    let id = SessionId::from_bytes([2; 16]);
    log();
    let rollup_path = log_files::current().unwrap().rollup.clone();
    let oldest = segment("20261121T000000Z-1", &lines(id, &["1", "2"]));
    let older = segment("20261121T000000Z-1.1", &lines(id, &["3", "2"]));
    let staying = segment("20261121T000000Z-1.2", &lines(id, &["4", "3"]));
    let requests = || {
        let snapshot = Session::known(id).unwrap().snapshot();
        (snapshot.totals.requests, snapshot.totals.prompt_tokens)
    };
    assert_eq!(requests(), (4, 400));
    let rest = [older.clone(), staying.clone()];
    let damaged = fold(&rollup_path, std::slice::from_ref(&oldest), &rest).unwrap();
    assert_eq!(damaged, 2);
    // The process was killed before it removed the segment.
    assert_eq!(requests(), (4, 400));
    fold(
        &rollup_path,
        &[oldest.clone(), older.clone()],
        std::slice::from_ref(&staying),
    )
    .unwrap();
    assert_eq!(requests(), (4, 400));
    fs::remove_file(&oldest).unwrap();
    fs::remove_file(&older).unwrap();
    assert_eq!(requests(), (4, 400));
    // The next fold drops the names of segments that no longer exist, and keeps their totals.
    fold(&rollup_path, &[], std::slice::from_ref(&staying)).unwrap();
    let mut names = Vec::new();
    Records::new(fs::File::open(&rollup_path).unwrap())
        .each(|record| {
            if let Record::FoldedBatch(line) = record {
                names.extend(line.segments.into_iter().map(std::borrow::Cow::into_owned));
            }
        })
        .unwrap();
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(requests(), (4, 400));
    assert_damaged_rollup_lines_are_counted(id, &rollup_path);
    let session = Session::known(id).unwrap();
    write(&session, "5", |_| {});
    assert_eq!(
        records_of(&session).last().unwrap().request_number(),
        Some(5)
    );
    assert!(!rollup_path.with_extension("jsonl.new").exists());
    fs::remove_file(staying).unwrap();
    fs::remove_file(rollup_path).unwrap();
}

#[test]
fn a_fold_that_cannot_be_written_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let rollup_path = directory.path().join(ROLLUP_FILE);
    fs::create_dir(&rollup_path).unwrap();
    let segment = directory.path().join("a.jsonl");
    fs::write(&segment, lines(SessionId::from_bytes([3; 16]), &["1"])).unwrap();
    assert!(fold(&rollup_path, &[segment], &[]).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}
