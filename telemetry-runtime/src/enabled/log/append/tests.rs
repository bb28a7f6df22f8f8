use std::fs;
use std::path::Path;

use proptest::prelude::*;
use telemetry_schema::LogKind;
use telemetry_store::{RetainedLog, segments_of};

use super::*;
use crate::enabled::log::retention::segments;

/// The segments of the smallest budget that a configuration allows.
const SEGMENT: u64 = (1 << 20) / 8;
/// The number of logs that share the budget. Their segments are as small as those of the smallest budget, but twice as many, so that
/// no pruning removes what a test has written: a pruning in the background may count bytes twice that are written meanwhile.
const LOGS: usize = 14;
const BUDGET: u64 = SEGMENT * segments(LOGS) as u64;
const HEADER: &str = "{\"ts\":\"2026-01-01T00:00:00.000000Z\",\"type\":\"header\"}\n";

fn log(naming: &Naming) -> (Log, Arc<Retention>) {
    let header: Header = Box::new(|out| out.extend_from_slice(HEADER.as_bytes()));
    let retained = RetainedLog {
        naming: naming.clone(),
        kind: LogKind::Debug,
    };
    let retention = Arc::new(Retention::new(BUDGET, vec![retained], LOGS));
    (
        Log::new(naming.clone(), LogKind::Debug, Some(header)),
        retention,
    )
}

/// Returns lines of these lengths, each with its number.
fn lines(lengths: &[usize], from: usize) -> Vec<String> {
    let line = |(number, len): (usize, &usize)| format!("{number}:{}\n", "x".repeat(*len));
    (from..).zip(lengths).map(line).collect()
}

/// Returns the lines of the segments without their headers, the oldest first.
fn lines_of(files: &[PathBuf]) -> Vec<String> {
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let records = text.strip_prefix(HEADER).expect("a header first");
        let lines: Vec<String> = records.split_inclusive('\n').map(str::to_owned).collect();
        assert!(text.len() as u64 <= SEGMENT || lines.len() == 1, "{file:?}");
        assert!(!lines.is_empty(), "{file:?} is empty");
        all.extend(lines);
    }
    all
}

fn namings(directory: &Path) -> [Naming; 2] {
    [
        Naming::stamped(directory.to_owned()),
        Naming::shared(&directory.join("log.jsonl")).unwrap(),
    ]
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    let len = prop_oneof![
        4 => 0_usize..300,
        2 => 8_000_usize..64_000,
        // The line is longer than a segment. No record is that long; the lines after it must still be written.
        1 => 130_000_usize..140_000,
    ];
    proptest::collection::vec(len, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// For any number and length of lines, each line is there once, whole and in order, behind a header, in a segment with
    /// room for it.
    #[test]
    fn rotation_keeps_every_line_in_order(
        batches in proptest::collection::vec(lengths(), 1..4), shared: bool,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let naming = &namings(directory.path())[usize::from(shared)];
        // The lines have at most 800 KB of the 2 MiB of the budget, so that no segment is pruned.
        let mut room = 800_000;
        let (mut log, retention) = log(naming);
        let mut expected = Vec::new();
        for batch in batches {
            let mut batch = lines(&batch, expected.len());
            batch.retain(|line| {
                room -= i64::try_from(line.len()).unwrap();
                room > 0
            });
            log.append(batch.concat().as_bytes(), &retention);
            expected.extend(batch);
        }
        prop_assert!(!log.is_waiting());
        let mut files = segments_of(naming);
        if !shared {
            // The segments of one launch are numbered.
            files.sort_by_key(|file| (file.as_os_str().len(), file.clone()));
        }
        prop_assert_eq!(lines_of(&files), expected);
    }

    #[test]
    fn lines_are_cut_at_a_newline_and_at_least_one_is_kept(text in "[ab\n]{0,40}", room in 0_usize..50) {
        let fits = whole_lines(text.as_bytes(), room);
        let within = whole_lines_within(text.as_bytes(), room);
        prop_assert!(within <= room && within <= fits);
        prop_assert!(text[..within].is_empty() || text[..within].ends_with('\n'));
        // At least one line, if there is one or the text is longer than the room.
        prop_assert!(fits > 0 || room >= text.len());
        prop_assert!(fits == within || fits == line_len(text.as_bytes()));
    }
}

#[test]
fn a_directory_that_is_gone_is_named_with_what_to_do() {
    let gone = io::Error::from_raw_os_error(2);
    assert_eq!(cause(&gone), "directory gone");
    let text = failure(Path::new("/srv/logs/a.jsonl"), &gone);
    assert!(
        text.starts_with("cannot write to /srv/logs/a.jsonl: "),
        "{text}"
    );
    assert!(
        text.ends_with(
            "; the directory /srv/logs is gone: create it again, or correct `dir` below [telemetry]"
        ),
        "{text}"
    );
    let other = failure(
        Path::new("/srv/logs/a.jsonl"),
        &io::ErrorKind::StorageFull.into(),
    );
    assert!(!other.contains("gone"), "{other}");
}
