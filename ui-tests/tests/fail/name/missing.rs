use telemetry_runtime::telemetry_span;

#[telemetry_span]
fn open() {}

fn main() {
    open();
}
