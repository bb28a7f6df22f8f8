use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", fields(key = redacted()))]
fn ask(key: &str) {
    println!("{key}");
}

fn main() {
    ask("");
}
