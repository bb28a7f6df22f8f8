use telemetry_runtime::telemetry_span;

#[telemetry_span("a.async")]
async fn future(n: u8) -> u8 {
    n + 1;
}

fn main() {
    drop(future(1));
}
