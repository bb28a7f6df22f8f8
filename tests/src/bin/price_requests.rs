//! `price_requests HOME` records the requests of its standard input and prints their records. HOME has a `config.toml` with
//! the prices in force. A line of the input is `{"deployment": NAME, "answer": BODY}`, where the id of each body is unique;
//! a line of the output is the record in the session log.

use std::env;
use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;

use serde_json::Value;
use telemetry_runtime::{Config, Session, Usage, note_usage, session_usage};

#[session_usage(model = deployment)]
fn answered(deployment: &str, answer: Value) -> Value {
    note_usage(Usage::default().with_headers([("x-litellm-model-name", deployment)]));
    answer
}

fn main() {
    let home = env::args().nth(1).expect("usage: price_requests HOME");
    let config = Config::load(Path::new(&home)).expect("a configuration");
    let log = config.log_dir().join("codex-litellm-session.jsonl");
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let _session = Session::start();
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let mut request: Value = serde_json::from_str(&line).expect("a JSON object");
        let answer = request["answer"].take();
        let deployment = request["deployment"].as_str().expect("a deployment");
        answered(deployment, answer);
    }
    drop(telemetry);
    let records = fs::read(log).expect("the session log");
    io::stdout().write_all(&records).expect("standard output");
}
