use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", err)]
fn open() -> Option<u8> {
    None
}

fn main() {
    println!("{:?}", open());
}
