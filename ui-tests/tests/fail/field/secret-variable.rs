use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", content(value = password))]
fn ask(password: &str) {
    println!("{password}");
}

fn main() {
    ask("");
}
