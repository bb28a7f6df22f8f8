use futures_util::stream::{self, BoxStream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", stream, err)]
async fn ask() -> BoxStream<'static, u32> {
    Box::pin(stream::empty())
}

fn main() {
    drop(ask());
}
