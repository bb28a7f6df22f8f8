use futures_util::future::BoxFuture;
use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn, err)]
fn ask() -> BoxFuture<'static, Result<u8, String>> {
    Box::pin(async { Ok(1) })
}

fn main() {
    drop(ask());
}
