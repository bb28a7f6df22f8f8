//! A process that forks while it has a session and a request in flight.

use writer_tests::home::{self, Home};
use writer_tests::process::Host;
use writer_tests::records;

#[test]
fn a_forked_child_reads_its_totals_again_and_no_request_is_recorded_twice() {
    let home = Home::new("");
    let mut host = Host::start(env!("CARGO_BIN_EXE_forks_with_a_session"), home.path(), &[]);
    // The child reads three requests from the log. The request in flight at the fork is the parent's.
    assert_eq!(host.line().as_deref(), Some("3 4 true"));
    assert_eq!(host.line().as_deref(), Some("4 5 true"));
    assert!(host.wait().success());

    let files = home::files(&home.logs(), "codex-litellm-session.jsonl");
    let lines = records::read(&files);
    assert_eq!((lines.torn, lines.unclosed), (Vec::new(), 0));
    let requests: Vec<(&str, u64)> = lines
        .records
        .iter()
        .map(|record| {
            let id = record["request_id"].as_str().expect("an id");
            (id, record["request"].as_u64().expect("a turn"))
        })
        .collect();
    let (first, rest) = requests.split_at(3);
    assert_eq!(first, [("1", 1), ("2", 2), ("3", 3)]);
    let mut rest = rest.to_vec();
    rest.sort_unstable();
    // Both processes continue the turn numbers of the fork.
    assert_eq!(rest, [("child", 4), ("in-flight", 4), ("parent", 5)]);
}
