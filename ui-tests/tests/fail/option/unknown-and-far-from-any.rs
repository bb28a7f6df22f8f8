use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", skip_all)]
fn open() {}

fn main() {
    open();
}
