//! Several attributes of this crate on one function.
#![deny(warnings)]
use futures_util::stream::{self, BoxStream};
use telemetry_runtime::{Usage, session_usage, telemetry_span};

#[telemetry_span("a.inner", err)]
#[telemetry_span("a.outer")]
fn two_spans() -> Result<(), String> {
    Ok(())
}

#[telemetry_span("a.inner")]
#[session_usage(model = "m", attempt = Some(1))]
#[telemetry_span("a.outer", turn)]
async fn two_spans_and_a_request() -> Option<Usage> {
    None
}

/// One of the two is removed.
#[cfg_attr(all(), session_usage(model = "m", attempt = 1))]
#[cfg_attr(not(all()), session_usage(model = "n"))]
fn one_of_two() -> Option<Usage> {
    None
}

/// The error is that of the call.
#[telemetry_span("a.items", err, content(text = "text"))]
async fn items() -> Result<BoxStream<'static, u8>, String> {
    Ok(Box::pin(stream::empty()))
}

#[telemetry_span("a.turn", turn, future, err, ret)]
fn turn() -> impl Future<Output = Result<u8, String>> {
    std::future::ready(Ok(1))
}

#[telemetry_span("a.stream", turn, stream, err)]
fn results() -> BoxStream<'static, Result<u8, String>> {
    Box::pin(stream::empty())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    two_spans().unwrap();
    two_spans_and_a_request().await;
    one_of_two();
    drop(items().await);
    turn().await.unwrap();
    drop(results());
}
