use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::Outcome;
use serde_json::{Value, json};
use telemetry_schema::record::{NanoUsd, SessionRecord};

use super::{RequestFuture, UsageGuard, UsageRequest, note_usage, record_usage, record_usage_of};
use crate::enabled::instrument::instrument_usage;
use crate::enabled::session::tests::{log, records_of};
use crate::enabled::stats;
use crate::usage::{Usage, UsageSource};
use crate::{Session, SessionId, SpanContext};
use Outcome::{Cancelled, Err as Failed, Ok as Answered, Panic as Panicked};

mod asynchronous;
mod contents;
mod costs;
mod handlers;
mod outcomes;
mod scopes;
mod texts;

type Answer = Result<Value, &'static str>;

/// Returns a session for one test, which is current on the thread.
pub(super) fn session() -> (Session, crate::SessionGuard) {
    log();
    let session = Session::detached();
    let entered = session.enter();
    (session, entered)
}

pub(super) fn answer(id: &str) -> Value {
    json!({"id": id, "model": "answered", "object": "chat.completion",
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110, "cost": 0.001}})
}

fn without_id() -> Value {
    json!({"usage": {"prompt_tokens": 100, "completion_tokens": 10}})
}

/// Runs code that is equivalent to the expansion of the attribute on a function.
pub(super) fn annotated<R: UsageSource>(
    say: impl FnOnce(&mut UsageRequest),
    body: impl FnOnce() -> R,
) -> R {
    let guard = asked(say).enter();
    let returned = body();
    guard.finish(&returned);
    returned
}

pub(super) fn asked(say: impl FnOnce(&mut UsageRequest)) -> UsageRequest {
    let mut request = UsageRequest::begin();
    say(&mut request);
    request
}

/// Runs code that is equivalent to the expansion of the attribute on an async function.
fn annotated_async<F: Future<Output: UsageSource>>(
    say: impl FnOnce(&mut UsageRequest),
    body: F,
) -> impl Future<Output = F::Output> {
    instrument_usage(body, RequestFuture::of(asked(say).enter()))
}

pub(super) fn nothing(_: &mut UsageRequest) {}

pub(super) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Is pending for this number of polls.
pub(super) async fn pending(times: u32) {
    let mut left = times;
    std::future::poll_fn(|_| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

pub(super) fn outcomes(records: &[SessionRecord<'_>]) -> Vec<Outcome> {
    records.iter().filter_map(|record| record.outcome).collect()
}
