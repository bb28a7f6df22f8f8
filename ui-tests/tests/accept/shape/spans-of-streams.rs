#![deny(warnings)]
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt as _};
use telemetry_runtime::{Usage, session_usage, telemetry_span};

#[telemetry_span("model.stream", stream)]
fn opaque(items: &[u8]) -> impl Stream<Item = u8> {
    stream::iter(items.to_vec())
}

#[telemetry_span("model.stream", stream, err, fields(count = items.len()))]
fn of_results(items: Vec<Result<u8, String>>) -> impl Stream<Item = Result<u8, String>> + Send {
    stream::iter(items)
}

#[telemetry_span("model.stream", stream, err)]
fn fallible(items: Vec<u8>) -> Result<impl Stream<Item = u8>, String> {
    if items.is_empty() {
        return Err("no items".to_owned());
    }
    Ok(stream::iter(items))
}

#[telemetry_span("model.stream", stream)]
fn boxed<'a>(items: &'a [u8]) -> BoxStream<'a, u8> {
    Box::pin(stream::iter(items.iter().copied()))
}

#[telemetry_span("model.stream", stream)]
fn local(items: Vec<u8>) -> LocalBoxStream<'static, u8> {
    stream::iter(items).boxed_local()
}

#[telemetry_span("model.stream", stream)]
fn written_out(items: Vec<u8>) -> Pin<Box<dyn Stream<Item = u8> + Send>> {
    Box::pin(stream::iter(items))
}

#[telemetry_span("model.stream", stream, fields(count = items.len()))]
async fn later(items: Vec<u8>) -> Result<BoxStream<'static, u8>, String> {
    std::future::ready(()).await;
    Ok(stream::iter(items).boxed())
}

#[telemetry_span("model.stream", stream)]
#[session_usage(stream, model = "m")]
async fn with_usage(items: Vec<Usage>) -> BoxStream<'static, Usage> {
    stream::iter(items).boxed()
}

#[session_usage(stream)]
#[telemetry_span("model.stream", stream, err(Debug))]
fn usage_outside(items: Vec<Result<Usage, u8>>) -> impl Stream<Item = Result<Usage, u8>> {
    stream::iter(items)
}

struct Client(Vec<u8>);

impl Client {
    #[telemetry_span("model.stream", stream)]
    fn events<T: Clone + 'static>(&self, item: T) -> impl Stream<Item = T> {
        stream::iter(vec![item; self.0.len()])
    }
}

fn count(stream: impl Stream) -> Option<usize> {
    stream.count().now_or_never()
}

fn main() {
    assert_eq!(count(opaque(&[1, 2])), Some(2));
    assert_eq!(count(of_results(vec![Ok(1), Err(String::new())])), Some(2));
    assert_eq!(fallible(vec![1]).map(count), Ok(Some(1)));
    assert!(fallible(Vec::new()).is_err());
    assert_eq!(count(boxed(&[1])), Some(1));
    assert_eq!(count(local(vec![1])), Some(1));
    assert_eq!(count(written_out(vec![1])), Some(1));
    let later = later(vec![1]).now_or_never().unwrap();
    assert_eq!(later.map(count), Ok(Some(1)));
    let with_usage = with_usage(vec![Usage::default()]).now_or_never().unwrap();
    assert_eq!(count(with_usage), Some(1));
    assert_eq!(count(usage_outside(vec![Err(1)])), Some(1));
    assert_eq!(count(Client(vec![1, 2]).events("x")), Some(2));
}
