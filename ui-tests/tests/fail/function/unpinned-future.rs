use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", future)]
fn ask() -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(std::future::ready(1))
}

fn main() {
    drop(ask());
}
