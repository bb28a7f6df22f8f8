#![deny(warnings)]
use telemetry_runtime::telemetry_span;

#[telemetry_span("a.plain")]
fn plain(unused: u8) -> u8 {
    1
}

fn main() {
    plain(1);
}
