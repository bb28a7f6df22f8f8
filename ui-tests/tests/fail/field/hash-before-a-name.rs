use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields(#n))]
fn open(n: u32) {
    println!("{n}");
}

fn main() {
    open(1);
}
