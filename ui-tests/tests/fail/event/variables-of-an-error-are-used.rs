#![deny(unused)]

use telemetry_runtime::{record, telemetry_event};

fn main() {
    let token = String::new();
    let attempt = 3;
    telemetry_event!("model.request", value = token.as_str(), attempt);
    let count = 3;
    record!(count: count, bytes = attempt);
    let total = 3;
    telemetry_event!("model..request", ?total);
}
