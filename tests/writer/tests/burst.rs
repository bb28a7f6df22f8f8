//! A burst that is faster than the disk: nothing is lost, and memory stays bounded.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use writer_tests::figure;
use writer_tests::home::Home;
use writer_tests::process::Host;

const THREADS: u64 = 8;
/// For each thread: its ring, four times that for the lines of a thread that drains its own ring (they are written from
/// half a megabyte on, and the buffer grows by doubling), and the size of a ring for the state and the stack of the
/// thread. In addition some memory for the process.
const MEMORY: u64 = THREADS * (256 * 1024 * 6) + 4 * 1024 * 1024;

#[test]
fn eight_threads_lose_no_record_and_keep_their_order() {
    let spans = figure("WRITER_TESTS_BURST_SPANS", 100_000);
    let home = Home::new("max_total_bytes = 0");
    let arguments = [THREADS.to_string(), spans.to_string()];
    let mut host = Host::start(
        env!("CARGO_BIN_EXE_burst"),
        home.path(),
        &[&arguments[0], &arguments[1]],
    );
    let answer = host.line().expect("its figures");
    let figures: Vec<u64> = answer
        .split(' ')
        .map(|figure| figure.parse().expect("a number"))
        .collect();
    let [memory, written, lost] = figures[..] else {
        panic!("{answer}");
    };
    let allowed = figure("WRITER_TESTS_BURST_MEMORY", MEMORY);
    eprintln!("{written} spans: memory grew by {memory} bytes of {allowed} allowed");
    assert_eq!((written, lost), (THREADS * spans, 0));
    assert!(memory <= allowed, "{memory}");

    let [file] = home.debug_files().try_into().expect("one launch, one file");
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for line in BufReader::new(std::fs::File::open(file).expect("there")).lines() {
        let line = line.expect("UTF-8");
        assert!(line.starts_with('{') && line.ends_with('}'), "`{line}`");
        let after = |key: &str| line.split_once(key).map(|(_, rest)| rest);
        let Some(thread) = after("\"thread\":\"burst-") else {
            continue;
        };
        let thread = thread.split('"').next().unwrap_or_default().to_owned();
        let n = after("\"fields\":{\"n\":").and_then(|rest| rest.split('}').next());
        let next = next.entry(thread).or_default();
        assert_eq!(n, Some(&*next.to_string()), "order within a thread");
        *next += 1;
    }
    assert_eq!(next.len() as u64, THREADS);
    assert!(next.values().all(|next| *next == spans));
}
