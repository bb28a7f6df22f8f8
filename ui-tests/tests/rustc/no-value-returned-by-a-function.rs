use telemetry_runtime::telemetry_span;

#[telemetry_span("a.plain")]
fn plain(n: u8) -> u8 {
    n + 1;
}

fn main() {
    plain(1);
}
