//! The layer in one stack with `tracing-opentelemetry` and `fmt`, as the global subscriber of this process: every layer has a filter
//! of its own, one filter is reloaded while threads run, and spans of telemetry are passed on.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::Value;
use telemetry_runtime::{Config, init, telemetry_span};
use tracing::{debug, info, info_span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::reload;

const THREADS: usize = 4;
const CALLS: u64 = 50;

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[telemetry_span("app.native", fields(n))]
fn native(n: u64) {
    inner(n);
}

#[tracing::instrument(target = "app")]
fn inner(n: u64) {
    debug!(target: "app::done", n);
    info!(target: "hyper", "connected");
}

fn work(thread: usize) {
    for call in 0..CALLS {
        let n = thread as u64 * CALLS + call;
        let _outer = info_span!(target: "app", "outer", n).entered();
        native(n);
    }
}

fn on_threads() {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || work(thread));
        }
    });
}

/// Returns the names of the parents of all records with a name, each once.
fn parents<'a>(records: &'a [Value], name: &str) -> Vec<&'a str> {
    let ids: HashMap<u64, &str> = records
        .iter()
        .filter_map(|record| Some((record["id"].as_u64()?, record["name"].as_str()?)))
        .collect();
    let named = records.iter().filter(|record| record["name"] == name);
    let mut found: Vec<&str> = named
        .map(|record| {
            let parent = record["parent"].as_u64();
            parent.map_or("", |parent| ids.get(&parent).copied().unwrap_or("missing"))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns the names of the parents of all exported spans with a name, each once.
fn exported_parents(spans: &[SpanData], name: &str) -> Vec<String> {
    let ids: HashMap<_, _> = spans
        .iter()
        .map(|span| (span.span_context.span_id(), span.name.to_string()))
        .collect();
    let named = spans.iter().filter(|span| span.name == *name);
    let mut found: Vec<String> = named
        .map(|span| ids.get(&span.parent_span_id).cloned().unwrap_or_default())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn count(records: &[Value], name: &str) -> usize {
    records
        .iter()
        .filter(|record| record["name"] == name)
        .count()
}

#[test]
fn every_layer_receives_the_spans_and_events_of_its_own_filter() {
    let home = tempfile::tempdir().unwrap();
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\nemit_to_tracing = true\n\
         [telemetry.logs.debug]\nlevel = 'debug'\ntargets = ['app']\n",
    )
    .unwrap();
    let telemetry = init(Config::load(home.path()).unwrap()).unwrap();
    let debug = telemetry.files()[0].clone();

    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let of_spans = Targets::new()
        .with_target("app", LevelFilter::INFO)
        .with_target("telemetry", LevelFilter::INFO);
    let output = Output::default();
    let lines = output.clone();
    let (filter, handle) =
        reload::Layer::new(Targets::new().with_target("app", LevelFilter::DEBUG));
    let subscriber = tracing_subscriber::registry()
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("app"))
                .with_filter(of_spans),
        )
        .with(telemetry_runtime::layer().with_filter(filter))
        .with(
            tracing_subscriber::fmt::layer()
                .with_ansi(false)
                .with_writer(move || lines.clone())
                .with_filter(Targets::new().with_target("hyper", LevelFilter::INFO)),
        );
    tracing::subscriber::set_global_default(subscriber).unwrap();

    on_threads();
    // The layer no longer sees the events, and sees the spans as before.
    handle
        .reload(Targets::new().with_target("app", LevelFilter::INFO))
        .unwrap();
    on_threads();

    assert!(telemetry.flush(Duration::from_secs(30)));
    let health = telemetry.health();
    assert_eq!((health.lost, health.caught_panics), (0, 0), "{health:?}");
    drop(telemetry);
    let text = fs::read_to_string(debug).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let all = 2 * THREADS * usize::try_from(CALLS).unwrap();
    for name in ["app.outer", "app.native", "app.inner"] {
        assert_eq!(count(&records, name), all, "{name}");
    }
    assert_eq!(count(&records, "app.done"), all / 2);
    assert_eq!(count(&records, "hyper"), 0);
    assert_eq!(parents(&records, "app.outer"), [""]);
    assert_eq!(parents(&records, "app.native"), ["app.outer"]);
    assert_eq!(parents(&records, "app.inner"), ["app.native"]);
    assert_eq!(parents(&records, "app.done"), ["app.inner"]);

    provider.force_flush().unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 3 * all);
    assert_eq!(exported_parents(&spans, "outer"), [""]);
    assert_eq!(exported_parents(&spans, "app.native"), ["outer"]);
    assert_eq!(exported_parents(&spans, "inner"), ["app.native"]);
    let outcome = |span: &SpanData| {
        let found = span
            .attributes
            .iter()
            .find(|pair| pair.key.as_str() == "outcome");
        found.map(|pair| pair.value.to_string())
    };
    let native = spans.iter().filter(|span| span.name == "app.native");
    assert!(
        native
            .map(outcome)
            .all(|outcome| outcome.as_deref() == Some("ok"))
    );

    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), all);
    assert!(text.lines().all(|line| line.ends_with("hyper: connected")));
}
