//! `DailySpend::is_first` over several processes, which are further runs of this test binary.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use telemetry_runtime::{Config, Session, Usage, init, record_usage};

const HOME: &str = "SPEND_LIMIT_HOME";
const LIMIT: &str = "SPEND_LIMIT_USD";
const FIRST: &str = "this call is the first";
const LATER: &str = "this call is not the first";
/// Far beyond what any test needs.
const LONG: Duration = Duration::from_mins(1);

/// The code of the processes that the test starts. It does nothing in an ordinary run of the tests.
#[test]
fn process() {
    let Some(home) = env::var_os(HOME) else {
        return;
    };
    let limit = env::var(LIMIT).unwrap().parse().unwrap();
    let telemetry = init(Config::at(Path::new(&home)).with_enabled(Some(true))).unwrap();
    let _session = Session::start();
    let (sender, told) = channel();
    let sender = Mutex::new(sender);
    telemetry.on_spend_limit(limit, move |spend| {
        sender.lock().unwrap().send(spend.is_first).unwrap();
    });
    // Each process exceeds the limit by itself, also on a day that began after the others had spent.
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(1);
    usage.cost_nanos = Some(3_000_000_000);
    record_usage(&usage);
    let is_first = told.recv_timeout(LONG).expect("no callback");
    println!("{}", if is_first { FIRST } else { LATER });
}

fn start(home: &Path, limit: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "process", "--nocapture"])
        .env(HOME, home)
        .env(LIMIT, limit)
        .env_remove("CODEX_TELEMETRY")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns whether the call in a process was the first one.
fn is_first(process: Child) -> bool {
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains(FIRST) || text.contains(LATER), "{text}");
    text.contains(FIRST)
}

/// Returns whether the call was the first one in each of six processes of a new home: three at the same time, a later one, and
/// two with another limit.
fn first_calls() -> (usize, [bool; 3]) {
    let home = tempfile::tempdir().unwrap();
    let together: Vec<Child> = (0..3).map(|_| start(home.path(), "2")).collect();
    let first = together.into_iter().map(is_first);
    let first = first.filter(|is_first| *is_first).count();
    (
        first,
        ["2", "1", "1"].map(|limit| is_first(start(home.path(), limit))),
    )
}

#[test]
fn one_call_a_day_is_the_first_of_all_processes() {
    let expected = (1, [false, true, false]);
    // A day may end between two processes; the second attempt has a home of its own.
    let found = first_calls();
    assert!(found == expected || first_calls() == expected, "{found:?}");
}
