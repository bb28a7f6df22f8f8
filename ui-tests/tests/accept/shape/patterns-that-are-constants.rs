//! A parameter whose pattern is a unit struct or a constant binds nothing. Its value is dropped where the bare function
//! drops it, and no other value is made.
#![deny(warnings)]

use std::cell::RefCell;

use telemetry_runtime::telemetry_span;

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn noted(name: &'static str) {
    DROPPED.with_borrow_mut(|dropped| dropped.push(name));
}

struct Token;

impl Drop for Token {
    fn drop(&mut self) {
        noted("token");
    }
}

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        noted(self.0);
    }
}

#[derive(PartialEq, Eq)]
struct Mark(u8);

const ONLY: () = ();

#[telemetry_span("c.plain")]
fn plain(Token: Token, _last: Noisy, ONLY: ()) {
    noted("body");
}

#[telemetry_span("c.result")]
fn result(Token: Token, last: Noisy) -> Result<&'static str, String> {
    noted("body");
    if last.0.is_empty() { Err(String::new()) } else { Ok(last.0) }
}

#[telemetry_span("c.boxed")]
fn boxed(Token: Token, names: Vec<Noisy>) -> Result<usize, Mark> {
    noted("body");
    names.len().checked_sub(1).ok_or(Mark(0))
}

#[telemetry_span("c.asynchronous")]
async fn asynchronous(Token: Token, last: Noisy) -> Result<&'static str, String> {
    noted("body");
    std::future::ready(()).await;
    Ok(last.0)
}

#[telemetry_span("c.used")]
#[must_use]
async fn used(Token: Token, last: Noisy) -> &'static str {
    noted("body");
    last.0
}

/// A variable with the name of a constant is one.
#[telemetry_span("c.variable", fields(n = N.len()))]
#[allow(non_snake_case)]
async fn variable(N: String, M: usize) -> usize {
    N.len() + M
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let last = || Noisy("last");
    plain(Token, last(), ());
    assert_eq!(DROPPED.take(), ["body", "last", "token"]);
    assert_eq!(result(Token, last()), Ok("last"));
    assert_eq!(DROPPED.take(), ["body", "last", "token"]);
    assert!(boxed(Token, vec![last()]) == Ok(0));
    assert_eq!(DROPPED.take(), ["body", "last", "token"]);
    assert_eq!(asynchronous(Token, last()).await, Ok("last"));
    assert_eq!(DROPPED.take(), ["body", "last", "token"]);
    let future = asynchronous(Token, last());
    assert!(DROPPED.take().is_empty());
    drop(future);
    assert_eq!(DROPPED.take(), ["token", "last"]);
    assert_eq!(used(Token, last()).await, "last");
    assert_eq!(DROPPED.take(), ["body", "last", "token"]);
    assert_eq!(variable("ab".to_owned(), 1).await, 3);
}
