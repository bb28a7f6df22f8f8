#![deny(warnings)]
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt, StreamExt};
use telemetry_runtime::{session_usage, telemetry_span};

#[telemetry_span("agent.run", operation = "invoke_agent")]
fn unnamed() -> u8 {
    1
}

#[telemetry_span("agent.run", operation = "invoke_agent", agent = "explorer", turn)]
async fn named() -> Result<u8, String> {
    Ok(2)
}

#[telemetry_span("agent.run", operation = "invoke_agent", agent = name, stream)]
fn streamed(name: &str) -> impl Stream<Item = u8> + use<> {
    stream::iter(name.as_bytes().to_vec())
}

#[telemetry_span("agent.run", operation = "invoke_agent", agent = Some("writer"))]
#[session_usage]
fn with_usage() -> Option<telemetry_runtime::Usage> {
    None
}

fn main() {
    assert_eq!(unnamed(), 1);
    assert_eq!(named().now_or_never(), Some(Ok(2)));
    assert_eq!(streamed("ab").count().now_or_never(), Some(2));
    assert!(with_usage().is_none());
}
