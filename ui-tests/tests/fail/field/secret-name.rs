use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", fields(api_key))]
fn ask(api_key: &str) {
    println!("{api_key}");
}

fn main() {
    ask("");
}
