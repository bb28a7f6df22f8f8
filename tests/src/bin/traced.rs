//! A host whose trace spans processes. `traced HOME call` makes a request inside a span, prints the headers of that request,
//! and starts `traced HOME answer` as a subprocess in the same context. Both end without flushing.

use std::env;
use std::path::Path;
use std::process::Command;

use telemetry_runtime::{
    Config, Session, SpanContext, Usage, session_usage, telemetry_event, telemetry_span,
};

#[telemetry_span("traced.call")]
fn call(home: &str) {
    request(home);
}

#[session_usage(model = "m", request_id = "traced")]
fn request(home: &str) -> Usage {
    for (name, value) in SpanContext::current().headers() {
        println!("{name}: {value}");
    }
    let program = env::current_exe().expect("a path to this program");
    let ended = Command::new(program)
        .args([home, "answer"])
        .env_remove("TRACEPARENT")
        .env_remove("TRACESTATE")
        .envs(SpanContext::current().environment())
        .status();
    assert!(ended.expect("the subprocess starts").success());
    let mut usage = Usage::default();
    usage.prompt_tokens = Some(1);
    usage
}

#[telemetry_span("traced.answer")]
fn answer() {
    telemetry_event!("traced.answered");
    new_tree();
}

#[telemetry_span("traced.new_tree", root)]
fn new_tree() {}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, home, role] = &arguments[..] else {
        panic!("usage: traced HOME call|answer");
    };
    let config = Config::load(Path::new(home)).expect("a configuration");
    for warning in config.warnings() {
        println!("warning: {warning}");
    }
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let _session = Session::start();
    match role.as_str() {
        "call" => call(home),
        _ => answer(),
    }
    drop(telemetry);
}
