//! Records that a thread makes while it ends, after the destruction of telemetry's thread-local
//! state, are written or counted as lost.

use std::cell::RefCell;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use telemetry_runtime::{Config, Telemetry, init, telemetry_event, telemetry_span};

#[telemetry_span("at.the_end")]
fn record(telemetry: &Telemetry) {
    telemetry_event!("at.the_end.event", n = 7);
    writeln!(telemetry.tui_log(), "a last line").unwrap();
}

/// A thread-local value of a host whose destructor records.
struct RecordsAtDrop(&'static Telemetry);

impl Drop for RecordsAtDrop {
    fn drop(&mut self) {
        record(self.0);
    }
}

thread_local! {
    static KEPT: RefCell<Option<RecordsAtDrop>> = const { RefCell::new(None) };
}

#[test]
fn a_thread_s_last_records_are_written_or_counted() {
    let home = tempfile::tempdir().unwrap();
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\n",
    )
    .unwrap();
    let config = Config::load(home.path()).unwrap();
    let telemetry: &'static Telemetry = Box::leak(Box::new(init(config).unwrap()));
    let thread = std::thread::spawn(move || {
        // The value is initialized before telemetry's thread-local state, and is therefore destroyed after it.
        KEPT.set(Some(RecordsAtDrop(telemetry)));
        record(telemetry);
    });
    thread.join().unwrap();
    assert!(telemetry.flush(Duration::from_secs(30)));
    let health = telemetry.health();
    let text: String = telemetry
        .files()
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let spans = text.matches("\"name\":\"at.the_end\"").count() as u64;
    let events = text.matches("\"name\":\"at.the_end.event\"").count() as u64;
    let lines = text.matches("a last line").count() as u64;
    assert_eq!(
        (spans + events + lines + health.lost, spans >= 1),
        (6, true),
        "{spans} spans, {events} events, {lines} lines, {:?}",
        health.lost_by_cause
    );
}
