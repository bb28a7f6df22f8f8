use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", level = "debug", level = "trace")]
fn open() {}

fn main() {
    open();
}
