use std::pin::Pin;

use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn)]
fn ask() -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async { 1 })
}

fn main() {
    drop(ask());
}
