use futures_util::stream::{self, Stream};
use telemetry_runtime::session_usage;

#[session_usage(stream)]
fn ask() -> impl Stream<Item = Result<u32, String>> {
    stream::empty()
}

fn main() {
    drop(ask());
}
