use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", future)]
fn ask() -> impl Future<Output = u8> + Clone + Send {
    std::future::ready(1)
}

fn main() {
    drop(ask().clone());
}
