use telemetry_runtime::telemetry_span;

#[telemetry_span(level = "debug", root)]
fn open() {}

fn main() {
    open();
}
