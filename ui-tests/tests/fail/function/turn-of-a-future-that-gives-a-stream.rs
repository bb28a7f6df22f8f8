use futures_util::stream::{self, BoxStream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn)]
fn ask() -> impl Future<Output = BoxStream<'static, u8>> {
    async { Box::pin(stream::empty()) as BoxStream<_> }
}

fn main() {
    drop(ask());
}
