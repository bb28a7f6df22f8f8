//! Spans of a task that continues on another thread, and of a task that blocks its thread.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use telemetry_runtime::{Config, telemetry_event, telemetry_span};
use writer_tests::home::Home;
use writer_tests::records;

/// A call on the thread that runs the task.
#[telemetry_span("steal.call", fields(who))]
fn call(who: &str) {
    std::hint::black_box(who);
}

/// Keeps its worker busy until the task continues, so that another worker must run the task.
fn hog(turns: &AtomicU64, turn: u64) {
    call("hog");
    while turns.load(Ordering::SeqCst) == turn {
        thread::yield_now();
    }
}

/// Moves the task to the end of this worker's queue at once, where other workers may take it. Tokio's own `yield_now` waits
/// until the worker is idle.
async fn into_the_queue() {
    let mut is_first = true;
    poll_fn(|cx| {
        if std::mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Continues until it has run on another thread.
#[telemetry_span("steal.moves")]
async fn moves(turns: Arc<AtomicU64>) {
    let first = thread::current().id();
    call("before");
    while thread::current().id() == first {
        let turn = turns.fetch_add(1, Ordering::SeqCst) + 1;
        let shared = Arc::clone(&turns);
        tokio::spawn(async move { hog(&shared, turn) });
        into_the_queue().await;
    }
    turns.fetch_add(1, Ordering::SeqCst);
    telemetry_event!("steal.moved");
    call("after");
}

/// Blocks in the middle of its span, while the other tasks of its worker continue elsewhere.
#[telemetry_span("steal.blocks")]
async fn blocks(others_are_done: Arc<AtomicBool>) {
    tokio::task::yield_now().await;
    tokio::task::block_in_place(|| {
        call("blocked");
        while !others_are_done.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    });
    call("unblocked");
}

fn recorded(work: impl Future<Output = ()>) -> records::Lines {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    let home = Home::new("");
    let config = Config::load(home.path()).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    runtime.block_on(work);
    drop(runtime);
    assert!(telemetry.flush(Duration::from_mins(1)));
    drop(telemetry);
    records::read(&home.debug_files())
}

fn one<'a>(lines: &'a records::Lines, name: &str, who: Option<&str>) -> &'a Value {
    let is_it = |record: &&Value| {
        record["name"] == name && who.is_none_or(|who| record["fields"]["who"] == who)
    };
    let found: Vec<&Value> = lines.records.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{name} {who:?}");
    found[0]
}

/// One test, because a process has one telemetry.
#[test]
fn a_stolen_or_blocking_task_keeps_its_span_and_leaves_none_behind() {
    let lines = recorded(async {
        let turns = Arc::new(AtomicU64::new(0));
        tokio::spawn(moves(turns)).await.expect("no panic");
    });
    let span = one(&lines, "steal.moves", None);
    assert!(span["polls"].as_u64() > Some(1), "{span}");
    assert!(span["busy_ns"].as_u64() <= span["dur_ns"].as_u64());
    let (before, after) = (
        one(&lines, "steal.call", Some("before")),
        one(&lines, "steal.call", Some("after")),
    );
    for child in [before, after, one(&lines, "steal.moved", None)] {
        assert_eq!(child["parent"], span["id"], "{child}");
    }
    // Spans on its thread while the task was elsewhere are not its children.
    for hog in lines.of_type("span") {
        if hog["fields"]["who"] == "hog" {
            assert_eq!(hog.get("parent"), None, "{hog}");
        }
    }

    let lines = recorded(async {
        let done = Arc::new(AtomicBool::new(false));
        let blocking = tokio::spawn(blocks(Arc::clone(&done)));
        for _ in 0..16 {
            tokio::spawn(async { call("other") })
                .await
                .expect("no panic");
        }
        done.store(true, Ordering::SeqCst);
        blocking.await.expect("no panic");
    });
    let span = one(&lines, "steal.blocks", None);
    for who in ["blocked", "unblocked"] {
        let child = one(&lines, "steal.call", Some(who));
        assert_eq!(child["parent"], span["id"], "{child}");
    }
    let others: Vec<&Value> = lines
        .of_type("span")
        .into_iter()
        .filter(|span| span["fields"]["who"] == "other")
        .collect();
    assert_eq!(others.len(), 16);
    assert!(others.iter().all(|other| other.get("parent").is_none()));
}
