use telemetry_runtime::{Usage, session_usage};

#[session_usage(model = "m")]
fn ask() -> Box<dyn Future<Output = Usage> + Unpin> {
    Box::new(std::future::ready(Usage::default()))
}

fn main() {
    drop(ask());
}
