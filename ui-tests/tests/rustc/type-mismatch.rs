use telemetry_runtime::telemetry_span;

#[telemetry_span("a.plain")]
fn plain(n: u8) -> u16 {
    n
}

#[telemetry_span("a.result")]
fn result(n: u8) -> Result<u16, String> {
    Ok(n)
}

#[telemetry_span("a.async")]
async fn future(n: u8) -> Result<u16, String> {
    Ok(n)
}

fn main() {
    plain(1);
    drop(result(1));
    drop(future(1));
}
