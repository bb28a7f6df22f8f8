//! Every way to return a stream.
#![deny(warnings)]
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt, TryStream, TryStreamExt};
use telemetry_runtime::{Usage, UsageSource, session_usage, telemetry_span};

#[derive(UsageSource)]
enum Event {
    Delta(String),
    Completed {
        #[usage]
        usage: Usage,
        #[usage(finish_reason)]
        reason: &'static str,
    },
}

type EventResult = Result<Event, String>;
type ClientResult<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn items(word: &str) -> Vec<EventResult> {
    let usage = Usage::default();
    vec![
        Ok(Event::Delta(word.to_owned())),
        Ok(Event::Completed { usage, reason: "stop" }),
        Err("too late".to_owned()),
    ]
}

struct Client {
    model: String,
}

impl Client {
    #[session_usage(stream)]
    fn opaque(&self) -> impl Stream<Item = EventResult> {
        stream::iter(items(&self.model))
    }

    #[session_usage(stream, model = self.model)]
    fn opaque_borrowed<'a>(&'a self, word: &'a str) -> impl Stream<Item = EventResult> + Send + Unpin + 'a {
        let events = items(&self.model);
        stream::iter(events).chain(stream::iter(items(word)))
    }

    #[session_usage(stream, effort = ?Some("high"))]
    fn opaque_try(&self) -> impl TryStream<Ok = Event, Error = String, Item = EventResult> {
        stream::iter(items(&self.model))
    }

    #[session_usage(stream)]
    fn boxed(&self) -> Pin<Box<dyn Stream<Item = EventResult> + Send>> {
        if self.model.is_empty() {
            return Box::pin(stream::empty());
        }
        Box::pin(stream::iter(items(&self.model)))
    }

    #[session_usage(stream)]
    fn box_stream(&self) -> BoxStream<'_, EventResult> {
        stream::iter(0..3).map(|at| items(&self.model).remove(at)).boxed()
    }

    #[session_usage(stream)]
    fn local_box_stream(&self) -> LocalBoxStream<'static, Arc<Event>> {
        let rc = std::rc::Rc::new(self.model.clone());
        stream::iter(0..2).map(move |_| Arc::new(Event::Delta((*rc).clone()))).boxed_local()
    }

    #[session_usage(stream)]
    fn fallible(&self, text: &str) -> Result<impl Stream<Item = EventResult> + use<>, std::num::ParseIntError> {
        let _: u8 = text.parse()?;
        Ok(stream::iter(items(&self.model)))
    }

    #[session_usage(stream)]
    fn fallible_boxed(&self, text: &str) -> ClientResult<BoxStream<'static, EventResult>> {
        let many: usize = text.parse()?;
        Ok(Box::pin(stream::iter(items(&self.model)).take(many)))
    }

    #[session_usage(stream, model = self.model, attempt = attempt)]
    async fn later(&self, attempt: u32) -> impl Stream<Item = EventResult> {
        tokio::task::yield_now().await;
        stream::iter(items(&format!("{attempt}")))
    }

    #[session_usage(stream)]
    async fn later_boxed(&self) -> BoxStream<'static, EventResult> {
        stream::iter(items(&self.model)).boxed()
    }

    #[session_usage(stream)]
    #[telemetry_span("model.request", err)]
    async fn later_fallible(&self, text: &str) -> Result<impl Stream<Item = EventResult>, std::num::ParseIntError> {
        let _: u8 = text.parse()?;
        Ok(stream::iter(items(&self.model)))
    }

    #[telemetry_span("model.request", err)]
    #[session_usage(stream)]
    async fn later_fallible_boxed(&self, text: &str) -> ClientResult<BoxStream<'static, EventResult>> {
        let _: u8 = text.parse()?;
        Ok(stream::iter(items(&self.model)).boxed())
    }

    #[session_usage(stream)]
    fn returned(&self) -> impl Future<Output = Result<BoxStream<'static, EventResult>, String>> + Send {
        let events = items(&self.model);
        async move { Ok(stream::iter(events).boxed()) }
    }

    #[session_usage(stream)]
    fn returned_boxed(&self) -> Pin<Box<dyn Future<Output = Result<BoxStream<'_, EventResult>, String>> + Send + '_>> {
        Box::pin(async move { Ok(self.box_stream()) })
    }

    #[session_usage(stream)]
    fn returned_elsewhere(&self) -> Pin<Box<dyn Future<Output = BoxStream<'_, EventResult>> + Send + '_>> {
        let future: BoxFuture<'_, _> = Box::pin(async move { self.box_stream() });
        future
    }
}

#[async_trait::async_trait]
trait Provider {
    async fn events(&self) -> Result<BoxStream<'static, EventResult>, String>;
}

#[async_trait::async_trait]
impl Provider for Client {
    #[session_usage(stream, model = self.model)]
    async fn events(&self) -> Result<BoxStream<'static, EventResult>, String> {
        Ok(stream::iter(items(&self.model)).boxed())
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

async fn count<T>(stream: impl Stream<Item = T>) -> usize {
    stream.count().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client {
        model: "m".to_owned(),
    };
    assert_eq!(count(client.opaque()).await, 3);
    assert_eq!(count(is_send(client.opaque_borrowed("x"))).await, 6);
    assert!(client.opaque_try().try_collect::<Vec<_>>().await.is_err());
    assert_eq!(count(is_send(client.boxed())).await, 3);
    assert_eq!(count(client.box_stream()).await, 3);
    assert_eq!(count(client.local_box_stream()).await, 2);
    assert_eq!(client.opaque_borrowed("x").size_hint(), (6, Some(6)));
    assert_eq!(count(client.fallible("1").unwrap()).await, 3);
    assert!(client.fallible("x").is_err());
    assert_eq!(count(client.fallible_boxed("2").unwrap()).await, 2);
    assert!(client.fallible_boxed("x").is_err());
    assert_eq!(count(is_send(client.later(1)).await).await, 3);
    assert_eq!(count(client.later_boxed().await).await, 3);
    assert_eq!(count(client.later_fallible("1").await.unwrap()).await, 3);
    assert!(client.later_fallible("x").await.is_err());
    assert_eq!(count(is_send(client.later_fallible_boxed("1")).await.unwrap()).await, 3);
    assert_eq!(count(is_send(client.returned()).await.unwrap()).await, 3);
    assert_eq!(count(client.returned_boxed().await.unwrap()).await, 3);
    assert_eq!(count(client.returned_elsewhere().await).await, 3);
    assert_eq!(count(client.events().await.unwrap()).await, 3);
    let mut events = client.opaque();
    while let Some(Ok(event)) = events.next().await {
        match event {
            Event::Delta(text) => assert_eq!(text, "m"),
            Event::Completed { usage, reason } => assert_eq!((usage, reason), (Usage::default(), "stop")),
        }
    }
}
