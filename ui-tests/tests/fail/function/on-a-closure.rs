use telemetry_runtime::telemetry_span;

fn main() {
    let draw = #[telemetry_span("chatwidget.header")]
    || {};
    draw();
}
