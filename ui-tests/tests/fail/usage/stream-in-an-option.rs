use futures_util::stream::{self, BoxStream};
use telemetry_runtime::{Usage, session_usage};

#[session_usage(stream)]
fn ask() -> Option<BoxStream<'static, Usage>> {
    Some(Box::pin(stream::empty()))
}

fn main() {
    drop(ask());
}
