use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use telemetry_schema::LogKind;
use telemetry_store::Naming;

use super::core::{Core, deadline};
use super::producer::Producer;
use super::pump::{self, Pump};
use crate::enabled::frame::{self, TUI_LOG};
use crate::enabled::line::LineEncoder;
use crate::enabled::log::append::Log;
use crate::enabled::log::retention::Retention;
use crate::enabled::stats;

/// A record over which the encoder of these tests panics. No record is known over which the real encoder panics.
const FAULT: &str = "a record that cannot be encoded";

fn core(at: &Path) -> Core {
    let log = Log::new(Naming::shared(at).unwrap(), LogKind::Tui, None);
    let logs = vec![None, None, Some(log)];
    Core::new(logs, Retention::new(0, Vec::new(), 3), |_| Vec::new()).with_encode(
        |lines, frame, kind, origin| {
            assert!(!frame.ends_with(FAULT.as_bytes()), "as asked");
            LineEncoder::add(lines, frame, kind, origin);
        },
    )
}

fn text(of: &str) -> Vec<u8> {
    frame::text(TUI_LOG, of.as_bytes())
}

fn in_a_minute() -> Instant {
    deadline(Duration::from_mins(1))
}

fn lost_to_panics() -> u64 {
    let health = stats::health();
    let of_cause = health.lost_by_cause.get("panic of the writer");
    of_cause.copied().unwrap_or_default()
}

#[test]
fn a_record_over_which_the_writer_panics_is_lost_alone_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("tui.log");
    let core = Arc::new(core(&at));
    pump::spawn(&core).unwrap();
    let before = lost_to_panics();
    let mut producer = Producer::connect(Arc::clone(&core));
    let mut expected = Vec::new();
    for n in 0..3_000 {
        let line = format!("line {n}");
        producer.push(None, &text(&line));
        expected.push(line);
        if n % 1_000 == 500 {
            producer.push(None, &text(FAULT));
        }
        // On the writer's thread, and on this one, which stands for a host's thread.
        if n % 1_000 == 700 {
            core.drain(producer.ring());
        }
    }
    core.flush_before(in_a_minute());
    drop(producer);
    core.close();
    let written = std::fs::read_to_string(&at).unwrap();
    assert_eq!(written.lines().collect::<Vec<_>>(), expected);
    assert_eq!(lost_to_panics() - before, 3);
}

/// Returns `false` if another test of this process started a writer meanwhile: there is one at a time.
fn the_writer_survives_rounds_that_panic() -> bool {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("tui.log");
    let core = Arc::new(core(&at));
    let panics_next = Arc::new(AtomicBool::new(false));
    let (mut pump, panics) = (Pump::new(), Arc::clone(&panics_next));
    pump::spawn_rounds(&core, move |core| {
        assert!(!panics.swap(false, Ordering::SeqCst), "as asked");
        pump.round(core);
    })
    .unwrap();
    let mut producer = Producer::connect(Arc::clone(&core));
    for n in 0..3 {
        panics_next.store(true, Ordering::SeqCst);
        producer.push(None, &text(&format!("line {n}")));
        core.wake_now();
        // By the writer alone: no other thread flushes.
        let line = format!("line {n}\n");
        let is_written = || std::fs::read_to_string(&at).is_ok_and(|text| text.ends_with(&line));
        let panicked = || !panics_next.load(Ordering::SeqCst);
        let until = in_a_minute();
        while !(panicked() && is_written()) {
            if core.is_closed() {
                core.close();
                return false;
            }
            assert!(Instant::now() < until, "the writer has ended");
            std::thread::yield_now();
        }
    }
    core.close();
    true
}

#[test]
fn a_round_that_panics_does_not_end_the_writer() {
    while !the_writer_survives_rounds_that_panic() {}
}

#[test]
fn a_ring_is_handed_over_when_its_lines_are_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("tui.log");
    let core = Arc::new(core(&at));
    pump::spawn(&core).unwrap();
    let mut producer = Producer::connect(Arc::clone(&core));
    let mut expected = String::new();
    for n in 0..100 {
        let line = format!("line {n}");
        producer.push(None, &text(&line));
        expected.push_str(&line);
        expected.push('\n');
        producer.hand_over(in_a_minute());
        if core.is_closed() {
            break;
        }
        assert_eq!(std::fs::read_to_string(&at).unwrap(), expected);
    }
    core.close();
}

#[test]
fn a_ring_is_not_handed_over_after_the_deadline() {
    let directory = tempfile::tempdir().unwrap();
    // No writer thread drains the ring.
    let core = Arc::new(core(&directory.path().join("tui.log")));
    let mut producer = Producer::connect(Arc::clone(&core));
    producer.push(None, &text("line"));
    producer.hand_over(Instant::now());
    core.close();
}
