use futures_util::stream::{self, Stream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", stream, err)]
fn ask() -> impl Stream<Item = u32> {
    stream::empty()
}

fn main() {
    drop(ask());
}
