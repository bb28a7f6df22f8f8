use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields(apiKey = key))]
fn open(key: &str) {
    println!("{key}");
}

fn main() {
    open("");
}
