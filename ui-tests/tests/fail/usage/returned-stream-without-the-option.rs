use futures_util::stream::{self, Stream};
use telemetry_runtime::{Usage, session_usage};

#[session_usage(model = "m")]
fn ask() -> impl Stream<Item = Usage> {
    stream::empty()
}

fn main() {
    drop(ask());
}
