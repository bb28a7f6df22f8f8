//! An annotated future is `Send` if and only if the bare one is.
#![deny(warnings)]
use std::cell::Cell;
use std::rc::Rc;

use telemetry_runtime::{Usage, session_usage, telemetry_span};

#[telemetry_span("a.sent", fields(n), err, ret)]
async fn sent(n: u8, cell: Cell<u8>) -> Result<u8, String> {
    cell.set(n);
    let n = cell.get();
    drop(cell);
    tokio::task::yield_now().await;
    Ok(n)
}

#[session_usage(model = model)]
async fn used(model: String) -> Result<Usage, String> {
    drop(model);
    tokio::task::yield_now().await;
    Ok(Usage::default())
}

#[telemetry_span("a.kept")]
async fn kept(n: Rc<u8>) -> Result<u8, Rc<u8>> {
    tokio::task::yield_now().await;
    Ok(*n)
}

// A future that holds a `T` of which only `Send` is known.
#[telemetry_span("a.generic")]
async fn generic<T: Send>(value: T) -> T {
    tokio::task::yield_now().await;
    value
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(is_send(sent(1, Cell::new(0))).await, Ok(1));
    assert!(is_send(used("m".to_owned())).await.is_ok());
    assert_eq!(is_send(generic(1)).await, 1);
    assert_eq!(kept(Rc::new(1)).await, Ok(1));
}
