use super::*;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use telemetry_schema::LogKind;

use crate::directory::Directory;
use crate::folding::fold;
use crate::hashing::HashSet;
use crate::listing::list;
use crate::name::Naming;
use crate::platform::claim;
use crate::removal::segments_of;
use crate::rollup::{Limits, ROLLUP_FILE};

/// The counted size of a small file.
const BLOCK: u64 = 4096;

#[test]
fn the_oldest_of_thousands_of_files_are_removed_across_logs() {
    const FILES: u64 = 3_000;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: String| directory.path().join(name);
    let logs = [
        (Naming::stamped(directory.path().into()), LogKind::Debug),
        (
            Naming::shared(&path("codex-tui.log".to_owned())).unwrap(),
            LogKind::Tui,
        ),
    ];
    let names: Vec<String> = (1..=FILES)
        .map(|pid| match pid % 3 {
            0 => format!("codex-tui.20250101T000000Z-{pid}.log"),
            1 => format!("20250101T000000Z-{pid}.jsonl"),
            _ => format!("20250101T000000Z-{pid}.jsonl.mine"),
        })
        .collect();
    for (age, name) in (0..FILES).zip(&names) {
        let text = if Path::new(name).extension().is_some_and(|it| it == "log") {
            "2025-01-01T00:00:00.000000Z  INFO it ran\n"
        } else {
            "{\"ts\":\"2025-01-01T00:00:00.000000Z\"}\n"
        };
        // The order of the ages differs from that of the names, so that the test shows which of them decides.
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs((age * 7) % FILES);
        fs::write(path(name.clone()), format!("{text:40.40}")).unwrap();
        let file = File::options().append(true).open(path(name.clone()));
        file.unwrap().set_modified(modified).unwrap();
    }
    let ours = FILES / 3 * 2;
    let keep = 500;
    let logs = logs.map(|(naming, kind)| RetainedLog { naming, kind });
    let pruned = prune(&logs, keep * BLOCK).unwrap();
    assert_eq!(pruned.removed.len() as u64, ours - keep);
    assert!(pruned.failed.is_empty());
    let mut expected: Vec<(u64, &String)> = (0..FILES)
        .map(|age| (age * 7) % FILES)
        .zip(&names)
        .filter(|(_, name)| !name.contains("mine"))
        .collect();
    expected.sort_unstable();
    assert_eq!(expected.len() as u64, ours);
    let gone = usize::try_from(ours - keep).unwrap();
    for (at, (_, name)) in expected.iter().enumerate() {
        assert_eq!(path((*name).clone()).exists(), at >= gone, "{at} {name}");
    }
    for foreign in names.iter().filter(|name| name.contains("mine")) {
        assert!(path(foreign.clone()).exists());
    }
}

/// Creates a session log with closed segments of one request of 1,000 prompt tokens each.
fn sessions(directory: &Path, segments: u64) -> [RetainedLog; 1] {
    for pid in 1..=segments {
        let line = format!(
            r#"{{"ts":"2025-01-01T00:00:00.000000Z","v":1,"session_id":"019ab2b1-7c3a-7def-8123-456789abcdef","request_id":"r{pid}","model":"m","prompt_tokens":1000,"completion_tokens":1,"total_tokens":1001,"outcome":"ok"}}"#
        );
        let path = directory.join(format!("s.20250101T000000Z-{pid}.jsonl"));
        fs::write(&path, format!("{line}\n")).unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(pid);
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
    }
    let naming = Naming::shared(&directory.join("s.jsonl")).unwrap();
    let kind = LogKind::Session;
    [RetainedLog { naming, kind }]
}

/// Returns the prompt tokens of the rollup and of the segments that are not folded.
fn tokens(directory: &Path, log: &RetainedLog) -> u64 {
    use telemetry_schema::record::Records;
    let mut sum = 0;
    let mut folded = HashSet::default();
    let rollup = directory.join(ROLLUP_FILE);
    if rollup.is_file()
        && let Ok(rollup) = File::open(rollup)
    {
        let read = rollup::read_sums(&rollup, |sums| sum += sums.sums.prompt_tokens);
        folded = read.unwrap().folded;
    }
    for segment in segments_of(&log.naming) {
        if !folded.contains(&*segment.file_name().unwrap().to_string_lossy()) {
            Records::new(File::open(segment).unwrap())
                .each_request(|record| sum += record.prompt_tokens.unwrap_or_default())
                .unwrap();
        }
    }
    sum
}

fn rollup_lines(directory: &Path) -> usize {
    let text = fs::read_to_string(directory.join(ROLLUP_FILE)).unwrap_or_default();
    text.lines()
        .filter(|line| line.contains("\"type\":\"rollup"))
        .count()
}

#[test]
fn a_thousand_segments_are_folded_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 1_000);
    let pruned = prune(&logs, 100 * BLOCK).unwrap();
    assert!(pruned.failed.is_empty(), "{:?}", pruned.failed);
    assert!(pruned.removed.len() > 900);
    assert_eq!(tokens(directory.path(), &logs[0]), 1_000_000);
    // The rollup itself takes room, so that some segments are folded in further steps.
    let open = Directory::open(directory.path()).unwrap();
    crate::compaction::compact(&open, Limits::of_budget(100 * BLOCK)).unwrap();
    assert_eq!(rollup_lines(directory.path()), 1);
    assert_eq!(tokens(directory.path(), &logs[0]), 1_000_000);
    assert_eq!(
        segments_of(&logs[0].naming).len() + pruned.removed.len(),
        1_000
    );
}

#[test]
fn a_kill_between_fold_and_removal_counts_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 20);
    let all = segments_of(&logs[0].naming);
    // Ten segments are folded, and three of them are removed.
    let (gone, staying) = all.split_at(10);
    let names = |paths: &[PathBuf]| -> Vec<String> {
        let names = paths.iter().map(|path| path.file_name().unwrap());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    };
    let open = Directory::open(directory.path()).unwrap();
    fold(
        &open,
        &names(gone),
        &names(staying),
        Limits::of_budget(400_000),
        true,
    )
    .unwrap();
    for path in &gone[..3] {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(tokens(directory.path(), &logs[0]), 20_000);
    // The next process continues with folded and unfolded segments.
    let before = listing(&logs).unwrap().counted();
    for budget in (6 * BLOCK..before).rev().step_by(1000) {
        prune(&logs, budget).unwrap();
        assert_eq!(tokens(directory.path(), &logs[0]), 20_000, "{budget}");
    }
    assert!(segments_of(&logs[0].naming).len() <= 5);
}

#[test]
fn segments_that_cannot_be_folded_stay_and_other_files_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let [log] = sessions(directory.path(), 10);
    // A directory has the name of the rollup.
    fs::create_dir(directory.path().join(ROLLUP_FILE)).unwrap();
    let text = Naming::shared(&directory.path().join("t.log")).unwrap();
    let newer = directory.path().join("t.20260101T000000Z-1.log");
    fs::write(&newer, "2026-01-01T00:00:00.000000Z  INFO it ran\n").unwrap();
    let kind = LogKind::Tui;
    let logs = [log, RetainedLog { naming: text, kind }];
    let pruned = prune(&logs, 10 * BLOCK).unwrap();
    assert_eq!(segments_of(&logs[0].naming).len(), 10);
    assert_eq!(tokens(directory.path(), &logs[0]), 10_000);
    assert!(!newer.exists(), "it is removed in their place");
    assert_eq!(pruned.removed.len(), 1);
    let is_segment = |path: &Path| !path.ends_with(ROLLUP_FILE);
    let failed = pruned.failed.iter().filter(|(path, _)| is_segment(path));
    let why: Vec<String> = failed.map(|(_, why)| why.to_string()).collect();
    assert_eq!(why.len(), 10, "each is reported: {:?}", pruned.failed);
    let expected = "its totals cannot be kept in /";
    assert!(why.iter().all(|why| why.starts_with(expected)), "{why:?}");
    assert_eq!(pruned.lost_requests, 0);
}

#[test]
fn a_file_that_another_process_removes_counts_as_removed_and_a_written_one_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let naming = Naming::stamped(directory.path().to_owned());
    let paths = [1, 2, 3].map(|age| {
        let path = directory
            .path()
            .join(format!("20250101T000000Z-{age}.jsonl"));
        let text = format!("{:99}\n", "{\"ts\":\"2025-01-01T00:00:00.000000Z\"}");
        fs::write(&path, text).unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
        file.set_modified(modified).unwrap();
        path
    });
    let kind = LogKind::Debug;
    let logs = [RetainedLog { naming, kind }];
    // The other process holds the lock of the directory until the attempts are used up.
    let _locked = lock_directory(directory.path()).unwrap();
    let claimed = claim(&paths[0]).unwrap().unwrap();
    assert!(prune(&logs, 2 * BLOCK).unwrap().removed.is_empty());
    drop(claimed);
    let _writing = crate::platform::open_log(&paths[0]).unwrap().unwrap();
    let removed = prune(&logs, 2 * BLOCK).unwrap().removed;
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].path, paths[1]);
}

#[test]
fn concurrent_pruning_removes_no_more_than_needed() {
    let directory = tempfile::tempdir().unwrap();
    let naming = Naming::stamped(directory.path().to_owned());
    for pid in 1..=400 {
        let path = directory
            .path()
            .join(format!("20250101T000000Z-{pid}.jsonl"));
        let text = format!("{:99}\n", "{\"ts\":\"2025-01-01T00:00:00.000000Z\"}");
        fs::write(path, text).unwrap();
    }
    let kind = LogKind::Debug;
    let logs = [RetainedLog { naming, kind }];
    let removed: usize = std::thread::scope(|scope| {
        let prune = || prune(&logs, 50 * BLOCK).unwrap();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(prune)).collect();
        let pruned = all.into_iter().map(|one| one.join().unwrap());
        pruned
            .map(|pruned| {
                assert!(pruned.failed.is_empty(), "{:?}", pruned.failed);
                pruned.removed.len()
            })
            .sum()
    });
    assert_eq!(list(&logs).unwrap().len(), 50);
    assert_eq!(removed, 350);
}

#[test]
fn modification_times_in_the_future_order_files_too() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 4);
    // The clock was wrong for a while: the oldest file by name was modified last.
    let wrong = directory.path().join("s.20250101T000000Z-1.jsonl");
    let then = SystemTime::now() + Duration::from_hours(24 * 3_650);
    let file = File::options().append(true).open(&wrong).unwrap();
    file.set_modified(then).unwrap();
    drop(file);
    // The rollup takes the place of one of them.
    assert_eq!(prune(&logs, 3 * BLOCK).unwrap().removed.len(), 2);
    let last = directory.path().join("s.20250101T000000Z-4.jsonl");
    assert_eq!(segments_of(&logs[0].naming), [wrong, last]);
}

#[test]
fn segments_that_cannot_be_folded_go_when_nothing_else_can_and_their_requests_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 10);
    fs::create_dir(directory.path().join(ROLLUP_FILE)).unwrap();
    let pruned = prune(&logs, 4 * BLOCK).unwrap();
    assert_eq!(pruned.removed.len(), 6);
    assert_eq!(pruned.lost_requests, 6);
    let cause = pruned.cause.unwrap();
    assert!(cause.contains(ROLLUP_FILE), "{cause}");
    let left = segments_of(&logs[0].naming);
    assert_eq!(left.len(), 4);
    assert!(
        left[0].ends_with("s.20250101T000000Z-7.jsonl"),
        "the oldest go"
    );
}

#[test]
fn the_lock_of_the_directory_is_not_needed() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 20);
    fs::create_dir(directory.path().join(crate::lock::LOCK_FILE)).unwrap();
    let pruned = prune(&logs, 10 * BLOCK).unwrap();
    assert!(pruned.removed.len() >= 10 && pruned.lost_requests == 0);
    assert_eq!(tokens(directory.path(), &logs[0]), 20_000);
}

#[test]
fn concurrent_folds_count_each_request_once() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 200);
    std::thread::scope(|scope| {
        for keep in [100, 60, 40, 20] {
            let logs = &logs;
            scope.spawn(move || prune(logs, keep * BLOCK).unwrap());
        }
    });
    assert_eq!(tokens(directory.path(), &logs[0]), 200_000);
    assert!(listing(&logs).unwrap().counted() <= 20 * BLOCK);
}

#[test]
fn logs_with_a_header_only_go_first() {
    let directory = tempfile::tempdir().unwrap();
    let naming = Naming::stamped(directory.path().to_owned());
    let logs = [RetainedLog {
        naming,
        kind: LogKind::Debug,
    }];
    let header = "{\"ts\":\"2025-01-01T00:00:00.000000Z\",\"type\":\"header\",\"v\":1,\"pid\":1}\n";
    for pid in 1..=20_u64 {
        let path = directory
            .path()
            .join(format!("20250101T000000Z-{pid}.jsonl"));
        // Every second file is that of a launch that recorded nothing.
        fs::write(&path, header.repeat(1 + usize::from(pid % 2 == 0))).unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(pid))
            .unwrap();
    }
    let pruned = prune(&logs, 12 * BLOCK).unwrap();
    assert_eq!(pruned.removed.len(), 8);
    assert!(pruned.removed.iter().all(|file| file.header_only));
}

#[test]
fn room_is_made_without_listing_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let logs = sessions(directory.path(), 20);
    let pruner = Pruner::new(logs.to_vec(), 20 * BLOCK);
    pruner.prune().unwrap();
    let listings = pruner.listings();
    let made = pruner.make_room(5 * BLOCK);
    assert!(made.removed.len() >= 5, "{made:?}");
    assert_eq!(pruner.listings(), listings);
    assert_eq!(tokens(directory.path(), &logs[0]), 20_000);
    // A file that this process has created meanwhile is known as well.
    let new = directory.path().join("s.20270101T000000Z-1.jsonl");
    let first = segments_of(&logs[0].naming)[0].clone();
    fs::copy(first, &new).unwrap();
    pruner.created(&new);
    pruner.state().listed = Some((Instant::now(), Duration::from_hours(1)));
    pruner.prune().unwrap();
    assert_eq!(pruner.listings(), listings);
    let known = pruner
        .state()
        .known
        .files
        .iter()
        .any(|file| file.path == new);
    assert!(known);
}

#[test]
fn a_pruning_that_panics_has_ended() {
    let pruner = Pruner::new(Vec::new(), 1 << 20);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _pruning = Pruning::begin(&pruner);
        panic!("in a pruning");
    }));
    assert!(panicked.is_err());
    assert_eq!(pruner.state().prunings, 0);
}
