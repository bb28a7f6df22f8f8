//! A returned closure takes its signature from the `impl Fn` in the return type, also out of an `async fn`.
#![deny(warnings)]
use telemetry_runtime::{session_usage, telemetry_span};

#[telemetry_span("c.plain")]
fn plain(name: String) -> impl Fn(&str) -> Box<dyn Fn(&str) -> usize> {
    move |one| {
        let length = name.len() + one.len();
        Box::new(move |two| length + two.len())
    }
}

#[telemetry_span("c.asynchronous")]
async fn asynchronous() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[telemetry_span("c.coerced", fields(n))]
async fn coerced(n: usize) -> impl Fn(&str) -> Box<dyn Fn(&str) -> usize> {
    move |one| {
        let length = n + one.len();
        Box::new(move |two| length + two.len())
    }
}

#[telemetry_span("c.entry")]
#[session_usage(usage = telemetry_runtime::Usage::default())]
async fn entry() -> impl Fn(&str) -> usize {
    |text| text.len()
}

/// A type that a parameter of the function may be is not named a second time.
#[telemetry_span("c.generic")]
async fn generic<T: PartialEq>(wanted: T) -> impl Fn(&T) -> bool {
    move |found: &T| *found == wanted
}

struct Buffer(String);

impl Buffer {
    #[telemetry_span("c.method")]
    async fn method(&mut self) -> impl FnMut(&str) -> usize {
        |text| {
            self.0.push_str(text);
            self.0.len()
        }
    }
}

trait Make {
    #[telemetry_span("c.trait")]
    async fn make(&self) -> impl Fn(&str) -> usize {
        |text| text.len()
    }
}

impl Make for Buffer {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(plain("a".to_owned())("b")("c"), 3);
    assert_eq!(asynchronous().await("ab"), 2);
    assert_eq!(coerced(1).await("b")("c"), 3);
    assert_eq!(entry().await("ab"), 2);
    assert!(generic(1).await(&1));
    let mut buffer = Buffer(String::new());
    assert_eq!(buffer.method().await("ab"), 2);
    assert_eq!(buffer.make().await("ab"), 2);
}
