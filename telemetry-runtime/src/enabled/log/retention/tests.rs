use super::*;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use telemetry_schema::LogKind;
use telemetry_store::Naming;

const BUDGET: u64 = 1 << 20;

fn retention(directory: &Path) -> Arc<Retention> {
    let naming = Naming::stamped(directory.to_owned());
    let kind = LogKind::Debug;
    Arc::new(Retention::new(
        BUDGET,
        vec![RetainedLog { naming, kind }],
        3,
    ))
}

#[test]
fn a_segment_is_an_eighth_and_all_segments_in_use_fit() {
    for logs in 1..=64 {
        let segment = BUDGET / segments(logs) as u64;
        assert!(segment <= BUDGET / 8);
        // Each log has a segment in use, and one of them begins another one.
        assert!(segment * (logs as u64 + 1) <= BUDGET, "{logs}");
    }
    assert_eq!(segments(3), 8);
    assert_eq!(segments(6), 8);
    assert_eq!(segments(7), 9);
}

/// Pruning may take any time. A thread that writes no more than a segment meanwhile does not even ask for room.
#[test]
fn a_thread_makes_room_only_when_a_segment_is_full() {
    let directory = tempfile::tempdir().unwrap();
    let retention = retention(directory.path());
    // Another thread prunes and does not end.
    retention.is_in_background.store(true, Ordering::Release);
    let making_room = retention.making_room.lock().unwrap();
    let segment = retention.segment_bytes();
    let (wrote, written) = mpsc::channel();
    let writer = thread::spawn({
        let retention = Arc::clone(&retention);
        move || {
            for _ in 0..segment / 1024 {
                retention.announce(1024).unwrap();
                retention.finish_write(1024, 1024);
            }
            wrote.send(()).unwrap();
            // One byte more would exceed the budget, so this makes room.
            retention.announce(1024).unwrap();
            retention.finish_write(1024, 1024);
            wrote.send(()).unwrap();
        }
    });
    // If the thread waited for the pruning, this would wait for ever.
    written.recv().unwrap();
    assert!(written.try_recv().is_err());
    drop(making_room);
    written.recv().unwrap();
    writer.join().unwrap();
    assert!(retention.unpruned() <= segment);
}

/// Writes segments of processes that ended before they could prune, and returns their names.
fn leave_segments(directory: &Path, bytes: u64) -> Vec<String> {
    let line = format!("{:1023}\n", r#"{"ts":"2025-01-01T00:00:00.000000Z"}"#);
    let segment = BUDGET / SEGMENTS as u64;
    let text = line.repeat(usize::try_from(segment / 1024).unwrap());
    let names: Vec<_> = (0..bytes / segment)
        .map(|pid| format!("20250101T000000Z-{pid}.jsonl"))
        .collect();
    for name in &names {
        std::fs::write(directory.join(name), &text).unwrap();
    }
    names
}

#[test]
fn a_start_waits_for_the_room_that_earlier_processes_did_not_make() {
    let directory = tempfile::tempdir().unwrap();
    leave_segments(directory.path(), BUDGET * 3 / 2);
    let retention = retention(directory.path());
    assert!(retention.prune_in_background());
    retention.wait_for_room(Duration::from_hours(1));
    assert!(retention.pruner.listed_bytes().unwrap() <= BUDGET);
}

/// The pruning does not end, so that the test takes an hour if the start waits for it.
#[test]
fn a_start_does_not_wait_where_the_budget_holds_or_much_was_left() {
    for bytes in [BUDGET, BUDGET * 3] {
        let directory = tempfile::tempdir().unwrap();
        let within = telemetry_store::Directory::open(directory.path()).unwrap();
        let names = leave_segments(directory.path(), bytes);
        let _in_use: Vec<_> = names.iter().map(|name| within.open_log(name)).collect();
        let retention = retention(directory.path());
        retention.enforce().unwrap();
        assert_eq!(retention.pruner.listed_bytes(), Some(bytes));
        retention.is_in_background.store(true, Ordering::Release);
        retention.wait_for_room(Duration::from_hours(1));
    }
}

/// Twelve processes have a segment each in use, which are more than the budget. This process closes one file after the other,
/// and nothing is pruned in the background. If each of the processes keeps as many bytes, the bound holds.
#[test]
fn files_in_use_beyond_the_budget_leave_no_whole_segment_to_a_process() {
    const PROCESSES: u64 = 12;
    let directory = tempfile::tempdir().unwrap();
    let retention = retention(directory.path());
    let segment = retention.segment_bytes();
    let within = telemetry_store::Directory::open(directory.path()).unwrap();
    let line = format!("{:1023}\n", r#"{"ts":"2025-01-01T00:00:00.000000Z"}"#);
    let name = |pid: u64| format!("20250101T000000Z-{pid}.jsonl");
    let write = |pid: u64, lines: u64| {
        let text = line.repeat(usize::try_from(lines).unwrap());
        std::fs::write(directory.path().join(name(pid)), text).unwrap();
    };
    let in_use: Vec<_> = (0..PROCESSES)
        .map(|pid| {
            write(pid, segment / 1024);
            within.open_log(name(pid)).unwrap().unwrap()
        })
        .collect();
    retention.enforce().unwrap();
    retention.is_in_background.store(true, Ordering::Release);
    let files = 8 * segment / 4096;
    for pid in PROCESSES..PROCESSES + files {
        retention.announce(4096).unwrap();
        write(pid, 4);
        retention.created(&directory.path().join(name(pid)));
        retention.finish_write(4096, 4096);
        let left = std::fs::read_dir(directory.path()).unwrap().count() as u64 - PROCESSES;
        let total = PROCESSES * (segment + left * 4096);
        assert!(total <= BUDGET + PROCESSES * segment, "{left} files");
    }
    drop(in_use);
}

#[test]
fn the_directory_is_pruned_once_per_quarter_of_a_segment() {
    let directory = tempfile::tempdir().unwrap();
    let retention = retention(directory.path());
    let segment = retention.segment_bytes();
    let mut prunings = 0;
    for _ in 0..10 * segment / 1024 {
        let before = retention.pruned_at.load(Ordering::Acquire);
        retention.announce(1024).unwrap();
        retention.finish_write(1024, 1024);
        while retention.is_in_background.load(Ordering::Acquire) {
            thread::yield_now();
        }
        prunings += u32::from(retention.pruned_at.load(Ordering::Acquire) != before);
    }
    assert!((20..=40).contains(&prunings), "{prunings}");
}

#[test]
fn a_budget_of_zero_never_prunes() {
    // This directory does not exist, so it cannot be listed.
    let naming = Naming::stamped("/dev/null/x".into());
    let kind = LogKind::Debug;
    let retention = Arc::new(Retention::new(0, vec![RetainedLog { naming, kind }], 3));
    retention.announce(u64::MAX / 2).unwrap();
    retention.enforce().unwrap();
    assert_eq!(retention.segment_bytes(), u64::MAX);
    assert_eq!(retention.pruned_at.load(Ordering::Acquire), 0);
}

#[test]
fn a_task_that_panics_may_begin_again() {
    let directory = tempfile::tempdir().unwrap();
    let retention = retention(directory.path());
    let begin = || retention.begin(|it| &it.is_compressing);
    let task = begin().unwrap();
    assert!(begin().is_none());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _task = task;
        panic!("in a task");
    }));
    assert!(panicked.is_err());
    assert!(begin().is_some());
}
