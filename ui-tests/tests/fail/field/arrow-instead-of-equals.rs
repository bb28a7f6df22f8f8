use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields(total => count))]
fn open(count: usize) {
    println!("{count}");
}

fn main() {
    open(1);
}
