//! Code of the host that records while its own thread is inside telemetry: an annotated allocator, a signal handler.

use writer_tests::home::Home;
use writer_tests::process::Host;
use writer_tests::records;

#[test]
fn an_annotated_allocator_neither_hangs_nor_recurses_and_is_counted() {
    let home = Home::new("max_total_bytes = 1073741824");
    let mut host = Host::start(env!("CARGO_BIN_EXE_annotated_allocator"), home.path(), &[]);
    // Spans in the destructors of a thread are counted with a cause of their own.
    let answer = host.line().expect("an answer");
    assert!(answer.starts_with("true inside telemetry"), "{answer}");
    assert!(host.wait().success());
    let lines = records::read(&home.debug_files());
    assert_eq!((&lines.torn, lines.unclosed), (&Vec::new(), 0));
    let of = |name| {
        let named = lines.records.iter().filter(|record| record["name"] == name);
        named.count()
    };
    assert_eq!(of("host.work"), 2 * 2_000);
    // Those of the host's own allocations are recorded.
    assert!(of("allocator.alloc") > 2 * 2_000);
    let session = home.logs().join("codex-litellm-session.jsonl");
    assert_eq!(records::read(&[session]).records.len(), 50);
}

#[test]
fn a_signal_handler_that_records_never_hangs_and_loses_no_record_uncounted() {
    let home = Home::new("max_total_bytes = 1073741824");
    let mut host = Host::start(env!("CARGO_BIN_EXE_handler_records"), home.path(), &[]);
    let answer = host.line().expect("an answer");
    assert!(host.wait().success(), "{answer}");
    assert!(answer.ends_with(" inside telemetry"), "{answer}");
    let lines = records::read(&home.debug_files());
    assert_eq!((&lines.torn, lines.unclosed), (&Vec::new(), 0));
}
