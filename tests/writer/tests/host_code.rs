//! Code of the host that runs while a record is made: panics, spans of its own, blocking.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetry_runtime::__private_0_1_0::{Callsite, Level, SpanGuard, in_observed_span};
use telemetry_runtime::{Config, Telemetry, record, telemetry_event, telemetry_span};
use writer_tests::home::Home;
use writer_tests::records::{self, Lines};

/// Runs the tests one by one, because a process has one telemetry.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn recorded(work: impl FnOnce(&Telemetry)) -> Lines {
    recorded_with("", work)
}

fn recorded_with(table: &str, work: impl FnOnce(&Telemetry)) -> Lines {
    let _alone = alone();
    let home = Home::new(table);
    let config = Config::load(home.path()).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    work(&telemetry);
    assert!(telemetry.flush(Duration::from_mins(1)));
    drop(telemetry);
    let lines = records::read(&home.debug_files());
    assert_eq!((&lines.torn, lines.unclosed), (&Vec::new(), 0));
    lines
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half of it")?;
        panic!("the host's own mistake")
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[telemetry_span("host.takes", fields(value = ?value, after = 1), err)]
fn takes(value: &Panics) -> Result<(), Panics> {
    telemetry_event!("host.says", value = %value);
    record!(late = ?value);
    Err(Panics)
}

#[test]
fn a_panicking_debug_implementation_costs_its_field_alone() {
    let lines = recorded(|telemetry| {
        assert!(takes(&Panics).is_err());
        assert_eq!(telemetry.health().caught_panics, 4);
    });
    let spans = lines.of_type("span");
    assert_eq!(spans.len(), 1);
    let expected = serde_json::json!({"value": "[panicked]", "after": 1, "late": "[panicked]"});
    assert_eq!(spans[0]["fields"], expected);
    assert_eq!(spans[0]["error"], "[panicked]");
    assert_eq!(spans[0]["outcome"], "err");
    assert_eq!(lines.of_type("event")[0]["fields"]["value"], "[panicked]");
}

/// A value whose `Debug` implementation opens spans, recursively to this depth.
struct Recursive(u64);

impl fmt::Debug for Recursive {
    #[telemetry_span("host.debug", fields(depth = self.0))]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        telemetry_event!("host.inside", depth = self.0);
        if self.0 == 0 {
            return f.write_str("leaf");
        }
        shows(&Recursive(self.0 - 1));
        write!(f, "{} > {:?}", self.0, Recursive(self.0 - 1))
    }
}

#[telemetry_span("host.shows", fields(value = ?value))]
fn shows(value: &Recursive) {
    std::hint::black_box(value);
}

#[test]
fn spans_of_a_debug_implementation_are_nested() {
    let lines = recorded(|_| shows(&Recursive(3)));
    let shown: Vec<&str> = lines
        .of_type("span")
        .into_iter()
        .filter(|span| span["name"] == "host.shows")
        .filter_map(|span| span["fields"]["value"].as_str())
        .collect();
    assert_eq!(shown.last(), Some(&"3 > 2 > 1 > leaf"));
    assert!(shown.contains(&"leaf") && shown.contains(&"2 > 1 > leaf"));
    // A value of depth n is formatted by one call and by two of depth n - 1.
    let inside = |depth: u64| {
        let events = lines.of_type("event");
        events
            .iter()
            .filter(|event| event["fields"]["depth"] == depth)
            .count()
    };
    assert_eq!([3, 2, 1, 0].map(inside), [1, 2, 4, 8]);
}

#[test]
fn a_blocking_debug_implementation_blocks_its_thread_alone() {
    struct Blocks(std::sync::mpsc::Receiver<()>);
    impl fmt::Debug for Blocks {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let answer = self.0.recv_timeout(Duration::from_mins(1));
            f.write_str(if answer.is_ok() {
                "released"
            } else {
                "given up"
            })
        }
    }
    let lines = recorded(|telemetry| {
        let (release, blocked) = std::sync::mpsc::channel();
        let blocked = std::thread::spawn(move || {
            telemetry_event!("host.blocked", value = ?Blocks(blocked));
        });
        takes_nothing();
        assert!(telemetry.flush(Duration::from_secs(30)));
        assert!(telemetry.health().written >= 1);
        release.send(()).expect("it waits");
        blocked.join().expect("no panic");
    });
    assert_eq!(lines.of_type("event")[0]["fields"]["value"], "released");
    assert_eq!(lines.of_type("span").len(), 1);
}

#[telemetry_span("host.nothing")]
fn takes_nothing() {}

#[telemetry_span("left.out")]
fn filtered_out(attempt: u64) {
    record!(attempt);
}

#[telemetry_span("host.around")]
fn around() {
    filtered_out(3);
}

/// Late fields in a span that is filtered out belong to the span around it.
#[test]
fn late_fields_go_to_the_innermost_span_that_is_recorded() {
    let lines = recorded_with("[telemetry.logs.debug]\nexclude = [\"left.*\"]", |_| {
        around();
        filtered_out(4);
    });
    let spans = lines.of_type("span");
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0]["name"], "host.around");
    assert_eq!(spans[0]["fields"], serde_json::json!({"attempt": 3}));
}

#[test]
fn guards_dropped_in_any_order_keep_their_parents() {
    static OUTER: Callsite = Callsite::span("guard.outer", Level::Info, "host_code.rs:1");
    static MIDDLE: Callsite = Callsite::span("guard.middle", Level::Info, "host_code.rs:2");
    static INNER: Callsite = Callsite::span("guard.inner", Level::Info, "host_code.rs:3");
    static LATER: Callsite = Callsite::span("guard.later", Level::Info, "host_code.rs:4");
    let lines = recorded(|_| {
        let outer = SpanGuard::enter(&OUTER);
        let middle = SpanGuard::enter(&MIDDLE);
        let inner = SpanGuard::enter(&INNER);
        drop(outer);
        drop(middle);
        // Only the inner span is open.
        drop(SpanGuard::enter(&LATER));
        drop(inner);
        drop(SpanGuard::enter(&LATER));
        // A guard that is never dropped affects no other span.
        std::mem::forget(SpanGuard::enter(&OUTER));
    });
    let spans = lines.of_type("span");
    let id = |name: &str| {
        let span = spans.iter().find(|span| span["name"] == name);
        span.map(|span| span["id"].clone())
    };
    let seen: Vec<(&str, Option<serde_json::Value>)> = spans
        .iter()
        .filter_map(|span| Some((span["name"].as_str()?, span.get("parent").cloned())))
        .collect();
    assert_eq!(
        seen,
        [
            ("guard.outer", None),
            ("guard.middle", id("guard.outer")),
            ("guard.later", id("guard.inner")),
            ("guard.inner", id("guard.middle")),
            ("guard.later", None),
        ]
    );
}

/// The functions that end a span cannot unwind, so that a panic in them would end the process.
#[test]
fn a_panic_at_the_end_of_a_span_is_contained() {
    static CALLSITE: Callsite = Callsite::span("host.ends", Level::Info, "here:1");
    let lines = recorded(|telemetry| {
        let returned =
            in_observed_span(&CALLSITE, || 7, |_, _| panic!("a mistake in the expansion"));
        assert_eq!(returned, 7);
        let health = telemetry.health();
        let last = health.last_error.unwrap_or_default();
        assert!(last.contains("the program goes on"), "{last}");
    });
    let spans = lines.of_type("span");
    assert_eq!((spans.len(), &spans[0]["outcome"]), (1, &"ok".into()));
}
