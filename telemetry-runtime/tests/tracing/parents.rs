//! The parents of spans and events.

use std::thread;

use futures_util::FutureExt as _;
use telemetry_runtime::{SpanContext, telemetry_event, telemetry_span};
use tracing::{Instrument as _, info, info_span, instrument};

use crate::run::{TARGETS, run};

#[telemetry_span("outer.annotated")]
fn outer() {
    middle();
}

#[instrument(target = "app", skip_all)]
fn middle() {
    inner();
}

#[telemetry_span("inner.annotated")]
fn inner() {
    innermost();
    telemetry_event!("inner.event");
}

#[instrument(target = "app", skip_all)]
fn innermost() {
    info!(target: "app::net", "sent");
}

#[test]
fn spans_of_both_kinds_are_parents_of_each_other() {
    let logs = run(TARGETS, |_| outer());
    assert_eq!(
        logs.path("app.net"),
        [
            "app.net",
            "app.innermost",
            "inner.annotated",
            "app.middle",
            "outer.annotated"
        ]
    );
    assert_eq!(logs.parent_of(logs.one("inner.event")), "inner.annotated");
    assert_eq!(logs.one("app.middle")["outcome"], "ok");
}

#[telemetry_span("task.annotated")]
async fn annotated(depth: u32) {
    if depth > 0 {
        Box::pin(instrumented(depth - 1)).await;
    }
}

#[instrument(target = "app", skip_all, fields(depth))]
async fn instrumented(depth: u32) {
    yield_once().await;
    Box::pin(annotated(depth)).await;
}

async fn yield_once() {
    let mut pending = true;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::take(&mut pending) {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
}

/// Polls a future on another thread each time.
fn drive(future: impl Future<Output = ()> + Send) {
    let mut future = Box::pin(future);
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let mut done = false;
    while !done {
        thread::scope(|scope| {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || {
                    done = future.as_mut().now_or_never().is_some();
                });
            });
        });
    }
}

#[test]
fn futures_of_both_kinds_are_parents_of_each_other_on_every_thread() {
    let logs = run(TARGETS, |_| drive(annotated(2)));
    let spans = logs.all("app.instrumented");
    assert_eq!(spans.len(), 2);
    for span in &spans {
        assert_eq!(logs.parent_of(span), "task.annotated");
        // The polls of the future, and its drop, are entries.
        assert!(span["polls"].as_u64().unwrap() >= 2, "{span}");
        assert!(
            span["busy_ns"].as_u64() <= span["dur_ns"].as_u64(),
            "{span}"
        );
    }
    let parents = logs.all("task.annotated");
    let mut parents: Vec<_> = parents.iter().map(|span| logs.parent_of(span)).collect();
    parents.sort_unstable();
    assert_eq!(parents, ["", "app.instrumented", "app.instrumented"]);
}

#[test]
fn a_stated_parent_takes_the_place_of_the_current_one() {
    let logs = run(TARGETS, |_| {
        let first = info_span!(target: "app", "first");
        let _second = info_span!(target: "app", "second").entered();
        info!(target: "app::one", parent: &first, "below the first");
        info!(target: "app::two", parent: None, "below none");
        let third = info_span!(target: "app", parent: &first, "third");
        let _root = info_span!(target: "app", parent: None, "root").entered();
        info!(target: "app::three", "below the root");
        third.in_scope(|| info!(target: "app::four", "below the third"));
    });
    assert_eq!(logs.path("app.one"), ["app.one", "app.first"]);
    assert_eq!(logs.path("app.two"), ["app.two"]);
    assert_eq!(logs.path("app.three"), ["app.three", "app.root"]);
    assert_eq!(
        logs.path("app.four"),
        ["app.four", "app.third", "app.first"]
    );
    assert_eq!(logs.path("app.second"), ["app.second"]);
}

#[telemetry_span("request.send")]
fn send() {
    // Its target is not recorded.
    let ignored = info_span!(target: "hyper", "connect");
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let work = || {
        tracing::dispatcher::with_default(&dispatch, || {
            ignored.in_scope(|| {
                let _nested = info_span!(target: "hyper", "nested").entered();
                info!(target: "app::pool", "connected");
            });
            info!(target: "app::stated", parent: &ignored, "stated");
        });
    };
    thread::scope(|scope| scope.spawn(work).join().unwrap());
}

#[test]
fn a_span_that_is_not_recorded_passes_its_parent_on() {
    let logs = run(TARGETS, |_| send());
    assert_eq!(logs.path("app.pool"), ["app.pool", "request.send"]);
    assert_eq!(logs.path("app.stated"), ["app.stated", "request.send"]);
    assert_eq!(logs.records.len(), 4, "{logs:#?}");
}

#[test]
fn spans_are_cloned_and_entered_on_many_threads_and_closed_out_of_order() {
    let logs = run(TARGETS, |_| {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let shared = info_span!(target: "app", "shared");
        let barrier = std::sync::Barrier::new(4);
        thread::scope(|scope| {
            for number in 0..4_u64 {
                let (shared, dispatch, barrier) = (shared.clone(), &dispatch, &barrier);
                scope.spawn(move || {
                    tracing::dispatcher::with_default(dispatch, || {
                        let _entered = shared.enter();
                        barrier.wait();
                        info!(target: "app::worker", number);
                        barrier.wait();
                    });
                });
            }
        });
        let first = info_span!(target: "app", "crossed_first").entered();
        let second = info_span!(target: "app", "crossed_second").entered();
        drop(first);
        info!(target: "app::crossed", "inside the second");
        drop(second);
        info!(target: "app::outside", "inside none");
    });
    let workers = logs.all("app.worker");
    assert_eq!(workers.len(), 4);
    assert!(
        workers
            .iter()
            .all(|event| logs.parent_of(event) == "app.shared")
    );
    assert_eq!(logs.one("app.shared")["polls"], 4);
    assert_eq!(
        logs.path("app.crossed"),
        ["app.crossed", "app.crossed_second", "app.crossed_first"]
    );
    assert_eq!(logs.path("app.outside"), ["app.outside"]);
}

#[test]
fn a_context_carries_a_span_of_tracing_over_a_spawn() {
    let logs = run(TARGETS, |_| {
        let span = info_span!(target: "app", "spawning").entered();
        let context = SpanContext::current();
        let work = || {
            let _attached = context.attach();
            inner();
        };
        thread::scope(|scope| scope.spawn(work).join().unwrap());
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        drop(span);
        let future = async { info!(target: "app::task", "in a task") };
        let future = context.in_scope(future.in_current_span());
        tracing::dispatcher::with_default(&dispatch, || future.now_or_never().unwrap());
    });
    assert_eq!(logs.parent_of(logs.one("inner.annotated")), "app.spawning");
    assert_eq!(logs.parent_of(logs.one("app.task")), "app.spawning");
}

#[test]
fn a_span_that_follows_from_others_has_their_ids() {
    let logs = run(TARGETS, |_| {
        let (first, second) = (
            info_span!(target: "app", "first"),
            info_span!(target: "app", "second"),
        );
        let third = info_span!(target: "app", "third");
        third.follows_from(&first);
        let fourth = info_span!(target: "app", "fourth");
        fourth.follows_from(&first);
        fourth.follows_from(&second);
        fourth.follows_from(info_span!(target: "other", "ignored").id());
    });
    let id = |name| logs.one(name)["id"].as_u64().unwrap();
    assert_eq!(
        logs.one("app.third")["fields"]["follows_from"],
        id("app.first")
    );
    let both = format!("{},{}", id("app.first"), id("app.second"));
    assert_eq!(logs.one("app.fourth")["fields"]["follows_from"], both);
}
