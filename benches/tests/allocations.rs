//! A thread that has recorded spans before records the next span without allocation.
//!
//! This file has one test, because a process has one telemetry. Allocations of other threads are
//! not counted.

use std::hint::black_box;
use std::task::{Context, Waker};
use std::time::Duration;

use benches::allocations::{Counting, count};
use telemetry_runtime::{Config, Health, record, telemetry_event, telemetry_span};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The records of one part. The buffer of a thread holds far more.
const RECORDS: u64 = 300;

#[telemetry_span("bench.fields", fields(source, count, ok, shown = %count, debugged = ?ok))]
fn fields(source: &str, count: u64, ok: bool) -> usize {
    black_box(source.len())
}

#[telemetry_span("bench.plain")]
fn plain() {
    black_box(());
}

#[telemetry_span("bench.nested")]
fn nested() {
    record!(slug = "gpt-5-mini");
    telemetry_event!("bench.event", source = "litellm", count = 41);
    plain();
}

#[telemetry_span("bench.failing", err)]
fn failing(count: u64) -> Result<(), std::fmt::Error> {
    if count == u64::MAX {
        return Ok(());
    }
    Err(std::fmt::Error)
}

#[telemetry_span("bench.polled")]
async fn polled(left: u64) {
    for _ in 0..left {
        pending_once().await;
    }
}

async fn pending_once() {
    let mut polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut polled, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

/// The name of a part, the records per call, and the call.
type Part<'a> = (&'a str, u64, &'a dyn Fn(u64));

#[test]
fn a_span_in_the_steady_state_allocates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::load(directory.path())
        .unwrap()
        .with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let flush = || assert!(telemetry.flush(Duration::from_secs(30)));

    let parts: [Part<'_>; 4] = [
        ("fields", 1, &|n| {
            black_box(fields(black_box("litellm"), n, true));
        }),
        ("plain", 1, &|_| plain()),
        ("nested", 3, &|_| nested()),
        ("failing", 1, &|n| assert!(failing(n).is_err())),
    ];
    let mut records = 0;
    for (name, each, call) in parts {
        let calls = RECORDS / each;
        // The first calls allocate the thread's buffers with the length that these records need.
        (0..calls).for_each(call);
        flush();
        let allocations = count(|| (0..calls).for_each(call));
        flush();
        assert_eq!(allocations, 0, "{calls} × {name}");
        records += 2 * calls * each;
    }

    let mut future = Box::pin(polled(RECORDS + 2));
    let mut context = Context::from_waker(Waker::noop());
    let mut poll = || assert!(future.as_mut().poll(&mut context).is_pending());
    poll();
    assert_eq!(count(|| (0..RECORDS).for_each(|_| poll())), 0, "polls");
    drop(future);
    flush();

    // All counted calls wrote records. The cancelled future wrote a record too.
    let Health { written, lost, .. } = telemetry.health();
    assert_eq!((written, lost), (records + 1, 0));
}
