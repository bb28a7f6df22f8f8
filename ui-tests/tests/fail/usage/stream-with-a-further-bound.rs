use futures_util::stream::{self, FusedStream, Stream};
use telemetry_runtime::{Usage, session_usage};

#[session_usage(stream)]
fn ask() -> Result<impl Stream<Item = Usage> + FusedStream, String> {
    Ok(stream::empty())
}

fn main() {
    drop(ask());
}
