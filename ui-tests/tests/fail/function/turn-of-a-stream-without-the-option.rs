use futures_util::stream::{self, BoxStream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn)]
fn ask() -> Result<BoxStream<'static, u8>, String> {
    Ok(Box::pin(stream::empty()))
}

fn main() {
    drop(ask());
}
