use std::path::Path;

use telemetry_store::Naming;

use super::super::{TUI_LOG, deadline, pump};
use super::*;
use crate::enabled::callsite::place;
use crate::enabled::log::append::{Format, Log};
use crate::enabled::log::retention::Retention;
use std::time::Duration;

/// What goes wrong where these tests want it to: a mistake of our own, which no input is known to bring
/// about.
pub(in crate::enabled::writer) mod fault {
    use std::sync::atomic::{AtomicPtr, Ordering};

    use crate::enabled::writer::Core;

    pub(super) const FRAME: &[u8] = b"a frame that the writer cannot bear";
    /// The writer whose next round panics.
    pub(super) static ROUND: AtomicPtr<Core> = AtomicPtr::new(std::ptr::null_mut());

    pub(in crate::enabled::writer) fn meet(frame: &[u8]) {
        assert!(!frame.ends_with(FRAME), "as asked");
    }

    pub(in crate::enabled::writer) fn meet_round(core: &Core) {
        let own = std::ptr::from_ref(core).cast_mut();
        let none = std::ptr::null_mut();
        let is_own = ROUND.compare_exchange(own, none, Ordering::SeqCst, Ordering::SeqCst);
        assert!(is_own.is_err(), "as asked");
    }
}

fn core(at: &Path) -> Arc<Core> {
    let log = Log::new(Naming::shared(at).unwrap(), Format::Text, None);
    let logs = vec![None, None, Some(log)];
    let core = Arc::new(Core::new(logs, Retention::new(0, Vec::new(), 3)));
    pump::spawn(&core).unwrap();
    core
}

fn text(of: &str) -> Vec<u8> {
    frame::text(place(TUI_LOG, 0), of.as_bytes())
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
fn a_record_that_makes_the_writer_panic_is_lost_alone_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("tui.log");
    let core = core(&at);
    let before = lost_to_panics();
    let mut producer = Producer::connect(Arc::clone(&core));
    let mut wanted = Vec::new();
    for n in 0..3_000 {
        let line = format!("line {n}");
        producer.push(None, &text(&line));
        wanted.push(line);
        if n % 1_000 == 500 {
            producer.push(None, &text(std::str::from_utf8(fault::FRAME).unwrap()));
        }
        // On the writer's thread, and on this one, which is the host's.
        if n % 1_000 == 700 {
            producer.ring.drain(&core);
        }
    }
    core.flush_before(in_a_minute());
    drop(producer);
    core.close();
    let written = std::fs::read_to_string(&at).unwrap();
    assert_eq!(written.lines().collect::<Vec<_>>(), wanted);
    assert_eq!(lost_to_panics() - before, 3);
}

/// `false` where another test of this process started a writer meanwhile: there is one at a time.
fn goes_on_after_rounds_that_panic() -> bool {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("tui.log");
    let core = core(&at);
    let mut producer = Producer::connect(Arc::clone(&core));
    for n in 0..3 {
        let own = Arc::as_ptr(&core).cast_mut();
        fault::ROUND.store(own, Ordering::SeqCst);
        producer.push(None, &text(&format!("line {n}")));
        core.hurry();
        // By the writer alone: nobody flushes.
        let line = format!("line {n}\n");
        let is_written = || std::fs::read_to_string(&at).is_ok_and(|text| text.ends_with(&line));
        let panicked = || fault::ROUND.load(Ordering::SeqCst).is_null();
        let until = in_a_minute();
        while !(panicked() && is_written()) {
            if core.is_closed() {
                core.close();
                return false;
            }
            assert!(Instant::now() < until, "the writer is gone");
            std::thread::yield_now();
        }
    }
    core.close();
    true
}

#[test]
fn a_round_that_panics_is_not_the_last_one() {
    while !goes_on_after_rounds_that_panic() {}
}
