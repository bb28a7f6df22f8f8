//! Records a span, a request and two frames of an interface and ends the process in the way of its second argument, without
//! dropping or flushing telemetry. The first argument is the home.

use std::env;
use std::fs;
use std::path::Path;
use std::process;
use std::thread;

use ratatui_core::backend::TestBackend;
use ratatui_core::style::Style;
use ratatui_core::terminal::Terminal;
use telemetry_runtime::{Config, RecordingBackend, Session, Usage, session_usage, telemetry_span};

#[telemetry_span("history.last_words")]
fn last_words() {}

#[session_usage(model = "last-model", request_id = "last-request")]
fn last_request() -> Usage {
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(1200);
    usage.completion_tokens = Some(350);
    usage
}

/// Draws two frames, each with a key that is wrapped over two rows.
fn last_frames() {
    let mut terminal =
        Terminal::new(RecordingBackend::new(TestBackend::new(24, 4))).expect("a terminal");
    for last in ["a frame", "the last frame"] {
        let drawn = terminal.draw(|frame| {
            let rows = [
                "sk-proj-Zk3v9QmT7xWb2Lc",
                "R8nYd5HsJ0aFgUe4iKp6oXt",
                "",
                last,
            ];
            for (row, y) in rows.into_iter().zip(0..) {
                frame.buffer_mut().set_string(0, y, row, Style::new());
            }
        });
        drawn.expect("a drawn frame");
    }
}

/// Waits until the writer has written the span and the frames.
fn all_is_written(log_dir: &Path) {
    let is_written = |last: &str| {
        let files = fs::read_dir(log_dir).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .any(|text| text.contains(last))
    };
    while !is_written("history.last_words") || !is_written("the last frame") {
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
    last_frames();
    match end.as_str() {
        "exit" => process::exit(7),
        "exit_in_a_thread" => {
            let _ = thread::spawn(|| process::exit(7)).join();
        }
        "abort" => {
            all_is_written(&log_dir);
            process::abort();
        }
        "panic" => panic!("the end"),
        "return" => std::mem::forget(telemetry),
        other => panic!("unknown end `{other}`"),
    }
}
