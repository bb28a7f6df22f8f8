#![deny(warnings)]
use std::future::Future;
use std::pin::Pin;

use futures_util::stream::{self, Stream};
use telemetry_runtime::{session_usage, telemetry_event, telemetry_span};

#[telemetry_span("history.turn", turn)]
fn call(text: &str) -> Result<usize, String> {
    (!text.is_empty()).then(|| text.len()).ok_or_else(String::new)
}

#[telemetry_span("history.turn", turn, fields(max_token = public(max)))]
async fn asynchronous(max: u32) -> u32 {
    let token = max;
    telemetry_event!("history.turn_done", "read up to {max}", token = public(token), public(max));
    max
}

#[telemetry_span("history.turn", turn, root, future)]
fn returned(text: &str) -> impl Future<Output = usize> {
    let length = text.len();
    async move { length }
}

#[telemetry_span("history.turn", turn, future)]
fn boxed(text: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
    let future = async move { text.len() };
    Box::pin(future)
}

#[telemetry_span("history.turn", turn)]
#[session_usage(usage = None::<telemetry_runtime::Usage>)]
fn with_usage() {}

#[telemetry_span("history.turn", turn, stream)]
fn streamed(items: Vec<u8>) -> impl Stream<Item = u8> {
    stream::iter(items)
}

#[telemetry_span("history.turn", turn, stream)]
async fn streamed_later(items: Vec<u8>) -> Result<stream::BoxStream<'static, u8>, String> {
    Ok(Box::pin(stream::iter(items)))
}

fn main() {
    use futures_util::{FutureExt, StreamExt};
    assert_eq!(call("ab"), Ok(2));
    assert_eq!(asynchronous(3).now_or_never(), Some(3));
    assert_eq!(returned("ab").now_or_never(), Some(2));
    assert_eq!(boxed("ab").now_or_never(), Some(2));
    with_usage();
    assert_eq!(streamed(vec![1]).count().now_or_never(), Some(1));
    let later = streamed_later(vec![1]).now_or_never().unwrap().unwrap();
    assert_eq!(later.count().now_or_never(), Some(1));
}
