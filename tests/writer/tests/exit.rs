//! `process::exit` while threads record.

use writer_tests::home::Home;
use writer_tests::preloaded::SlowDisk;
use writer_tests::process::Host;
use writer_tests::{figure, records};

#[test]
fn an_exit_while_threads_record_tears_no_line() {
    let Some(disk) = SlowDisk::new() else { return };
    for round in 0..figure("WRITER_TESTS_EXITS", 10) {
        let home = Home::new("");
        let host = env!("CARGO_BIN_EXE_exits_while_busy");
        let mut host = Host::start_in(host, home.path(), &[], disk.environment());
        assert!(host.wait().success());
        let lines = records::read(&home.files(".jsonl"));
        assert_eq!((&lines.torn, lines.unclosed), (&Vec::new(), 0), "{round}");
        let of_main: Vec<_> = lines
            .of_type("span")
            .into_iter()
            .filter(|span| span["name"] == "exits.main")
            .collect();
        assert_eq!(
            of_main.len(),
            100,
            "the records of the thread that exits are complete"
        );
        let text = std::fs::read(home.logs().join("codex-tui.log")).expect("there");
        assert_eq!(text.last(), Some(&b'\n'), "{round}");
    }
}
