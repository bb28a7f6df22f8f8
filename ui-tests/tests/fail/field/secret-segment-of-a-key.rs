use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", fields(http.authorization = %header))]
fn ask(header: &str) {
    println!("{header}");
}

fn main() {
    ask("");
}
