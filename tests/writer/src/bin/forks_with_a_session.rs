//! `forks_with_a_session HOME`: forks inside of a request, after three requests of the bound session. The child, and
//! then the parent, return from the request in which they forked, repeat the first request and record a further one.
//! Each prints the number of requests before and after the last two, and whether its session is still bound.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, record_usage, session_usage};
use writer_tests::os::{self, Side};

fn answer(id: &str) -> Value {
    json!({"id": id, "model": "m", "usage": {"prompt_tokens": 100, "completion_tokens": 10}})
}

/// Forks while a request is in flight, and returns its answer in both processes: in the child at once, in the parent
/// after the child has ended. Sets `is_child` in the child.
#[session_usage]
fn fork_in_request(is_child: &mut bool) -> Value {
    match os::fork() {
        Side::Child => *is_child = true,
        Side::Parent(child) => {
            while os::exit_code(child).is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
    answer("in-flight")
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let session = Session::start();
    for id in ["1", "2", "3"] {
        record_usage(&answer(id));
    }
    let mut is_child = false;
    fork_in_request(&mut is_child);
    let before = session.snapshot().totals.requests;
    record_usage(&answer("1"));
    record_usage(&answer(if is_child { "child" } else { "parent" }));
    let after = session.snapshot().totals.requests;
    let is_bound = Session::current().is_some_and(|current| current.id() == session.id());
    println!("{before} {after} {is_bound}");
    drop(telemetry);
}
