use telemetry_runtime::telemetry_span;

type Answer = std::pin::Pin<Box<dyn Future<Output = u8>>>;

#[telemetry_span("model.request", future)]
fn ask() -> Answer {
    Box::pin(std::future::ready(1))
}

fn main() {
    drop(ask());
}
