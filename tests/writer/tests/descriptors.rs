//! A host that closes descriptors which it did not open, and whose own files then have these numbers.

use std::collections::BTreeMap;

use serde_json::Value;
use writer_tests::home::{Home, mode};
use writer_tests::process::Host;
use writer_tests::records::{self, Lines};

const HOST: &str = env!("CARGO_BIN_EXE_descriptors");

/// Runs the host, checks that its own files are as it left them, and returns the home.
fn run(words: &[&str]) -> Home {
    let home = Home::new("");
    let mut host = Host::start(HOST, home.path(), words);
    let mut lines = Vec::new();
    while let Some(line) = host.line() {
        lines.push(line);
    }
    assert!(host.wait().success(), "{words:?}: {lines:#?}");
    let mut files = 0;
    for line in &lines {
        match line.as_str() {
            "end" | "lost=0 error=None" => {}
            "open=true mode=644 intact=true" | "open=true" => files += 1,
            line => panic!("{words:?}: {line}"),
        }
    }
    assert!(files > 0 && lines.last().is_some_and(|line| line == "end"));
    home
}

/// Returns the numbers of the spans of each process.
fn numbers(home: &Home) -> BTreeMap<u64, Vec<u64>> {
    let mut numbers: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for file in home.debug_files() {
        assert_eq!(mode(&file), 0o600);
        let lines = whole(&file);
        let process = lines.records[0]["pid"].as_u64().expect("a header");
        numbers
            .entry(process)
            .or_default()
            .extend(lines.numbers("n"));
    }
    numbers
}

fn whole(file: &std::path::Path) -> Lines {
    let lines = records::read(&[file.to_owned()]);
    assert_eq!((&lines.torn, lines.unclosed), (&Vec::new(), 0));
    lines
}

/// Checks the numbers of the spans of each process, and that no request and no line of the TUI log is missing.
fn check(home: &Home, expected: &[&[u64]]) {
    let mut found: Vec<_> = numbers(home).into_values().collect();
    found.sort();
    assert_eq!(found, expected);
    let all = expected.iter().map(|numbers| numbers.len()).sum::<usize>();
    let session = whole(&home.logs().join("codex-litellm-session.jsonl"));
    let ids: std::collections::BTreeSet<_> = session
        .records
        .iter()
        .filter_map(|record| record["request_id"].as_str())
        .collect();
    assert_eq!(ids.len(), all);
    assert!(session.records.iter().all(Value::is_object));
    let text = records::host_lines(&home.logs().join("codex-tui.log"));
    let written = text.iter().filter(|line| line.starts_with("line ")).count();
    assert_eq!(written, all, "{text:?}");
}

#[test]
fn files_of_a_host_that_closes_all_descriptors_stay_as_they_are() {
    for words in [&["drop"][..], &[]] {
        let home = run(words);
        check(&home, &[&[0, 1, 2, 3]]);
        assert_eq!(home.debug_files().len(), 1, "the file is opened again");
    }
}

#[test]
fn a_descriptor_that_another_file_was_put_at_is_not_used() {
    check(&run(&["dup", "drop"]), &[&[0, 1, 2, 3]]);
}

#[test]
fn a_log_that_the_host_opens_itself_is_not_taken_for_the_descriptor_of_telemetry() {
    check(&run(&["own-log", "drop"]), &[&[0, 1, 2, 3]]);
}

#[test]
fn a_daemon_that_closes_all_descriptors_keeps_its_files() {
    for words in [&["daemonize", "drop"][..], &["daemonize"]] {
        check(&run(words), &[&[0], &[1, 2, 3]]);
    }
    let words = ["daemonize", "start-in-child", "drop"];
    check(&run(&words), &[&[0], &[0, 1, 2, 3]]);
}

#[test]
fn a_forked_child_closes_no_file_of_the_host() {
    for words in [&["fork-after", "drop"][..], &["dup", "fork-after", "drop"]] {
        check(&run(words), &[&[0, 1, 2, 3]]);
    }
}
