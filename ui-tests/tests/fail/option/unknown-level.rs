use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", level = "warning")]
fn open() {}

fn main() {
    open();
}
