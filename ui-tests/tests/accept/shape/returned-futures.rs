#![deny(warnings)]
use std::pin::Pin;

use telemetry_runtime::{Usage, session_usage, telemetry_span};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Client {
    model: String,
}

impl Client {
    #[telemetry_span("a.opaque", future, fields(model = self.model))]
    fn opaque(&self, n: usize) -> impl Future<Output = usize> + Send {
        let m = n + 1;
        async move { self.model.len() + m }
    }

    #[telemetry_span("a.opaque.early", future)]
    fn early(&self, n: usize) -> impl Future<Output = Result<usize, String>> {
        let ready = |value| std::future::ready(value);
        if n == 0 {
            return ready(Err("none".to_owned()));
        }
        ready(Ok(n))
    }

    #[telemetry_span("a.boxed", future, err)]
    fn boxed(&self, n: usize) -> BoxFuture<'_, Result<usize, String>> {
        Box::pin(async move { self.model.len().checked_sub(n).ok_or_else(|| "none".to_owned()) })
    }

    #[telemetry_span("a.boxed.elsewhere", future, root)]
    fn boxed_elsewhere<'a>(&'a self, n: usize) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>> {
        if n == 0 {
            return Box::pin(std::future::ready(Ok(0)));
        }
        self.boxed(n)
    }

    #[session_usage(model = self.model)]
    fn used(&self) -> impl Future<Output = Usage> {
        std::future::ready(Usage::default())
    }

    #[session_usage(model = self.model)]
    #[telemetry_span("a.used", future)]
    fn used_boxed(&self) -> BoxFuture<'_, Option<Usage>> {
        Box::pin(async move { None })
    }

    #[telemetry_span("a.used", future)]
    #[session_usage(model = self.model)]
    fn used_elsewhere(&self) -> BoxFuture<'_, Option<Usage>> {
        let future: BoxFuture<'_, _> = Box::pin(async move { None });
        future
    }

    #[telemetry_span("a.call.only")]
    fn call_only(&self) -> impl Future<Output = usize> {
        std::future::ready(self.model.len())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client {
        model: "abc".to_owned(),
    };
    assert_eq!(client.opaque(1).await, 5);
    assert!(client.early(0).await.is_err());
    assert_eq!(client.boxed(1).await, Ok(2));
    assert!(client.boxed_elsewhere(4).await.is_err());
    assert_eq!(client.boxed_elsewhere(0).await, Ok(0));
    assert_eq!(client.used().await, Usage::default());
    assert_eq!(client.used_boxed().await, None);
    assert_eq!(client.used_elsewhere().await, None);
    assert_eq!(client.call_only().await, 3);
}
