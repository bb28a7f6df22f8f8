//! `takes_turns HOME SESSION NAME [AGAIN TOKENS]` resumes a session, prints its requests and prompt
//! tokens, and records turns until it is killed. It prints `took N` after the call that recorded
//! turn N has returned. Turn N has the request id `NAME-N` and N prompt tokens.
//!
//! A client that was killed cannot know whether its last turn was recorded. AGAIN is the id of that
//! request, which is recorded first, and TOKENS is the number of its tokens.

use std::env;
use std::path::Path;
use std::thread;

use telemetry_runtime::{Config, Session, SessionId, Usage, record_usage};

/// The number of turns, which is large enough for a kill between two turns.
const MOST: u64 = 200;

fn turn(id: String, tokens: u64) {
    let mut usage = Usage::default();
    usage.request_id = Some(id);
    usage.prompt_tokens = Some(tokens);
    record_usage(&usage);
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, home, session, name, again @ ..] = &arguments[..] else {
        panic!("usage: takes_turns HOME SESSION NAME [AGAIN TOKENS]");
    };
    let config = Config::load(Path::new(home)).expect("a configuration");
    let _telemetry = telemetry_runtime::init(config).expect("telemetry");
    let id: SessionId = session.parse().expect("a session's id");
    let session = Session::resume_or_start(id);
    let totals = session.snapshot().totals;
    println!("{} {}", totals.requests, totals.prompt_tokens);
    if let [id, tokens] = again {
        turn(id.clone(), tokens.parse().expect("tokens"));
        println!("took 0");
    }
    for n in 1..=MOST {
        turn(format!("{name}-{n}"), n);
        println!("took {n}");
    }
    loop {
        thread::park();
    }
}
