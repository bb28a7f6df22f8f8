use futures_util::stream::{self, Stream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("model.request", stream)]
fn ask() -> Box<dyn Stream<Item = u8> + Unpin> {
    Box::new(stream::empty())
}

fn main() {
    drop(ask());
}
