use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", future)]
async fn ask() {}

fn main() {
    drop(ask());
}
