use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", err, future)]
fn ask() -> impl Future<Output = u8> {
    std::future::ready(1)
}

fn main() {
    drop(ask());
}
