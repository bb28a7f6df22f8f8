//! A function that boxes a future of another type in each branch: the branches coerce to the return type.
#![deny(warnings)]
use std::future::{Future, ready};
use std::pin::Pin;

use telemetry_runtime::telemetry_span;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[telemetry_span("b.matched", future, err)]
fn matched(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    match n {
        0 => Box::pin(async { Err("zero".to_owned()) }),
        1 => Box::pin(ready(Ok(1))),
        n => Box::pin(async move { Ok(matched(n - 1).await? + 1) }),
    }
}

#[telemetry_span("b.conditional", future)]
fn conditional<'a>(text: &'a str, twice: bool) -> BoxFuture<'a, usize> {
    if twice {
        Box::pin(async move { text.len() * 2 })
    } else {
        Box::pin(ready(text.len()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(matched(0).await, Err("zero".to_owned()));
    assert_eq!(matched(3).await, Ok(3));
    assert_eq!(conditional("ab", true).await, 4);
    assert_eq!(conditional("ab", false).await, 2);
}
