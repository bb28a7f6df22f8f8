use telemetry_runtime::telemetry_span;

#[telemetry_span("a.b", fields(n = yield 1))]
fn plain() {}

fn main() {
    plain();
}
