//! Without `future` and `stream`, the span covers the call, and the value is returned as it is: whatever its type is.
#![deny(warnings)]
use std::future::{Ready, ready};

use futures_util::future::{BoxFuture, FusedFuture};
use futures_util::stream::{self, BoxStream, FusedStream, Stream, TryStream};
use telemetry_runtime::telemetry_span;

#[telemetry_span("a.future")]
fn opaque(n: u8) -> impl Future<Output = u8> + Clone + Unpin {
    ready(n)
}

#[telemetry_span("a.fused")]
fn fused(n: u8) -> impl FusedFuture<Output = u8> {
    futures_util::future::ready(n)
}

#[telemetry_span("a.boxed")]
fn boxed(n: &u8) -> BoxFuture<'_, u8> {
    Box::pin(async move { *n })
}

#[telemetry_span("a.unpinned")]
fn unpinned(n: u8) -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(ready(n))
}

#[telemetry_span("a.named")]
fn named(n: u8) -> Ready<u8> {
    ready(n)
}

#[telemetry_span("a.stream", root)]
fn items() -> impl Stream<Item = u8> + Clone + Unpin {
    stream::iter([1, 2])
}

#[telemetry_span("a.stream.fused")]
fn fused_items() -> impl FusedStream<Item = u8> {
    stream::empty()
}

#[telemetry_span("a.stream.of_results")]
fn results() -> impl TryStream<Ok = u8, Error = String> {
    stream::iter([Ok(1)])
}

#[telemetry_span("a.stream.boxed")]
fn boxed_items(n: u8) -> BoxStream<'static, u8> {
    Box::pin(stream::iter([n]))
}

#[telemetry_span("a.stream.unpinned")]
fn unpinned_items() -> Box<dyn Stream<Item = u8> + Unpin> {
    Box::new(stream::empty())
}

#[telemetry_span("a.stream.fallible", err)]
fn fallible(n: u8) -> Result<BoxStream<'static, u8>, String> {
    if n == 0 {
        return Err("none".to_owned());
    }
    Ok(boxed_items(n))
}

fn main() {
    drop((opaque(1).clone(), fused(1), boxed(&1), unpinned(1), named(1)));
    drop((items().clone(), fused_items(), results(), boxed_items(1)));
    drop(unpinned_items());
    assert!(fallible(0).is_err() && fallible(1).is_ok());
}
