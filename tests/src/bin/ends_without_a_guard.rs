//! Records a span and a request and ends the process in the way of its second argument, without
//! dropping or flushing telemetry. The first argument is the home.

use std::env;
use std::fs;
use std::path::Path;
use std::process;
use std::thread;

use telemetry_runtime::{Config, Session, Usage, session_usage, telemetry_span};

#[telemetry_span("history.last_words")]
fn last_words() {}

#[session_usage(model = "last-model", request_id = "last-request")]
fn last_request() -> Usage {
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(1200);
    usage.completion_tokens = Some(350);
    usage
}

/// Waits until the writer has written the span.
fn span_is_written(log_dir: &Path) {
    let written = || {
        let files = fs::read_dir(log_dir).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .any(|text| text.contains("history.last_words"))
    };
    while !written() {
        thread::yield_now();
    }
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, home, end] = &arguments[..] else {
        panic!("usage: ends_without_a_guard HOME exit|exit_in_a_thread|abort|panic|return");
    };
    let config = Config::load(Path::new(home)).expect("a configuration");
    let log_dir = config.log_dir();
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let _session = Session::start();
    last_words();
    last_request();
    match end.as_str() {
        "exit" => process::exit(7),
        "exit_in_a_thread" => {
            let _ = thread::spawn(|| process::exit(7)).join();
        }
        "abort" => {
            span_is_written(&log_dir);
            process::abort();
        }
        "panic" => panic!("the end"),
        "return" => std::mem::forget(telemetry),
        other => panic!("unknown end `{other}`"),
    }
}
