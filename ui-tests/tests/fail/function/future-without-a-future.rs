use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", future)]
fn ask() -> std::future::Ready<u8> {
    std::future::ready(1)
}

fn main() {
    drop(ask());
}
