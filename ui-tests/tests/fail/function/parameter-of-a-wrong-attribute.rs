#![deny(unused)]

use telemetry_runtime::telemetry_span;

#[telemetry_span("model.ask", fields(attempt: attempt))]
fn ask(attempt: u32) {}

fn main() {
    ask(1);
}
