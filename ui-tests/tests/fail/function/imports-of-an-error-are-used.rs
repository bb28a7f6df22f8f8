#![deny(unused)]

use std::fmt::Write as _;
use std::time::Duration;

use telemetry_runtime::telemetry_span;

#[telemetry_span("model..wait")]
fn wait(text: &mut String) {
    drop(write!(text, "{:?}", Duration::from_secs(3)));
}

fn main() {
    wait(&mut String::new());
}
