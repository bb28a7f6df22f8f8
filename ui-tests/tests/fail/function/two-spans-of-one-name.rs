use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request")]
#[telemetry_span("model.request", err)]
fn ask() -> Result<(), String> {
    Ok(())
}

fn main() {
    drop(ask());
}
