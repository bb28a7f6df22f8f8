//! A record is in the kernel 10 ms after its call, however the process ends.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use writer_tests::home::Home;
use writer_tests::os::monotonic_nanos;
use writer_tests::process::Host;
use writer_tests::{figure, records};

const PROMISE: Duration = Duration::from_millis(10);

fn ends(way: &str) -> records::Lines {
    let home = Home::new("");
    let mut host = Host::start(env!("CARGO_BIN_EXE_ends"), home.path(), &[way]);
    if host.line().is_some() {
        // The process has recorded its last span, and is about to kill itself.
        std::thread::sleep(PROMISE * 10);
    }
    host.wait();
    let lines = records::read(&home.debug_files());
    assert_eq!(lines.torn, [""; 0], "{way}");
    assert_eq!(lines.unclosed, 0, "{way}");
    lines
}

#[test]
fn a_process_that_ends_normally_loses_no_record() {
    for (way, spans) in [
        ("return", 100),
        ("exit", 100),
        ("exit-from-thread", 101),
        ("panic", 100),
        ("abort", 100),
        ("thread-ends", 101),
        ("thread-blocks", 101),
    ] {
        let lines = ends(way);
        let wanted: Vec<u64> = (0..spans).collect();
        assert_eq!(lines.numbers("n"), wanted, "{way}");
        if way == "panic" {
            let last = lines.records.last().expect("not empty");
            assert_eq!(last["name"], "end.panic");
            assert_eq!(last["outcome"], "panic");
        }
    }
}

#[test]
fn a_request_is_in_the_kernel_when_its_call_returns() {
    for turns in 1..=20 {
        let home = Home::new("");
        let mut host = Host::start(env!("CARGO_BIN_EXE_host"), home.path(), &[]);
        host.line();
        for _ in 0..turns {
            host.ask("turn");
        }
        host.kill();
        let log = home.logs().join("codex-litellm-session.jsonl");
        assert_eq!(records::read(&[log]).records.len(), turns);
    }
}

/// The output of a killed process.
struct Output {
    recorded: Vec<(u64, u128)>,
    looks: Vec<Look>,
}

/// A measurement of the second thread.
#[derive(Clone, Copy)]
struct Look {
    at: u128,
    /// The state of the writer thread: `R` runs or waits for a processor, `D` waits for a disk, `S` sleeps.
    state: char,
    /// The nanoseconds that the writer thread has run.
    run: u128,
}

fn parse(output: &str) -> Output {
    let (mut recorded, mut looks) = (Vec::new(), Vec::new());
    // A line that the kill cut off has no newline.
    let lines = output.split_inclusive('\n');
    for line in lines.filter_map(|line| line.strip_suffix('\n')) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<u128>().ok());
        match (words[0], number(1), number(2), number(3)) {
            ("n", Some(n), Some(at), None) => recorded.push((n.try_into().expect("small"), at)),
            ("w", Some(at), None, Some(run)) => looks.push(Look {
                at,
                state: words[2].chars().next().expect("a letter"),
                run,
            }),
            _ => panic!("`{line}`"),
        }
    }
    Output { recorded, looks }
}

impl Output {
    /// Returns the longest time, shortly before the kill, for which the machine delayed a thread: the second thread, which
    /// slept and wrote a line, or the writer, which waited for a processor or a disk. Sleeps of the writer do not count.
    fn starved(&self, killed: u128) -> Duration {
        let near = |at: u128| at + 60_000_000 > killed;
        let end = Look {
            at: killed,
            ..self.looks.last().copied().unwrap_or(Look {
                at: 0,
                state: 'R',
                run: 0,
            })
        };
        // The second thread may have started late: the time before its first look counts as its delay.
        let start = self.recorded.first().map(|(_, at)| Look { at: *at, ..end });
        let (mut longest, mut writer) = (0, 0);
        let mut looks: Vec<Look> = start.into_iter().collect();
        looks.extend(&self.looks);
        looks.push(end);
        for pair in looks.windows(2) {
            let between = pair[1].at.saturating_sub(pair[0].at);
            let stands = pair[0].state != 'S' && pair[1].run == pair[0].run;
            writer = if stands { writer + between } else { 0 };
            if near(pair[1].at) {
                longest = longest.max(between).max(writer);
            }
        }
        if self.looks.is_empty() {
            longest = u128::MAX;
        }
        Duration::from_nanos(longest.try_into().unwrap_or(u64::MAX))
    }
}

/// Returns whether the trial counts: it does not if the machine delayed the process.
fn killed_at_random(seed: u64) -> bool {
    let home = Home::new("");
    let mut child = Command::new(env!("CARGO_BIN_EXE_counter"))
        .arg(home.path())
        .arg(seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary was built with the tests");
    let mut pipe = child.stdout.take().expect("piped above");
    let reader = std::thread::spawn(move || {
        let mut output = Vec::new();
        pipe.read_to_end(&mut output).expect("a pipe");
        String::from_utf8(output).expect("text")
    });
    let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    std::thread::sleep(Duration::from_micros(30_000 + random % 120_000));
    let killed = monotonic_nanos();
    child.kill().expect("it runs");
    child.wait().expect("a child of ours");
    let said = parse(&reader.join().expect("no panic"));

    let lines = records::read(&home.debug_files());
    assert_eq!(lines.torn, [""; 0], "seed {seed}");
    let found: Vec<u64> = lines.numbers("n");
    assert!(found.is_sorted(), "seed {seed}: order within a thread");
    let found: BTreeSet<u64> = found.into_iter().collect();
    // No record in the middle is lost, however long the machine delayed the process.
    if let Some(last) = found.last() {
        assert_eq!(found.len() as u64, last + 1, "seed {seed}");
    }
    if said.starved(killed) > PROMISE / 2 {
        return false;
    }
    let promised = |at: u128| at + PROMISE.as_nanos() <= killed;
    let late = said
        .recorded
        .iter()
        .find(|(n, at)| promised(*at) && !found.contains(n));
    if let Some((n, at)) = late {
        panic!(
            "seed {seed}: record {n} was {} µs old at the kill and is not in the log",
            (killed - at) / 1_000
        );
    }
    !said.recorded.is_empty()
}

#[test]
fn a_kill_at_any_moment_loses_only_records_younger_than_the_promise() {
    let wanted = figure("WRITER_TESTS_KILLS", 200);
    let (mut counted, mut seed) = (0, 0);
    while counted < wanted {
        seed += 1;
        counted += u64::from(killed_at_random(seed));
        assert!(
            seed < wanted * 20,
            "the machine is too busy: {counted} of {seed} trials count"
        );
    }
    eprintln!("{counted} kills counted of {seed}");
}
