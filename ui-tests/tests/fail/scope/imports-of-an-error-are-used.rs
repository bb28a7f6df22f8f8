#![deny(unused)]

use std::fmt::Write as _;
use std::time::Duration;

use telemetry_runtime::telemetry_scope;

fn main() {
    let mut text = String::new();
    let waited = telemetry_scope!("model..wait", { Duration::from_secs(3) });
    let written = telemetry_scope!("model.parse", bytes: text.len(), { write!(text, "{waited:?}") });
    drop(written);
    let later = telemetry_scope!("model.wait", count: 3, async { Duration::from_secs(3) });
    drop(later);
}
