use std::fs;
use std::path::Path;

use telemetry_schema::record::{Records, write_line};

use super::*;
use crate::rollup::{ROLLUP_FILE, read_sums};

const PART: u64 = 50_000;
const SEGMENT: &str = "codex-litellm-session.20261121T000000Z-1.jsonl";

fn limits() -> Limits {
    Limits {
        max_bytes: 16 << 20,
        today: 20_700,
        part_bytes: PART,
    }
}

fn line(id: u64) -> Vec<u8> {
    let record = SessionRecord {
        session_id: format!("019ab2b1-7c3a-7def-8123-{:012x}", id / 100).into(),
        request_id: Some(format!("chatcmpl-{id}").into()),
        prompt_tokens: Some(1),
        model: Some("m".into()),
        ..SessionRecord::default()
    };
    let mut line = Vec::new();
    write_line(&mut line, &record).unwrap();
    line
}

/// Writes a segment of about 15 parts. Some requests are repeated a few lines later. Returns the number of requests.
fn write_segment(directory: &Path) -> u64 {
    let mut log = Vec::new();
    for id in 0..5_000 {
        log.extend(line(id));
        if id % 97 == 5 {
            log.extend(line(id - 5));
        }
    }
    // No record is so long. A cut may fall into this line.
    log.resize(log.len() + 300_000, b'x');
    log.push(b'\n');
    log.extend(line(5_000));
    fs::write(directory.join(SEGMENT), log).unwrap();
    5_001
}

/// Returns the requests of the rollup, and of the part of the segment that is not in the rollup.
fn requests(directory: &Path) -> u64 {
    let (mut sum, mut end) = (0, u64::MAX);
    if let Ok(rollup) = File::open(directory.join(ROLLUP_FILE)) {
        let index = read_sums(&rollup, |sums| sum += sums.sums.requests).unwrap();
        end = index.end_of(SEGMENT);
    }
    if let Ok(segment) = File::open(directory.join(SEGMENT))
        && end > 0
    {
        let mut seen = telemetry_schema::record::RequestKeys::default();
        Records::part(segment, &(0..end))
            .each_request(|record| {
                let key = telemetry_schema::record::request_key(record).unwrap();
                sum += u64::from(seen.insert(key));
            })
            .unwrap();
    }
    sum
}

#[test]
fn a_long_segment_is_folded_from_its_end_and_a_kill_at_any_time_loses_and_doubles_nothing() {
    for (is_killed, is_cut_lost) in [(false, false), (true, false), (true, true)] {
        let home = tempfile::tempdir().unwrap();
        let all = write_segment(home.path());
        let path = home.path().join(SEGMENT);
        let directory = Directory::open(home.path()).unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let closed = [SEGMENT.to_owned()];
        let mut folder = Folder::new(&directory, &closed, &[], limits(), true);
        let (mut len, mut parts) = (fs::metadata(&path).unwrap().len(), 0);
        let mut removable = Vec::new();
        loop {
            let before = fs::read(&path).unwrap();
            let Some(part) = folder.fold_next().unwrap() else {
                break;
            };
            parts += 1;
            removable = part.folded;
            assert_eq!(requests(home.path()), all, "after part {parts}");
            if removable.is_empty() {
                let now = fs::metadata(&path).unwrap();
                assert!(now.len() < len, "{} {len}", now.len());
                assert_eq!(now.modified().unwrap(), modified);
                len = now.len();
            }
            if is_cut_lost {
                // The process was killed after the sums were in the rollup, and before the cut.
                fs::write(&path, before).unwrap();
                File::open(&path).unwrap().set_modified(modified).unwrap();
                assert_eq!(requests(home.path()), all, "after part {parts}");
            }
            if is_killed && removable.is_empty() {
                folder = Folder::new(&directory, &closed, &[], limits(), true);
            }
        }
        assert!(parts > 10, "{parts}");
        assert_eq!(removable, closed);
        fs::remove_file(path).unwrap();
        assert_eq!(requests(home.path()), all);
    }
}

#[test]
fn a_part_of_a_segment_stays_noted_when_the_rollup_is_compacted() {
    let home = tempfile::tempdir().unwrap();
    let all = write_segment(home.path());
    let directory = Directory::open(home.path()).unwrap();
    let closed = [SEGMENT.to_owned()];
    for _ in 0..3 {
        let mut folder = Folder::new(&directory, &closed, &[], limits(), true);
        folder.fold_next().unwrap().unwrap();
        crate::compaction::compact(&directory, limits()).unwrap();
        assert_eq!(requests(home.path()), all);
    }
}

/// The reader would miss the requests of the end if it has read the rollup before.
#[test]
fn a_segment_that_a_reader_keeps_is_not_cut() {
    let home = tempfile::tempdir().unwrap();
    write_segment(home.path());
    let path = home.path().join(SEGMENT);
    let directory = Directory::open(home.path()).unwrap();
    let reader = File::open(&path).unwrap();
    reader.lock_shared().unwrap();
    let len = fs::metadata(&path).unwrap().len();
    let closed = [SEGMENT.to_owned()];
    let mut folder = Folder::new(&directory, &closed, &[], limits(), true);
    let part = folder.fold_next().unwrap().unwrap();
    assert_eq!(part.failed[0].1.kind(), ErrorKind::WouldBlock);
    assert!(folder.fold_next().unwrap().is_none());
    assert_eq!(fs::metadata(&path).unwrap().len(), len);
    assert!(!home.path().join(ROLLUP_FILE).exists());
}

#[test]
fn a_thread_that_cannot_wait_folds_no_long_segment() {
    let home = tempfile::tempdir().unwrap();
    write_segment(home.path());
    let directory = Directory::open(home.path()).unwrap();
    let error = fold(&directory, &[SEGMENT.to_owned()], &[], limits(), false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}
