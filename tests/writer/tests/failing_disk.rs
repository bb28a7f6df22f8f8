//! A disk that fails in the middle of a line, and works again: every lost line is counted and reported in the log, and an
//! incomplete line is ended with a newline or removed.

use std::path::PathBuf;

use serde_json::json;
use writer_tests::home::Home;
use writer_tests::preloaded::Disk;
use writer_tests::process::Host;
use writer_tests::{LONG, records, within};

const EIO: (i32, &str) = (5, "Input/output error (os error 5)");
const ENOSPC: (i32, &str) = (28, "disk full");
const EDQUOT: (i32, &str) = (122, "quota exceeded");

fn start(home: &Home, disk: &Disk) -> Host {
    let environment = disk.environment();
    let mut host = Host::start_in(env!("CARGO_BIN_EXE_host"), home.path(), &[], environment);
    assert_eq!(host.line().as_deref(), Some("started"));
    host
}

fn counted(lines: &records::Lines, cause: &str) -> u64 {
    let lost = lines.of_type("lost");
    lost.iter()
        .map(|record| {
            assert_eq!(record["cause"], cause);
            record["count"].as_u64().expect("a number")
        })
        .sum()
}

/// Records spans before, during and after the fault: each is written once or counted once.
fn spans_over_a_fault(
    disk: &Disk,
    shared: bool,
    (errno, cause): (i32, &str),
    bytes: u64,
    truncation: bool,
) {
    let table = if shared {
        "[telemetry.logs.debug]\nfile = \"debug.jsonl\""
    } else {
        ""
    };
    let what = format!("shared {shared}, {cause} after {bytes} bytes, truncation {truncation}");
    let home = Home::new(table);
    let files = || -> Vec<PathBuf> {
        let all = home.files(".jsonl");
        all.into_iter()
            .filter(|file| !file.to_string_lossy().contains("session"))
            .collect()
    };
    let mut host = start(&home, disk);
    host.ask("spans 10");
    assert_eq!(host.ask("flush"), "true", "{what}");
    disk.fails_after(bytes, errno, truncation);
    for _ in 0..5 {
        host.ask("spans 10");
        host.ask("flush");
    }
    let health = host.health();
    let lost = health["lost"].as_u64().expect("a number");
    assert!(lost > 30, "{what}: {health}");
    assert_eq!(health["lost_by_cause"], json!({cause: lost}), "{what}");
    assert_eq!(host.ask("flush"), "false", "{what}");
    disk.works();
    // The writer reports the loss without a further record of the host.
    let is_said = within(LONG, || counted(&records::read(&files()), cause) == lost);
    assert!(is_said, "{what}");
    host.ask("spans 10");
    assert_eq!(host.ask("flush"), "true", "{what}");
    assert_eq!(host.health()["lost"], lost, "{what}");
    let lines = records::read(&files());
    let numbers = lines.numbers("n");
    assert_eq!(numbers.len() as u64 + lost, 70, "{what}");
    assert!(numbers.is_sorted_by(|a, b| a < b), "{what}: none twice");
    assert!(numbers.ends_with(&(60..70).collect::<Vec<_>>()), "{what}");
    // An incomplete line is removed from a file of one process. It cannot be removed from a file that other processes append to.
    let may_be_torn = usize::from(bytes > 0 && (shared || truncation));
    assert!(lines.torn.len() <= may_be_torn, "{what}: {:?}", lines.torn);
    assert_eq!(lines.unclosed, 0, "{what}");
    assert_eq!(files().len(), 1, "{what}");
}

#[test]
fn spans_are_written_or_counted_for_each_fault() {
    let Some(disk) = Disk::new() else { return };
    for shared in [false, true] {
        for error in [EIO, ENOSPC, EDQUOT] {
            // At the beginning, in the middle of the first line, and of a later line.
            for bytes in [0, 37, 700] {
                spans_over_a_fault(&disk, shared, error, bytes, false);
            }
        }
        spans_over_a_fault(&disk, shared, EIO, 37, true);
    }
}

#[test]
fn every_request_is_written_once_although_the_disk_fails() {
    let Some(disk) = Disk::new() else { return };
    let home = Home::new("");
    let log = home.logs().join("codex-litellm-session.jsonl");
    let mut host = start(&home, &disk);
    host.ask("turn");
    let mut wanted = 1;
    for bytes in [0, 1, 100, 250, 600] {
        disk.fails_after(bytes, EIO.0, false);
        for _ in 0..5 {
            host.ask("turn");
            wanted += 1;
        }
        // A part of it is in the file by now, and the rest is tried again.
        host.ask("flush");
        host.ask("flush");
        disk.works();
        host.ask("turn");
        wanted += 1;
        assert_eq!(host.ask("flush"), "true");
        let lines = records::read(std::slice::from_ref(&log));
        let ids: Vec<&str> = lines
            .records
            .iter()
            .filter_map(|record| record["request_id"].as_str())
            .collect();
        let all: Vec<String> = (0..wanted).map(|n| format!("chatcmpl-{n}")).collect();
        assert_eq!(ids, all, "after {bytes} bytes");
        assert_eq!(lines.unclosed, 0);
    }
    assert_eq!(host.health()["lost"], 0);
}

#[test]
fn the_text_log_reports_missing_lines() {
    let Some(disk) = Disk::new() else { return };
    let home = Home::new("");
    let log = home.logs().join("codex-tui.log");
    let mut host = start(&home, &disk);
    host.ask("text before");
    assert_eq!(host.ask("flush"), "true");
    disk.fails_after(3, EIO.0, false);
    host.ask("text during");
    assert_eq!(host.ask("flush"), "false");
    disk.works();
    let said = || records::text(&log).last().cloned().unwrap_or_default();
    let bytes = "2026-11-22T18:54:00.123456Z  INFO during\n".len();
    let wanted = format!("  WARN telemetry: 1 line ({bytes} bytes) lost: {}", EIO.1);
    assert!(within(LONG, || said().ends_with(&wanted)), "{}", said());
    host.ask("text after");
    assert_eq!(host.ask("flush"), "true");
    let lines = records::text(&log);
    let from = lines
        .iter()
        .position(|line| line.ends_with("Z  INFO before"))
        .expect("it is there");
    // The part of the next line that is in the file, the beginning of its time, is closed.
    assert_eq!(lines[from + 1].len(), 3);
    assert!(lines[from + 2].ends_with(&wanted));
    assert_eq!(lines.len(), from + 4);
    assert!(lines[from + 3].ends_with("Z  INFO after"));
}

/// Lines that a full disk refuses are tried again with each request. They do not count towards the budget, so that no segment
/// is removed for them.
#[test]
fn a_full_disk_removes_no_segment_within_the_budget() {
    let Some(disk) = Disk::new() else { return };
    let home = Home::new("max_total_bytes = 1048576");
    let mut host = start(&home, &disk);
    host.ask("turns 1200");
    let segments = || home.files(".jsonl");
    assert!(segments().len() > 2, "{:?}", segments());
    for (errno, _) in [ENOSPC, EDQUOT, EIO] {
        let before = segments();
        disk.fails_after(0, errno, false);
        host.ask("turns 300");
        let health = host.health();
        assert_eq!(health["pruned"], 0, "{health}");
        assert_eq!(health["lost"], 0, "{health}");
        assert_eq!(segments(), before);
        disk.works();
        host.ask("turns 1");
    }
}
