//! The option `future` in traits, generic functions and macros, under `#[track_caller]`, and beside `#[session_usage]`.
#![deny(warnings)]
use std::panic::Location;
use std::pin::Pin;

use telemetry_runtime::{Usage, session_usage, telemetry_scope, telemetry_span};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A trait that every future has.
trait MaybeSend {}

impl<T> MaybeSend for T {}

struct Client {
    model: String,
}

impl Client {
    #[telemetry_span("b.bound", future, err, ret)]
    fn bound(&self, n: usize) -> impl Future<Output = Result<usize, String>> + MaybeSend {
        std::future::ready(self.model.len().checked_sub(n).ok_or_else(|| "none".to_owned()))
    }

    #[telemetry_span("b.turn", future, root, turn)]
    fn turn(&self) -> BoxFuture<'_, Result<usize, String>> {
        Box::pin(self.bound(0))
    }

    #[session_usage(model = self.model)]
    #[telemetry_span("b.used", future)]
    fn used(&self) -> impl Future<Output = Usage> {
        std::future::ready(Usage::default())
    }

    /// The work before the future is the span.
    fn call_alone(&self) -> impl Future<Output = usize> {
        telemetry_scope!("b.call", { std::future::ready(self.model.len()) })
    }
}

trait Ask {
    #[telemetry_span("b.trait.default", future)]
    fn ask(&self) -> impl Future<Output = u8> + Send {
        async { 1 }
    }

    fn later(&self) -> impl Future<Output = u8>;
}

impl Ask for Client {
    #[telemetry_span("b.trait.implemented", future)]
    fn later(&self) -> impl Future<Output = u8> {
        std::future::ready(self.model.len() as u8)
    }
}

/// # Safety
/// The pointer is valid.
#[telemetry_span("b.unsafe", future)]
unsafe fn dangerous(n: *const u8) -> impl Future<Output = u8> {
    // SAFETY: the caller guarantees it.
    let n = unsafe { *n };
    async move { n }
}

#[track_caller]
#[telemetry_span("b.caller", future)]
fn caller() -> impl Future<Output = u32> {
    let line = Location::caller().line();
    assert!(line > 0, "{line}");
    async move { line }
}

#[telemetry_span("b.caller.boxed", future)]
#[track_caller]
fn caller_boxed() -> BoxFuture<'static, u32> {
    let line = Location::caller().line();
    debug_assert_ne!(line, 0);
    let future: BoxFuture<'static, u32> = Box::pin(async move { line });
    future
}

#[telemetry_span("b.generic", future)]
fn generic<T: Clone + Send + 'static, F>(value: &T, future: F) -> impl Future<Output = (T, F::Output)> + use<T, F>
where
    F: Future,
{
    let value = value.clone();
    async move { (value, future.await) }
}

macro_rules! returns {
    ($name:ident, $returned:ty, $body:block) => {
        #[telemetry_span("b.fragment", future)]
        fn $name() -> $returned $body
    };
}

returns!(fragment, impl Future<Output = u8>, { async { 2 } });
returns!(fragment_boxed, BoxFuture<'static, u8>, { Box::pin(async { 3 }) });

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client {
        model: "abc".to_owned(),
    };
    assert!(client.bound(4).await.is_err());
    assert_eq!(client.bound(1).await, Ok(2));
    assert_eq!(client.turn().await, Ok(3));
    assert_eq!(client.used().await, Usage::default());
    assert_eq!(client.call_alone().await, 3);
    assert_eq!(client.ask().await + client.later().await, 4);
    let n = 7;
    // SAFETY: `n` lives.
    assert_eq!(unsafe { dangerous(&raw const n) }.await, 7);
    assert_eq!(caller().await, line!());
    assert_eq!(caller_boxed().await, line!());
    assert_eq!(generic(&1, async { 2 }).await, (1, 2));
    assert_eq!((fragment().await, fragment_boxed().await), (2, 3));
}
