//! Many processes append to one file, which is rotated meanwhile.

use std::collections::BTreeMap;

use writer_tests::figure;
use writer_tests::home::{Home, files};
use writer_tests::process::Host;
use writer_tests::records;

const PROCESSES: u64 = 12;

#[test]
fn twelve_processes_neither_tear_nor_lose_lines_of_a_rotated_log() {
    let lines = figure("WRITER_TESTS_SHARED_LINES", 2_500);
    // The budget has room for several segments of each log, so that none is pruned.
    let home =
        Home::new("max_total_bytes = 33554432\n[telemetry.logs.shared]\nfile = \"shared.jsonl\"");
    let mut hosts: Vec<Host> = (0..PROCESSES)
        .map(|process| {
            let arguments = [format!("p{process}"), lines.to_string()];
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let mut host = Host::start(env!("CARGO_BIN_EXE_appender"), home.path(), &arguments);
            assert_eq!(host.line().as_deref(), Some("started"));
            host
        })
        .collect();
    for host in &mut hosts {
        host.tell("go");
    }
    for host in &mut hosts {
        assert_eq!(host.line().as_deref(), Some("0"), "lost lines");
        assert!(host.wait().success());
    }

    let shared = files(&home.logs(), ".jsonl");
    let shared: Vec<_> = shared
        .into_iter()
        .filter(|file| file.to_string_lossy().contains("/shared."))
        .collect();
    assert!(shared.len() > 1, "it was to be rotated: {shared:?}");
    let read = records::read(&shared);
    assert_eq!((read.torn, read.unclosed), (Vec::new(), 0));
    let mut of_process: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for record in read
        .records
        .iter()
        .filter(|record| record["type"] == "event")
    {
        let name = record["fields"]["name"]
            .as_str()
            .expect("a text")
            .to_owned();
        let n = record["fields"]["n"].as_u64().expect("a number");
        of_process.entry(name).or_default().push(n);
    }
    assert_all(of_process, lines);

    let text = files(&home.logs(), ".log");
    assert!(text.len() > 1, "it was to be rotated: {text:?}");
    let mut of_process: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in text.iter().flat_map(|file| records::host_lines(file)) {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, "text", n, _, "end"] = words[..] else {
            panic!("a torn line: `{line}`");
        };
        let n = n.parse().expect("a number");
        of_process.entry(name.to_owned()).or_default().push(n);
    }
    assert_all(of_process, lines);
}

fn assert_all(of_process: BTreeMap<String, Vec<u64>>, lines: u64) {
    assert_eq!(of_process.len() as u64, PROCESSES);
    for (process, mut numbers) in of_process {
        // The files are sorted by name, not by age.
        numbers.sort_unstable();
        assert!(
            numbers == (0..lines).collect::<Vec<_>>(),
            "{process}: {}",
            numbers.len()
        );
    }
}
