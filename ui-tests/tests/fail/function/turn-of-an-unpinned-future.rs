use telemetry_runtime::telemetry_span;

#[telemetry_span("agent.turn", turn)]
fn ask() -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(std::future::ready(1))
}

fn main() {
    drop(ask());
}
