#![deny(unused)]

use std::time::Duration;

use telemetry_runtime::{record, telemetry_event};

fn main() {
    telemetry_event!("model.request", waited = Duration::from_secs(3).as_secs(), count: 3);
    record!(count: 3, waited = Duration::from_secs(3).as_secs());
    telemetry_event!("model..request", waited = Duration::from_secs(3).as_secs());
}
