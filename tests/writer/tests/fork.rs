//! A process that forks without a subsequent exec.

use std::collections::BTreeMap;

use writer_tests::figure;
use writer_tests::home::Home;
use writer_tests::process::Host;
use writer_tests::records;

#[test]
fn a_forked_process_writes_its_own_records_and_none_of_its_parent() {
    for _ in 0..5 {
        // A budget that no process fills a segment of: each process has one file however long the children take.
        let home = Home::new(
            "max_total_bytes = 8589934592\n[telemetry.logs.debug]\nexclude = [\"first.call\"]",
        );
        let mut host = Host::start(env!("CARGO_BIN_EXE_forks"), home.path(), &[]);
        let answer = host.line().expect("an answer");
        let (others, codes) = answer.split_once(' ').expect("two figures");
        // -1 is a child that hung, 3 a child whose flush failed.
        assert_eq!(codes, "[0, 0, 0, 0, 0, 0, 0, 0]");
        assert!(host.wait().success());

        let files = home.debug_files();
        assert_eq!(files.len(), 1 + 8, "a file for each process that wrote");
        let mut found: BTreeMap<(String, &str), Vec<u64>> = BTreeMap::new();
        for file in &files {
            let lines = records::read(std::slice::from_ref(file));
            assert_eq!((lines.torn, lines.unclosed), (Vec::new(), 0));
            let header = &lines.records[0];
            let process = header["pid"].to_string();
            assert!(
                file.to_string_lossy()
                    .ends_with(&format!("-{process}.jsonl"))
            );
            for record in &lines.records[1..] {
                let n = record["fields"]["n"].as_u64().expect("a number");
                let name = match record["name"].as_str() {
                    Some("fork.parent") => "parent",
                    Some("fork.child") => "child",
                    Some("fork.other") => "other",
                    name => panic!("{name:?}"),
                };
                found.entry((process.clone(), name)).or_default().push(n);
            }
        }
        let parent = host.id().to_string();
        let mut children = 0;
        for ((process, name), numbers) in found {
            let wanted: u64 = match name {
                "parent" => 800,
                "other" => others.parse().expect("a number"),
                _ => 3_000,
            };
            assert_eq!(process == parent, name != "child", "{name} in {process}");
            children += usize::from(name == "child");
            assert!(
                numbers == (0..wanted).collect::<Vec<_>>(),
                "{name}: {}",
                numbers.len()
            );
        }
        assert_eq!(children, 8);
    }
}

/// The parent ends right after the fork, the child records nothing and lives on.
#[test]
fn a_parent_s_records_are_written_before_a_fork_and_its_files_are_closed_in_the_child() {
    let home = Home::new("log_content = true");
    let mut host = Host::start(env!("CARGO_BIN_EXE_daemonizes"), home.path(), &[]);
    let child = host.line().expect("the id of the child");
    // The child has standard output open as well, so the end of the output does not show the end of the parent.
    while host.is_running() {
        std::thread::yield_now();
    }
    let lines = records::read(&home.debug_files());
    assert_eq!(lines.numbers("n"), (0..100).collect::<Vec<_>>());
    let frames = std::fs::read_to_string(home.logs().join("codex-tui-stream.jsonl"));
    assert!(frames.expect("frames").contains("\"text\":\"frame 9\""));
    let descriptors = std::fs::read_dir(format!("/proc/{child}/fd")).expect("the child lives");
    for descriptor in descriptors {
        let file = std::fs::read_link(descriptor.expect("an entry").path()).unwrap_or_default();
        assert!(!file.starts_with(home.path()), "{}", file.display());
    }
    for file in home.debug_files() {
        let file = std::fs::File::open(file).expect("a file");
        file.try_lock().expect("no running process uses the file");
    }
    // Closes the standard input of the child, which ends.
    host.wait();
}

/// For any state of the parent's other threads, no child waits for them.
#[test]
fn a_fork_at_any_moment_leaves_a_child_that_works() {
    let forks = figure("WRITER_TESTS_FORKS", 1_000);
    let home = Home::new(
        "max_total_bytes = 1048576\n[telemetry.pricing.m]\ninput_cost_per_token = 1e-6\noutput_cost_per_token = 2e-6",
    );
    let mut host = Host::start(
        env!("CARGO_BIN_EXE_forks_while_busy"),
        home.path(),
        &[&forks.to_string()],
    );
    assert_eq!(host.line(), Some(format!("{forks} []")));
    assert!(host.wait().success());
}
