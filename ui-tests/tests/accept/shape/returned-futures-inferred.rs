//! Futures whose output type is inferred from the return type of the function.
#![deny(warnings)]
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::future::{Ready, pending, ready};
use std::pin::Pin;

use telemetry_runtime::{Usage, session_usage, telemetry_span};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The type argument is not the output of the future.
mod fallible {
    pub type BoxFuture<'a, T> = super::BoxFuture<'a, Result<T, String>>;
}

#[telemetry_span("a.boxed.endless", future)]
fn boxed_endless() -> BoxFuture<'static, ()> {
    Box::pin(async { loop {} })
}

#[telemetry_span("a.opaque.endless", future)]
fn opaque_endless() -> impl Future<Output = ()> {
    async { loop {} }
}

#[telemetry_span("a.boxed.todo", future)]
fn boxed_todo() -> BoxFuture<'static, u8> {
    Box::pin(async { todo!() })
}

#[telemetry_span("a.boxed.default", future)]
fn boxed_default() -> BoxFuture<'static, u8> {
    Box::pin(async { Default::default() })
}

#[telemetry_span("a.boxed.into", future)]
fn boxed_into() -> Pin<Box<dyn Future<Output = String> + Send>> {
    Box::pin(async { "x".into() })
}

#[telemetry_span("a.boxed.collect", future)]
fn boxed_collect(letters: &str) -> BoxFuture<'_, BTreeSet<char>> {
    Box::pin(async move { letters.chars().collect() })
}

#[telemetry_span("a.boxed.pending", future)]
fn boxed_pending<T: Send + 'static>() -> BoxFuture<'static, T> {
    Box::pin(pending())
}

#[telemetry_span("a.opaque.into", future)]
fn opaque_into(text: &str) -> impl Future<Output = Box<str>> {
    async move { text.into() }
}

#[telemetry_span("a.opaque.early", future)]
fn opaque_early(is_empty: bool) -> impl Future<Output = Box<dyn Display>> {
    let text = |text: &'static str| -> Ready<Box<dyn Display>> { ready(Box::new(text)) };
    if is_empty {
        return text("");
    }
    text("x")
}

#[telemetry_span("a.boxed.question", future, err)]
fn boxed_question(text: &str) -> BoxFuture<'_, Result<u8, String>> {
    Box::pin(async move {
        text.parse::<u8>().map_err(|error| error.to_string())?;
        Ok(Default::default())
    })
}

#[telemetry_span("a.opaque.question", future, err, ret)]
fn opaque_question(text: &str) -> impl Future<Output = Result<u8, Box<dyn std::error::Error>>> {
    async move {
        let number: u8 = text.parse()?;
        if number == 0 { Err("none")? }
        Ok(number)
    }
}

#[telemetry_span("a.boxed.alias", future, err)]
fn boxed_alias(text: &str) -> fallible::BoxFuture<'_, u8> {
    Box::pin(async move { text.parse().map_err(|_| "no number".into()) })
}

#[telemetry_span("a.opaque.borrowed", future)]
fn opaque_borrowed<'a>(text: &'a str, _other: &str) -> impl Future<Output = &'a str> {
    async move { text }
}

#[telemetry_span("a.opaque.elided", future)]
fn opaque_elided(text: &str) -> impl Future<Output = Result<&str, ()>> {
    async move { Ok(text) }
}

#[telemetry_span("a.opaque.opaque", future)]
fn opaque_opaque() -> impl Future<Output = Result<impl Debug, ()>> {
    async { Ok(3) }
}

#[telemetry_span("a.opaque.twice", future)]
fn opaque_twice() -> impl Future<Output = impl Debug> {
    async { 3 }
}

#[session_usage(model = "m")]
#[telemetry_span("a.used", future)]
fn used() -> BoxFuture<'static, Usage> {
    Box::pin(async { Default::default() })
}

#[session_usage(model = "m")]
fn used_opaque() -> impl Future<Output = Usage> {
    async { Default::default() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    drop((boxed_endless(), opaque_endless(), boxed_todo(), boxed_pending::<u8>()));
    assert_eq!(boxed_default().await, 0);
    assert_eq!(boxed_into().await, "x");
    assert_eq!(boxed_collect("aba").await, BTreeSet::from(['a', 'b']));
    assert_eq!(&*opaque_into("x").await, "x");
    assert_eq!(opaque_early(true).await.to_string(), "");
    assert!(boxed_question("x").await.is_err());
    assert!(opaque_question("0").await.is_err());
    assert_eq!(boxed_alias("7").await, Ok(7));
    assert_eq!(opaque_borrowed("x", "").await, "x");
    assert_eq!(opaque_elided("x").await, Ok("x"));
    assert_eq!(format!("{:?}", opaque_opaque().await), "Ok(3)");
    assert_eq!(format!("{:?}", opaque_twice().await), "3");
    assert_eq!(used().await, Usage::default());
    assert_eq!(used_opaque().await, Usage::default());
}
