use futures_util::stream::{self, Stream};
use telemetry_runtime::{Usage, session_usage};

#[session_usage(model = "m")]
fn ask() -> Box<dyn Stream<Item = Usage> + Unpin> {
    Box::new(stream::empty())
}

fn main() {
    drop(ask());
}
