//! A crate that forbids lints: no expansion has an `allow`, which rustc would refuse.

#![forbid(warnings)]
#![forbid(unused, unused_imports, unused_variables, unused_mut, unreachable_code, dead_code, unsafe_code)]
#![forbid(clippy::all, clippy::pedantic, clippy::nursery)]

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use telemetry_runtime::{Usage, UsageSource, record, session_usage, telemetry_event, telemetry_span};

#[telemetry_span("t.plain", fields(n))]
fn plain(n: &u8) -> u8 {
    *n
}

#[telemetry_span("t.only_recorded", fields(n, text, more = more.len()))]
fn only_recorded(n: u8, text: String, mut more: Vec<u8>) -> Result<u8, String> {
    more.push(1);
    if more.is_empty() { Err(text) } else { Ok(n) }
}

#[telemetry_span("t.recorded", root, fields(text))]
fn recorded(text: String) -> u8 {
    u8::try_from(text.len()).unwrap_or(0)
}

#[telemetry_span("t.result", err, ret, fields(s))]
fn result(s: String) -> Result<usize, String> {
    if s.is_empty() {
        return Err(s);
    }
    Ok(s.parse::<usize>().map_err(|error| error.to_string())?)
}

#[telemetry_span("t.diverges")]
fn diverges(s: String) -> Result<usize, String> {
    loop {
        if s.is_empty() {
            return Err(s);
        }
    }
}

#[telemetry_span("t.never")]
fn never(s: &str) -> ! {
    panic!("{s}")
}

#[telemetry_span("t.uninhabited")]
fn uninhabited(s: &str) -> Infallible {
    panic!("{s}")
}

#[telemetry_span("t.uninhabited_result")]
fn uninhabited_result(s: String) -> Result<Infallible, String> {
    Err(s)
}

#[telemetry_span("t.async", err, fields(s))]
async fn asynchronous(s: String) -> Result<usize, String> {
    std::future::ready(1).await;
    if s.is_empty() {
        return Err(s);
    }
    Ok(s.len())
}

#[telemetry_span("t.async_never")]
async fn asynchronous_never(s: String) -> ! {
    loop {
        std::future::ready(&s).await;
    }
}

#[telemetry_span("t.async_uninhabited", fields(s))]
async fn asynchronous_uninhabited(s: String) -> Infallible {
    loop {
        std::future::ready(&s).await;
    }
}

#[telemetry_span("t.async_uninhabited_result")]
async fn asynchronous_uninhabited_result(s: String) -> Result<Infallible, String> {
    std::future::ready(&s).await;
    Err(s)
}

#[telemetry_span("t.boxed", future)]
fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>>>> {
    Box::pin(async move { Ok(n) })
}

#[telemetry_span("t.opaque", future, fields(n))]
fn opaque(n: u8) -> impl Future<Output = Result<u8, String>> {
    async move { Ok(n) }
}

#[track_caller]
#[telemetry_span("t.caller", err)]
fn caller(s: String) -> Result<usize, String> {
    if s.is_empty() {
        return Err(s);
    }
    Ok(s.parse::<usize>().map_err(|error| error.to_string())?)
}

#[track_caller]
#[session_usage(model = "m")]
fn caller_usage(s: String) -> Result<Usage, String> {
    if s.is_empty() {
        return Err(s);
    }
    Ok(Usage::default())
}

#[session_usage(model = "m")]
async fn used(s: String) -> Option<Usage> {
    std::future::ready(1).await;
    drop(s);
    None
}

#[telemetry_span("t.both")]
#[session_usage(model = s)]
fn both(s: String) -> Result<Usage, String> {
    if s.is_empty() { Err(s) } else { Ok(Usage::default()) }
}

#[derive(UsageSource)]
struct Tokens {
    #[usage(prompt_tokens)]
    n: u64,
}

#[session_usage]
fn tokens() -> Tokens {
    Tokens { n: 1 }
}

#[session_usage(usage = tokens)]
fn noted(tokens: &Tokens) -> u64 {
    tokens.n
}

fn main() {
    telemetry_event!("t.event", n = 1, token = redacted(Some(1)));
    record!(n = 2);
    assert_eq!(plain(&1), 1);
    assert_eq!(only_recorded(1, String::new(), Vec::new()), Ok(1));
    assert_eq!(recorded(String::new()), 0);
    assert_eq!(result("3".to_owned()), Ok(3));
    assert!(diverges(String::new()).is_err());
    assert!(std::panic::catch_unwind(|| never("a")).is_err());
    assert!(std::panic::catch_unwind(|| uninhabited("a")).is_err());
    assert!(uninhabited_result(String::new()).is_err());
    drop(asynchronous(String::new()));
    drop(asynchronous_never(String::new()));
    drop(asynchronous_uninhabited(String::new()));
    drop(asynchronous_uninhabited_result(String::new()));
    drop(boxed(1));
    drop(opaque(1));
    assert!(caller(String::new()).is_err());
    assert!(caller_usage(String::new()).is_err());
    drop(used(String::new()));
    assert!(both(String::new()).is_err());
    assert_eq!(noted(&tokens()), 1);
}
