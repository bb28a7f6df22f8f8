//! The layer beside other layers, behind filters and reload handles, and on other subscribers than the registry.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber, debug, info, info_span, trace};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::reload;

use crate::run::{TARGETS, run, run_with};

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

impl Output {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn fmt<S>(output: &Output) -> impl tracing_subscriber::Layer<S> + use<S>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let output = output.clone();
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(move || output.clone())
}

fn work() {
    let _span = info_span!(target: "app", "work").entered();
    trace!(target: "app::net", "traced");
    debug!(target: "hyper", "connected");
}

#[test]
fn other_layers_receive_records_that_this_layer_ignores() {
    for inner in [true, false] {
        let output = Output::default();
        let registry = tracing_subscriber::registry();
        let dispatch = if inner {
            let fmt = fmt(&output);
            Dispatch::new(registry.with(telemetry_runtime::layer()).with(fmt))
        } else {
            Dispatch::new(registry.with(fmt(&output)).with(telemetry_runtime::layer()))
        };
        let logs = run_with(TARGETS, dispatch, |_| work());
        assert_eq!(logs.path("app.net"), ["app.net", "app.work"]);
        assert_eq!(logs.records.len(), 3);
        let text = output.text();
        assert!(text.contains("TRACE work: app::net: traced"), "{text}");
        assert!(text.contains("DEBUG work: hyper: connected"), "{text}");
    }
}

#[test]
fn filters_of_one_layer_do_not_apply_to_the_other() {
    let output = Output::default();
    let subscriber = tracing_subscriber::registry()
        .with(
            telemetry_runtime::layer()
                .with_filter(Targets::new().with_target("app", LevelFilter::TRACE)),
        )
        .with(fmt(&output).with_filter(LevelFilter::DEBUG));
    let logs = run_with(TARGETS, Dispatch::new(subscriber), |_| work());
    assert_eq!(logs.path("app.net"), ["app.net", "app.work"]);
    assert_eq!(output.text(), "DEBUG work: hyper: connected\n");
}

#[test]
fn a_span_that_a_filter_hides_from_the_layer_is_not_a_parent() {
    let filter = Targets::new().with_target("app::net", LevelFilter::TRACE);
    let subscriber =
        tracing_subscriber::registry().with(telemetry_runtime::layer().with_filter(filter));
    let logs = run_with(TARGETS, Dispatch::new(subscriber), |_| work());
    assert_eq!(logs.path("app.net"), ["app.net"]);
}

#[test]
fn a_reload_handle_removes_and_replaces_the_layer() {
    let (layer, handle) = reload::Layer::new(Some(telemetry_runtime::layer()));
    let subscriber = tracing_subscriber::registry().with(layer);
    let logs = run_with(TARGETS, Dispatch::new(subscriber), |_| {
        let open = info_span!(target: "app", "open").entered();
        handle.reload(None).unwrap();
        info!(target: "app::without", "not recorded");
        handle.reload(Some(telemetry_runtime::layer())).unwrap();
        info!(target: "app::with", "recorded");
        drop(open);
        let _later = info_span!(target: "app", "later").entered();
        info!(target: "app::inside", "recorded");
    });
    assert!(logs.all("app.without").is_empty());
    assert_eq!(logs.all("app.with").len(), 1);
    assert_eq!(
        logs.one("app.inside")["parent"],
        logs.one("app.later")["id"]
    );
}

#[test]
fn a_span_that_ended_while_the_layer_was_away_is_recorded_when_its_id_is_used_again() {
    let (layer, handle) = reload::Layer::new(telemetry_runtime::layer().boxed());
    let subscriber = tracing_subscriber::registry().with(layer);
    let logs = run_with(TARGETS, Dispatch::new(subscriber), |_| {
        let open = info_span!(target: "app", "open");
        open.in_scope(|| info!(target: "app::inside", "recorded"));
        let mut away = None;
        handle
            .modify(|layer| {
                away = Some(std::mem::replace(
                    layer,
                    tracing_subscriber::layer::Identity::new().boxed(),
                ));
            })
            .unwrap();
        drop(open);
        handle
            .modify(|layer| *layer = away.take().unwrap())
            .unwrap();
        for _ in 0..200_000 {
            drop(info_span!(target: "other", "reuses ids"));
        }
    });
    assert_eq!(logs.one("app.inside")["parent"], logs.one("app.open")["id"]);
}

#[test]
fn two_subscribers_with_equal_ids_do_not_mix_their_spans() {
    let other = Dispatch::new(tracing_subscriber::registry().with(telemetry_runtime::layer()));
    let logs = run(TARGETS, |_| {
        let first = info_span!(target: "app", "first").entered();
        tracing::dispatcher::with_default(&other, || {
            let second = info_span!(target: "app", parent: None, "second");
            assert_eq!(first.id(), second.id());
            second.in_scope(|| info!(target: "app::two", "in the second"));
        });
        info!(target: "app::one", "in the first");
    });
    assert_eq!(logs.path("app.one"), ["app.one", "app.first"]);
    assert_eq!(logs.path("app.two"), ["app.two", "app.second"]);
}

/// A subscriber that stores nothing about its spans.
#[derive(Default)]
struct Bare(AtomicU64);

impl Subscriber for Bare {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn try_close(&self, _: Id) -> bool {
        true
    }
}

#[test]
fn the_layer_needs_no_registry() {
    let dispatch = Dispatch::new(Bare::default().with(telemetry_runtime::layer()));
    let logs = run_with(TARGETS, dispatch, |_| {
        let span = info_span!(target: "app", "span", size = 1);
        span.record("size", 2);
        span.in_scope(|| info!(target: "app::event", "inside"));
    });
    assert_eq!(logs.path("app.event"), ["app.event", "app.span"]);
    assert_eq!(logs.one("app.span")["fields"]["size"], 2);
}
