use telemetry_runtime::telemetry_span;

#[telemetry_span("a.result")]
fn result(n: u8) -> Result<u8, String> {
    Ok::<u8, String>(n);
}

fn main() {
    drop(result(1));
}
