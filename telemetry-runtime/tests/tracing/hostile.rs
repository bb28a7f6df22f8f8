//! Hosts that record while a value is formatted, panic in formatting code, or record in destructors of thread-local state.

use std::cell::RefCell;
use std::fmt;
use std::thread;

use telemetry_runtime::{telemetry_event, telemetry_span};
use tracing::{Span, error, info, info_span};

use crate::run::{TARGETS, run};

/// A value that records a span and an event while it is formatted.
struct Nosy;

impl fmt::Debug for Nosy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _span = info_span!(target: "app", "formatting").entered();
        info!(target: "app::formatting", "nested");
        noted();
        write!(f, "formatted")
    }
}

#[telemetry_span("formatting.noted")]
fn noted() {
    telemetry_event!("formatting.event");
}

#[test]
fn a_value_may_use_tracing_and_telemetry_while_it_is_formatted() {
    let logs = run(TARGETS, |_| {
        let span = info_span!(target: "app", "nosy", value = ?Nosy, late = tracing::field::Empty);
        span.record("late", tracing::field::debug(Nosy));
        let _entered = span.enter();
        info!(target: "app::event", value = ?Nosy);
    });
    assert_eq!(logs.one("app.event")["fields"]["value"], "formatted");
    assert_eq!(logs.one("app.nosy")["fields"]["late"], "formatted");
    // A span and an event. `tracing` itself ignores what the other two formattings record, because its subscriber is not
    // the global one here.
    assert_eq!(logs.all("app.formatting").len(), 2, "{logs:#?}");
    assert_eq!(logs.all("formatting.noted").len(), 3);
}

/// A value that panics while it is formatted.
struct Explosive;

impl fmt::Debug for Explosive {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("on purpose");
    }
}

#[test]
fn a_value_that_panics_costs_itself_alone() {
    let logs = run(TARGETS, |_| {
        let span = info_span!(target: "app", "bomb", before = 1, value = ?Explosive, after = 2);
        span.record("before", tracing::field::debug(Explosive));
        info!(target: "app::event", value = ?Explosive, after = 2);
    });
    for name in ["app.bomb", "app.event"] {
        let fields = &logs.one(name)["fields"];
        assert_eq!(
            (&fields["value"], &fields["after"]),
            (&"[panicked]".into(), &2.into())
        );
    }
    assert_eq!(logs.one("app.bomb")["fields"]["before"], "[panicked]");
}

#[test]
fn huge_fields_are_cut_and_counted() {
    let huge = "x".repeat(10_000_000);
    let logs = run(TARGETS, |_| {
        let span = info_span!(target: "app", "huge", text = huge, debug = ?huge, late = tracing::field::Empty);
        for _ in 0..100 {
            span.record("late", huge.as_str());
        }
        error!(target: "app::event", huge);
    });
    for name in ["app.huge", "app.event"] {
        let text = logs.one(name).to_string();
        assert!(text.len() < 64 * 1024, "{}", text.len());
        assert!(text.contains("…[+9998976 bytes]"), "{text}");
    }
}

struct RecordsInDestructor(Span);

impl Drop for RecordsInDestructor {
    fn drop(&mut self) {
        let _entered = self.0.enter();
        info!(target: "app::destructor", "the thread ends");
        let _late = info_span!(target: "app", "in_destructor").entered();
    }
}

thread_local! {
    static AT_END: RefCell<Option<RecordsInDestructor>> = const { RefCell::new(None) };
}

#[test]
fn threads_may_record_while_they_end() {
    let logs = run(TARGETS, |_| {
        let span = info_span!(target: "app", "owner");
        for _ in 0..8 {
            let span = span.clone();
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            let work = move || {
                // The value is set first, so that it is destroyed after the state of telemetry; in the next run it is destroyed before.
                AT_END.set(Some(RecordsInDestructor(span)));
                tracing::dispatcher::with_default(
                    &dispatch,
                    || info!(target: "app::thread", "runs"),
                );
            };
            thread::spawn(work).join().unwrap();
        }
    });
    assert_eq!(logs.all("app.thread").len(), 8);
    assert_eq!(logs.all("app.owner").len(), 1);
}

#[test]
fn a_guard_that_is_never_dropped_harms_nothing() {
    let logs = run(TARGETS, |_| {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let work = || {
            tracing::dispatcher::with_default(&dispatch, || {
                let span = info_span!(target: "app", "forgotten");
                std::mem::forget(span.clone().entered());
                info!(target: "app::inside", "inside");
            });
        };
        thread::scope(|scope| scope.spawn(work).join().unwrap());
        info!(target: "app::outside", "outside");
    });
    let inside = logs.one("app.inside");
    assert!(inside.get("parent").is_some());
    assert!(logs.one("app.outside").get("parent").is_none());
}

#[test]
fn ids_that_are_used_again_belong_to_the_new_span() {
    let logs = run(TARGETS, |_| {
        for number in 0..1_000_u64 {
            let span = info_span!(target: "app", "again", number).entered();
            info!(target: "app::inside", number);
            drop(span);
        }
    });
    let spans = logs.all("app.again");
    assert_eq!(spans.len(), 1_000);
    for event in logs.all("app.inside") {
        let parent = spans
            .iter()
            .find(|span| span["id"] == event["parent"])
            .unwrap();
        assert_eq!(parent["fields"]["number"], event["fields"]["number"]);
    }
}
