use telemetry_runtime::telemetry_span;

#[telemetry_span("a.b", content(text = std::future::ready("x").await))]
async fn plain() {}

fn main() {
    drop(plain());
}
