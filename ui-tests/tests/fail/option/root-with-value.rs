use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", root = true)]
fn open() {}

fn main() {
    open();
}
