#![deny(warnings)]
use std::pin::Pin;

use telemetry_runtime::telemetry_span;

#[telemetry_span("a.unit")]
async fn unit() {}

#[telemetry_span("a.opaque")]
async fn opaque(n: u8) -> impl Iterator<Item = u8> {
    0..n
}

#[telemetry_span("a.coerced")]
async fn coerced() -> Box<dyn Fn() -> u8> {
    Box::new(|| 3)
}

#[telemetry_span("a.result", err, ret)]
async fn result(n: u8) -> Result<u8, std::num::TryFromIntError> {
    if n > 100 {
        return Ok(0);
    }
    let n = u8::try_from(i32::from(n) - 1)?;
    tokio::task::yield_now().await;
    Ok(n)
}

#[telemetry_span("a.recursive", fields(n))]
async fn recursive(n: u8) -> u8 {
    if n == 0 {
        return 0;
    }
    Box::pin(recursive(n - 1)).await + 1
}

#[telemetry_span("a.patterns")]
async fn patterns((a, mut b): (u8, u8), _: String, [c, ..]: [u8; 3], mut d: u8) -> u8 {
    b += 1;
    d += 1;
    a + b + c + d
}

struct Client(String);

impl Client {
    #[telemetry_span("a.borrowed", fields(n = self.0.len()))]
    async fn borrowed<'a>(&'a mut self, other: &str) -> Result<&'a mut String, String> {
        self.0.push_str(other);
        Ok(&mut self.0)
    }

    #[telemetry_span("a.pinned")]
    async fn pinned(self: Pin<&mut Self>) -> usize {
        self.0.len()
    }

    #[telemetry_span("a.consumed")]
    async fn consumed(self) -> String {
        self.0
    }
}

// Attributes that depend on `async`, and attributes that do not.
#[telemetry_span("a.attributes", fields(n))]
/// Documented.
#[must_use]
#[inline]
#[allow(clippy::all)]
async fn attributes(#[allow(unused)] n: String, #[cfg(any())] m: String) -> u8 {
    1
}

#[telemetry_span("a.attributes")]
#[inline]
#[cfg_attr(all(), doc = "Documented.", allow(unused))]
pub async fn indifferent(mut n: String, #[cfg(any())] m: String) -> String {
    n.push('b');
    n
}

#[telemetry_span("a.unsafe", fields(len = text.len()))]
async unsafe fn unchecked(text: &str, upto: usize) -> &str {
    unsafe { text.get_unchecked(..upto) }
}

#[telemetry_span("a.generic", fields(?value, other = N))]
async fn generic<T: std::fmt::Debug, const N: usize>(value: impl Into<T> + std::fmt::Debug) -> [T; N]
where
    T: Copy,
{
    [value.into(); N]
}

trait Ask {
    async fn ask(&self, prompt: &str) -> String;
    #[telemetry_span("a.default", fields(prompt))]
    async fn ask_twice(&self, prompt: &str) -> String {
        self.ask(prompt).await;
        self.ask(prompt).await
    }
    fn sendable(&self) -> impl Future<Output = u8> + Send;
}

impl Ask for Client {
    #[telemetry_span("a.implemented", fields(prompt))]
    async fn ask(&self, prompt: &str) -> String {
        format!("{}{prompt}", self.0)
    }
    #[telemetry_span("a.sendable")]
    async fn sendable(&self) -> u8 {
        1
    }
}

async fn called(with: impl AsyncFn(u8) -> u8) -> u8 {
    with(2).await
}

#[telemetry_span("a.never")]
async fn never() -> ! {
    loop {
        tokio::task::yield_now().await;
    }
}

#[telemetry_span("a.never.panics")]
async fn never_panics() -> ! {
    panic!("as it should")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    unit().await;
    assert_eq!(opaque(3).await.count(), 3);
    assert_eq!((coerced().await)(), 3);
    assert_eq!(result(3).await, Ok(2));
    assert!(result(0).await.is_err());
    assert_eq!(recursive(5).await, 5);
    assert_eq!(patterns((1, 2), String::new(), [3, 0, 0], 4).await, 12);
    let mut client = Client("a".to_owned());
    client.borrowed("b").await.unwrap().push('c');
    assert_eq!(Pin::new(&mut client).pinned().await, 3);
    assert_eq!(client.consumed().await, "abc");
    assert_eq!(attributes(String::new()).await, 1);
    assert_eq!(indifferent("a".to_owned()).await, "ab");
    assert_eq!(unsafe { unchecked("abc", 2) }.await, "ab");
    assert_eq!(generic::<u16, 2>(1_u8).await, [1, 1]);
    let client = Client("a".to_owned());
    assert_eq!(client.ask_twice("b").await, "ab");
    assert_eq!(client.sendable().await, 1);
    assert_eq!(called(recursive).await, 2);
    drop(never());
    let panics = async { never_panics().await };
    let local = tokio::task::LocalSet::new();
    let panicked = local.run_until(async { tokio::task::spawn_local(panics).await }).await;
    assert!(panicked.is_err());
}
