use futures_util::stream::{self, BoxStream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn)]
async fn ask() -> BoxStream<'static, u8> {
    Box::pin(stream::empty())
}

fn main() {
    drop(ask());
}
