use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields(redacted(count, total)))]
fn open(count: usize, total: usize) {
    println!("{count} {total}");
}

fn main() {
    open(1, 2);
}
