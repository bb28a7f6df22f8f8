#![expect(
    clippy::unnecessary_wraps,
    reason = "the items are those of a client: a `Result`"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::Outcome;
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use telemetry_schema::record::SessionRecord;

use super::super::UsageRequest;
use super::super::future::RequestFuture;
use super::super::tests::{annotated, answer, asked, nothing, outcomes, pending, poll, session};
use super::watch_stream;
use crate::Session;
use crate::enabled::instrument::instrument_stream;
use crate::enabled::session::tests::records_of;
use crate::usage::UsageSource;
use Outcome::{Cancelled, Err as Failed, Ok as Answered, Panic as Panicked};

mod endings;
mod futures;
mod scopes;

type Item = Result<Value, &'static str>;

/// Runs code that is equivalent to the expansion on a function that returns a stream.
fn streamed<S: Stream<Item: UsageSource>>(
    say: impl FnOnce(&mut UsageRequest),
    body: impl FnOnce() -> S,
) -> impl Stream<Item = S::Item> {
    let guard = asked(say).enter();
    let returned = body();
    watch_stream(guard.into_stream(), returned)
}

/// Runs code that is equivalent to the expansion on an async function, which may fail.
fn streamed_later<S: Stream<Item: UsageSource>, E>(
    body: impl Future<Output = Result<S, E>>,
) -> impl Future<Output = Result<impl Stream<Item = S::Item>, E>> {
    let request = RequestFuture::of(asked(nothing).enter());
    instrument_stream(body, request, |request, returned| match returned {
        Ok(stream) => Ok(watch_stream(request, stream)),
        Err(error) => {
            request.fail();
            Err(error)
        }
    })
}

fn next<S: Stream + ?Sized>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Reads this number of items from a stream that is always ready, and drops the stream.
fn read<S: Stream>(stream: S, many: usize) -> usize {
    let mut stream = pin!(stream);
    (0..many)
        .take_while(|_| matches!(next(stream.as_mut()), Poll::Ready(Some(_))))
        .count()
}

fn chunk(delta: &Value, finish: Option<&str>) -> Item {
    Ok(
        json!({"id": "1", "model": "answered", "object": "chat.completion.chunk",
        "service_tier": "default", "choices": [{"delta": delta, "finish_reason": finish}]}),
    )
}

fn text(word: &str) -> Item {
    chunk(&json!({"content": word}), None)
}

fn stop() -> Item {
    chunk(&json!({}), Some("stop"))
}

fn used(id: &str) -> Item {
    Ok(
        json!({"id": id, "model": "answered", "object": "chat.completion.chunk",
        "choices": [{"delta": {}}], "usage": {"prompt_tokens": 100, "completion_tokens": 10,
        "total_tokens": 110, "cost": 0.001}}),
    )
}

fn whole() -> Vec<Item> {
    vec![text("Hel"), text("lo"), stop(), used("1")]
}

fn one(session: &Session) -> SessionRecord<'static> {
    let mut records = records_of(session);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}
