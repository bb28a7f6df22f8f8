use telemetry_runtime::telemetry_span;

#[telemetry_span("model_selection.open", fields(_status))]
fn open(_status: u16) {}

fn main() {
    open(200);
}
