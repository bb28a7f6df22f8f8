use telemetry_runtime::telemetry_span;

#[telemetry_span("ModelSelection.Open")]
fn open() {}

fn main() {
    open();
}
