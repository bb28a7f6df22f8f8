use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", crate = "telemetry_runtime")]
fn open() {}

fn main() {
    open();
}
