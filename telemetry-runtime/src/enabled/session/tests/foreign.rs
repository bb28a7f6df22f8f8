//! Numbers, files and lines that other programs or versions wrote.

use super::*;

#[test]
fn sums_saturate_at_the_end_of_their_range() {
    let id = SessionId::from_bytes([4; 16]);
    let max = u64::MAX;
    let mut lines = Vec::new();
    for request in 0..2 {
        writeln!(
            lines,
            r#"{{"ts":"2026-11-22T18:54:00Z","session_id":"{id}","turn":{max},"request_id":"{request}","prompt_tokens":{max},"completion_tokens":{max},"cached_tokens":{max},"latency_ms":{max},"cost_usd":9223372036}}"#
        )
        .unwrap();
    }
    let path = segment("20261119T000000Z-1", &lines);
    let session = Session::known(id).unwrap();
    write(&session, "2", |_| {});
    let totals = session.snapshot().totals;
    assert_eq!((totals.requests, totals.prompt_tokens), (3, max));
    assert_eq!((totals.total_tokens, totals.cost_nanos), (max, i64::MAX));
    assert!(session.snapshot().to_string().contains("requests"));
    assert_eq!(
        records_of(&session).last().unwrap().request_number(),
        Some(max)
    );
    fs::remove_file(path).unwrap();
}

/// Returns a directory for one test, the path of its rollup, and a segment with one request.
fn own_log(id: SessionId) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let rollup = directory.path().join(ROLLUP_FILE);
    let segment = directory.path().join("a.jsonl");
    fs::write(&segment, lines(id, &["1"])).unwrap();
    (directory, rollup, segment)
}

#[cfg(unix)]
#[test]
fn a_file_that_is_not_regular_is_skipped_and_counted() {
    let (directory, rollup_path, segment) = own_log(SessionId::from_bytes([5; 16]));
    let at = |name: &str| directory.path().join(name);
    let link = at("link.jsonl");
    std::os::unix::fs::symlink(&segment, &link).unwrap();
    assert_eq!(fold(&rollup_path, &[link], &[]).unwrap(), 1);
    let written = fs::read_to_string(&rollup_path).unwrap_or_default();
    assert!(!written.contains("\"rollup\""), "{written}");
    // The pipe has no writer, so opening it for reading would block.
    let pipe = at("pipe.jsonl");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::create_dir(at("directory.jsonl")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(at("socket.jsonl")).unwrap();
    let gone = [
        pipe,
        at("directory.jsonl"),
        at("socket.jsonl"),
        at("none.jsonl"),
    ];
    assert_eq!(fold(&rollup_path, &gone, &gone).unwrap(), 3);
    drop(socket);
}

#[test]
fn a_fold_keeps_values_of_later_versions() {
    let id = SessionId::from_bytes([6; 16]);
    let (_directory, rollup_path, segment) = own_log(id);
    fold(&rollup_path, std::slice::from_ref(&segment), &[]).unwrap();
    let known = fs::read_to_string(&rollup_path).unwrap();
    let row = known.lines().next().unwrap();
    let later = [
        r#"{"ts":"2026-11-22T18:54:00Z","type":"budget","v":2,"left":7}"#.to_owned(),
        row.replacen('{', r#"{"region":"eu","#, 1),
        row.replace(r#""sums":{"#, r#""sums":{"audio_tokens":5,"#),
    ];
    let text = format!("{known}{}\n{{\"ts\":\"20", later.join("\n"));
    fs::write(&rollup_path, text).unwrap();
    let next = segment.with_file_name("b.jsonl");
    fs::write(&next, lines(id, &["2"])).unwrap();
    fold(&rollup_path, &[next], &[]).unwrap();
    let written = fs::read_to_string(&rollup_path).unwrap();
    for line in &later {
        assert_eq!(written.lines().filter(|kept| kept == line).count(), 1);
    }
    let mut requests = Vec::new();
    Records::new(written.as_bytes())
        .each(|record| {
            if let Record::Rollup(row) = record {
                requests.push(row.sums.requests);
            }
        })
        .unwrap();
    requests.sort_unstable();
    assert_eq!(requests, [1, 1, 2]);
}
