//! Futures: parents, polls, and futures that are dropped before their end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use telemetry_runtime::{Config, SpanContext, telemetry_span};
use writer_tests::home::Home;
use writer_tests::records;

#[telemetry_span("tree.leaf", fields(name))]
async fn leaf(name: &str) {
    // Other tasks run on this thread meanwhile, and this task may continue on another thread.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    std::hint::black_box(name);
}

#[telemetry_span("tree.branch", fields(name))]
async fn branch(name: &'static str, leaves: [&'static str; 3]) {
    let [a, b, c] = leaves;
    let context = SpanContext::current();
    let spawned = tokio::spawn(context.in_scope(leaf(a)));
    tokio::join!(leaf(b), leaf(c));
    spawned.await.expect("no panic");
}

static NEVERS: AtomicU64 = AtomicU64::new(0);

#[telemetry_span("tree.never", fields(name))]
async fn never(name: &'static str) {
    NEVERS.fetch_add(1, Ordering::Relaxed);
    std::future::pending::<()>().await;
}

#[telemetry_span("tree.panics", fields(name))]
async fn panics(name: &'static str) {
    tokio::task::yield_now().await;
    panic!("as asked");
}

#[telemetry_span("tree.failing", fields(name))]
async fn failing(name: &'static str) -> Result<(), String> {
    leaf("under-failing").await;
    Err("no".to_owned())
}

async fn everything() {
    let orphan = tokio::spawn(leaf("orphan"));
    tokio::join!(
        branch("x", ["x1", "x2", "x3"]),
        branch("y", ["y1", "y2", "y3"])
    );
    tokio::select! {
        () = never("selected-away") => {}
        () = leaf("selected") => {}
    }
    let before = NEVERS.load(Ordering::Relaxed);
    let aborted = tokio::spawn(never("aborted"));
    while NEVERS.load(Ordering::Relaxed) == before {
        tokio::task::yield_now().await;
    }
    aborted.abort();
    assert!(aborted.await.is_err_and(|error| error.is_cancelled()));
    // Its body never ran, so it has no span.
    drop(never("never-polled"));
    assert!(tokio::spawn(panics("panicked")).await.is_err());
    assert!(failing("failed").await.is_err());
    orphan.await.expect("no panic");
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let context = SpanContext::current();
            let a = tokio::task::spawn_local(context.in_scope(branch("z", ["z1", "z2", "z3"])));
            let b = tokio::task::spawn_local(leaf("local-orphan"));
            a.await.and(b.await).expect("no panic");
        })
        .await;
}

/// Returns for each span by name: the name of its parent, its outcome, its polls.
fn tree(runtime: &tokio::runtime::Runtime) -> BTreeMap<String, (Option<String>, String, u64)> {
    let home = Home::new("");
    let config = Config::load(home.path()).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    runtime.block_on(everything());
    assert!(telemetry.flush(Duration::from_mins(1)));
    drop(telemetry);
    let lines = records::read(&home.debug_files());
    let spans = lines.of_type("span");
    let name = |span: &Value| span["fields"]["name"].as_str().expect("a name").to_owned();
    let by_id: BTreeMap<u64, String> = spans
        .iter()
        .map(|span| (span["id"].as_u64().expect("an id"), name(span)))
        .collect();
    assert_eq!(by_id.len(), spans.len(), "ids are unique");
    spans
        .iter()
        .map(|span| {
            assert!(span["busy_ns"].as_u64() <= span["dur_ns"].as_u64());
            let parent = span.get("parent").map(|id| {
                let id = id.as_u64().expect("an id");
                by_id
                    .get(&id)
                    .cloned()
                    .unwrap_or_else(|| format!("unknown {id}"))
            });
            let outcome = span["outcome"].as_str().expect("a text").to_owned();
            (
                name(span),
                (parent, outcome, span["polls"].as_u64().expect("polls")),
            )
        })
        .collect()
}

#[test]
fn parents_and_outcomes_are_right_on_every_runtime() {
    let one = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let many = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .expect("a runtime");
    let expected = [
        ("aborted", None, "cancelled"),
        ("failed", None, "err"),
        ("local-orphan", None, "ok"),
        ("orphan", None, "ok"),
        ("panicked", None, "panic"),
        ("selected", None, "ok"),
        ("selected-away", None, "cancelled"),
        ("under-failing", Some("failed"), "ok"),
        ("x", None, "ok"),
        ("x1", Some("x"), "ok"),
        ("x2", Some("x"), "ok"),
        ("x3", Some("x"), "ok"),
        ("y", None, "ok"),
        ("y1", Some("y"), "ok"),
        ("y2", Some("y"), "ok"),
        ("y3", Some("y"), "ok"),
        ("z", None, "ok"),
        ("z1", Some("z"), "ok"),
        ("z2", Some("z"), "ok"),
        ("z3", Some("z"), "ok"),
    ];
    for (kind, runtime) in [("one thread", one), ("four threads", many)] {
        for _ in 0..20 {
            let tree = tree(&runtime);
            let found: Vec<(&str, Option<&str>, &str)> = tree
                .iter()
                .map(|(name, (parent, outcome, _))| (&**name, parent.as_deref(), &**outcome))
                .collect();
            assert_eq!(found, expected, "{kind}");
            assert_eq!(tree["x2"].2, 4, "three yields are four polls");
            assert_eq!(tree["aborted"].2, 1);
        }
    }
}
