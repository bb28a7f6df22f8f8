use futures_util::future::BoxFuture;
use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn, err)]
fn ask() -> Result<BoxFuture<'static, u8>, String> {
    Ok(Box::pin(async { 1 }))
}

fn main() {
    drop(ask());
}
