//! Properties of every answer of a provider. The fuzz target and a plain test of the seeds include this file.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;
use serde_json::Value;
use telemetry_runtime::testing::{CapturedUsage, capture};
use telemetry_runtime::{record_usage, session_usage};

/// The items of a stream that is always ready.
struct Items(std::vec::IntoIter<Value>);

impl Stream for Items {
    type Item = Value;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Value>> {
        Poll::Ready(self.get_mut().0.next())
    }
}

#[session_usage(stream, model = "asked")]
fn streamed(items: Vec<Value>) -> impl Stream<Item = Value> {
    Items(items.into_iter())
}

#[session_usage(model = "asked")]
fn collected(items: Vec<Value>) -> Vec<Value> {
    items
}

/// Parses each line as JSON and takes it for an answer of a provider in three ways: as the argument of a handler, as the
/// items of a stream, and as the items of a collected stream.
///
/// A request is recorded for a stream, whatever its items are; no more tokens are cached than the prompt has, unless the record
/// is marked as inconsistent. Chunks are one request, whatever their ids are, and have the same counts when they are collected.
pub(crate) fn check(lines: &[u8]) {
    let items: Vec<Value> = lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let told = usage_of(|| items.iter().for_each(record_usage));
    assert!(told.len() <= items.len(), "{told:?}");
    let stream = usage_of(|| {
        let mut stream = pin!(streamed(items.clone()));
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(_)) = stream.as_mut().poll_next(&mut context) {}
    });
    assert!(
        (1..=items.len().max(1)).contains(&stream.len()),
        "{stream:?} of {items:?}"
    );
    let whole = usage_of(|| drop(collected(items.clone())));
    if items
        .iter()
        .all(|item| item["object"] == "chat.completion.chunk")
    {
        assert_eq!(stream.len(), 1, "{stream:?} of {items:?}");
        assert_eq!(counts(&whole), counts(&stream), "{items:?}");
    }
}

/// Returns the records of a function.
fn usage_of(function: impl FnOnce()) -> Vec<CapturedUsage> {
    let seen = capture();
    function();
    let records = seen.usage();
    for record in &records {
        // The increase of a part may exceed that of the whole.
        let is_exempt = ["inconsistent", "amends"].map(|key| record.keys.get(key).is_some());
        let within = |part: Option<u64>, whole: Option<u64>| match (part, whole) {
            (Some(part), Some(whole)) => part <= whole,
            _ => true,
        };
        assert!(
            is_exempt.contains(&true) || within(record.cached_tokens, record.prompt_tokens),
            "{record:?}"
        );
    }
    records
}

/// Returns the counts of the records that have any, because a collected answer without a usage makes no record, and a stream
/// without a usage makes a record without counts.
fn counts(records: &[CapturedUsage]) -> Vec<[Option<u64>; 5]> {
    let of = |record: &CapturedUsage| {
        [
            record.prompt_tokens,
            record.cached_tokens,
            record.completion_tokens,
            record.reasoning_tokens,
            record.total_tokens,
        ]
    };
    let counts = records.iter().map(of);
    counts.filter(|counts| *counts != [None; 5]).collect()
}
