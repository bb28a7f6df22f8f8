use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", err(Display, Debug))]
fn open() -> Result<(), String> {
    Ok(())
}

fn main() {
    println!("{:?}", open());
}
