use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields(presets.len()))]
fn open(presets: &[String]) {
    println!("{presets:?}");
}

fn main() {
    open(&[]);
}
