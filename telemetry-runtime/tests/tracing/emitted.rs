//! Spans and events of telemetry that other layers of `tracing` see.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use telemetry_runtime::{telemetry_event, telemetry_span};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::run::{Logs, TARGETS, run_with};

/// A layer that stores the spans and events that it receives.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).unwrap();
        let parent = span.parent().map_or("", |parent| parent.name());
        self.add(format!("new {parent}>{}{}", span.name(), fields.0));
        annotated_layer();
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.add(format!(
            "record {}{}",
            context.span(id).unwrap().name(),
            fields.0
        ));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let around = context.event_span(event);
        let around = around.as_ref().map_or("", |around| around.name());
        self.add(format!(
            "event {around}>{}{}",
            event.metadata().target(),
            fields.0
        ));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.add(format!("enter {}", context.span(id).unwrap().name()));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.add(format!("exit {}", context.span(id).unwrap().name()));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.add(format!("close {}", context.span(&id).unwrap().name()));
    }
}

/// A span inside a layer, which must not be passed on to that layer again.
#[telemetry_span("layer.annotated")]
fn annotated_layer() {}

const EMITTING: &str = "emit_to_tracing = true\n";

fn seen(table: &str, work: impl FnOnce()) -> (Vec<String>, Logs) {
    let seen = Seen::default();
    let subscriber = tracing_subscriber::registry()
        .with(seen.clone())
        .with(telemetry_runtime::layer());
    let logs = run_with(
        &format!("{table}{TARGETS}"),
        Dispatch::new(subscriber),
        |_| work(),
    );
    let lines = seen.0.lock().unwrap().clone();
    (lines, logs)
}

#[telemetry_span("emitted.outer", fields(count = 3, note = concat!("sk", "-proj-", "Zx81Qn3LmPq0RtYv5Wc7Jd2Kb9Hf4Sg6")))]
fn outer() {
    info!(target: "app", "between");
    inner().unwrap_err();
}

#[telemetry_span("emitted.inner")]
fn inner() -> Result<(), u8> {
    telemetry_event!("emitted.event", size = 7);
    Err(1)
}

#[telemetry_span("emitted.future", fields(id))]
async fn future(id: u8) {
    std::future::ready(id).await;
    inner().unwrap_err();
}

#[test]
fn other_layers_see_the_spans_and_events_once_and_in_their_places() {
    let (seen, logs) = seen(EMITTING, || {
        let _around = info_span!(target: "app", "around").entered();
        outer();
    });
    assert_eq!(
        seen,
        [
            "new >around",
            "enter around",
            "new around>emitted.outer count=3 note=\"[redacted]\"",
            "enter emitted.outer",
            "event emitted.outer>app message=between",
            "new emitted.outer>emitted.inner",
            "enter emitted.inner",
            "event emitted.inner>telemetry size=7",
            "exit emitted.inner",
            "record emitted.inner outcome=\"err\"",
            "close emitted.inner",
            "exit emitted.outer",
            "record emitted.outer outcome=\"ok\"",
            "close emitted.outer",
            "exit around",
            "close around",
        ]
    );
    for name in [
        "emitted.outer",
        "emitted.inner",
        "emitted.event",
        "app.around",
    ] {
        assert_eq!(logs.all(name).len(), 1, "{logs:#?}");
    }
    assert_eq!(
        logs.path("emitted.inner"),
        ["emitted.inner", "emitted.outer", "app.around"]
    );
}

#[test]
fn the_span_of_a_future_is_entered_in_each_poll() {
    let (seen, _) = seen(EMITTING, || future(5).now_or_never().unwrap());
    assert_eq!(
        seen[..3],
        [
            "new >emitted.future id=5",
            "enter emitted.future",
            "new emitted.future>emitted.inner"
        ]
    );
    assert_eq!(
        seen[seen.len() - 3..],
        [
            "exit emitted.future",
            "record emitted.future outcome=\"ok\"",
            "close emitted.future"
        ]
    );
}

#[test]
fn nothing_is_passed_on_unless_the_setting_asks_for_it() {
    let (seen, logs) = seen("", outer);
    assert_eq!(seen, ["event >app message=between"]);
    assert_eq!(logs.all("emitted.outer").len(), 1);
}
