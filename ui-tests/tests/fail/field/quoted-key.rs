use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields("http.status" = status))]
fn open(status: u16) {
    println!("{status}");
}

fn main() {
    open(200);
}
