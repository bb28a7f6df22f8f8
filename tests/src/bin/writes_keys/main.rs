//! Writes a key through each way by which a text reaches a log. The arguments are the home and the key.

use std::env;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use telemetry_runtime::{
    Config, Session, Usage, init, record, session_usage, telemetry_event, telemetry_span,
};

/// The path of the file is a part of its records.
#[path = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R.rs"]
mod named_like_a_key;

/// An error whose texts have the key behind an end of the line and in quotes.
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "refused:\n{}\tis not valid", self.0)
    }
}

impl fmt::Debug for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("refused:\n{}\t", self.0);
        formatter.debug_tuple("Wrong").field(&text).finish()
    }
}

#[telemetry_span("keys.fields", fields(plain = text, shown = %text, debug = ?text))]
fn fields(text: &str) {
    record!(late = ?text);
    telemetry_event!("keys.event", plain = text, debug = ?Some(text));
    telemetry_event!(log = "tui", "keys.shown", level = "warn", debug = ?[text]);
}

#[telemetry_span("keys.err", err)]
fn err(key: &str) -> Result<(), Wrong> {
    Err(Wrong(key.to_owned()))
}

#[telemetry_span("keys.err_debug", err(Debug))]
fn err_debug(key: &str) -> Result<(), Wrong> {
    Err(Wrong(key.to_owned()))
}

#[telemetry_span("keys.ret", ret)]
fn ret(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[telemetry_span("keys.ret_display", ret(Display))]
fn ret_display(text: &str) -> String {
    text.to_owned()
}

#[session_usage(model = key, request_id = key)]
fn request(key: &str) -> Usage {
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(1);
    usage
}

/// Returns texts that have the key behind the escapes and the colours of logs.
fn texts(key: &str) -> Vec<String> {
    let colour = "\u{1b}[31m";
    let json = format!(r#"{{"output": "first\n{key}\tsecond \"{key}\" \u003d{key}"}}"#);
    vec![
        format!("first\n{key}\tsecond"),
        format!("{colour}{key}{colour}"),
        format!("a%3D{key}%22"),
        format!("{:?}", format!("a\n{key}")),
        json.clone(),
        format!("{json:?}"),
    ]
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, home, key] = &arguments[..] else {
        panic!("usage: writes_keys HOME KEY");
    };
    let config = Config::load(Path::new(home)).expect("a configuration");
    let config = config.with_app(&format!("app {key}"), &format!("1.0\n{key}"));
    let telemetry = init(config).expect("telemetry");
    let session = Session::start();
    let write = || {
        let _entered = session.enter();
        for text in texts(key) {
            fields(&text);
            ret(&text);
            ret_display(&text);
            writeln!(telemetry.tui_log(), "{text}").expect("a log");
        }
        // The key crosses the place where a value is cut.
        for len in (0..=64).step_by(4) {
            fields(&format!("{} {key} end", "x".repeat(256 - len)));
        }
        let _ = err(key);
        let _ = err_debug(key);
        request(key);
        named_like_a_key::called();
    };
    thread::scope(|scope| {
        let name = format!("worker {key}");
        let worker = thread::Builder::new().name(name);
        let worker = worker.spawn_scoped(scope, write).expect("a thread");
        worker.join().expect("no panic");
    });
    assert!(telemetry.flush(Duration::from_mins(1)));
}
