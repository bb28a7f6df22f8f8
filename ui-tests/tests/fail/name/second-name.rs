use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", "model_selection.close")]
fn open(count: usize) {
    println!("{count}");
}

fn main() {
    open(1);
}
