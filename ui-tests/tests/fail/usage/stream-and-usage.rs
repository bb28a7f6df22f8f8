use futures_util::stream::{self, Stream};
use telemetry_runtime::{Usage, session_usage};

#[session_usage(usage = usage, stream)]
fn ask(usage: Usage) -> impl Stream<Item = Usage> {
    stream::iter([usage])
}

fn main() {
    drop(ask(Usage::default()));
}
