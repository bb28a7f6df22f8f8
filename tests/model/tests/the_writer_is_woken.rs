//! No record stays in a ring while the writer sleeps, in any interleaving of threads and writer.

/// Loom's atomics in place of the standard library's.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, Ordering};
}

#[path = "../../../telemetry-runtime/src/enabled/writer/signal.rs"]
#[allow(unreachable_pub, missing_docs)]
mod signal;

use loom::sync::atomic::{AtomicUsize, Ordering, fence};
use loom::sync::{Arc, Mutex};
use loom::thread;
use signal::Signal;

/// A writer and the threads that record.
struct Shared {
    signal: Signal,
    /// The number of records in the rings.
    ready: AtomicUsize,
    /// The writer's park token: set by an unpark, taken by a park.
    token: Mutex<bool>,
}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            signal: Signal::new(),
            ready: AtomicUsize::new(0),
            token: Mutex::new(false),
        })
    }

    fn unpark(&self) {
        *self.token.lock().expect("no panic") = true;
    }

    /// Makes a record, as in `producer::Producer::push`. The fence stands for the time of a round: after it either this thread
    /// sees the writer's store, or the writer sees this thread's record.
    fn record(&self) {
        self.ready.fetch_add(1, Ordering::Release);
        fence(Ordering::SeqCst);
        if !self.signal.is_awake() && self.signal.wake() {
            self.unpark();
        }
    }

    fn urgent_record(&self) {
        self.ready.fetch_add(1, Ordering::Release);
        if self.signal.wake_now() {
            self.unpark();
        }
    }

    fn drain(&self) -> bool {
        self.ready.swap(0, Ordering::AcqRel) > 0
    }

    fn was_unparked(&self) -> bool {
        *self.token.lock().expect("no panic")
    }
}

/// Lets the writer fall asleep as in `pump`: the writer announces its sleep, waits for a round, and drains the rings a last time.
fn fall_asleep(shared: &Shared) {
    shared.signal.begin_round();
    shared.drain();
    shared.signal.fall_asleep();
    // The time of a round.
    fence(Ordering::SeqCst);
    shared.signal.begin_round();
    shared.drain();
}

fn recorded_while_it_falls_asleep(threads: usize) {
    let mut model = loom::model::Builder::new();
    // A larger bound finds no further states, and takes a minute.
    model.preemption_bound = Some(3);
    model.check(move || {
        let shared = Shared::new();
        let recording: Vec<_> = (0..threads)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.record())
            })
            .collect();
        fall_asleep(&shared);
        for thread in recording {
            thread.join().expect("no panic");
        }
        // The writer sleeps, unless it finds that it was woken.
        let left = shared.ready.load(Ordering::Acquire) > 0;
        assert!(
            !left || (shared.was_unparked() && shared.signal.was_woken()),
            "asleep over a record"
        );
    });
}

#[test]
fn a_record_wakes_a_writer_that_falls_asleep_or_is_drained_by_it() {
    recorded_while_it_falls_asleep(1);
}

#[test]
fn two_records_wake_a_writer_that_falls_asleep_or_are_drained_by_it() {
    recorded_while_it_falls_asleep(2);
}

/// A flush may drain the rings before a writer that was just woken does; the writer must be awake then.
#[test]
fn a_flush_before_a_woken_writer_s_round_leaves_no_record_behind() {
    loom::model(|| {
        let shared = Shared::new();
        shared.signal.fall_asleep();
        let recording = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.record();
                shared.drain();
                shared.record();
            })
        };
        // The end of the writer's sleep, and the round behind it, as in `pump`.
        shared.signal.begin_round();
        let found = shared.drain();
        if found || shared.signal.was_woken() {
            shared.signal.stay_awake();
        }
        recording.join().expect("no panic");
        let left = shared.ready.load(Ordering::Acquire) > 0;
        assert!(!left || shared.signal.was_woken(), "asleep over a record");
        if left {
            assert!(shared.was_unparked() || found, "the writer was not woken");
        }
    });
}

/// A ring that fills up does not wait for the end of a pause: a round that misses it is followed by another one at once.
#[test]
fn a_writer_that_is_woken_now_does_not_pause_over_a_full_ring() {
    loom::model(|| {
        let shared = Shared::new();
        let recording = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.urgent_record())
        };
        shared.signal.begin_round();
        shared.drain();
        recording.join().expect("no panic");
        let left = shared.ready.load(Ordering::Acquire) > 0;
        assert!(!left || shared.was_unparked(), "a pause over a full ring");
    });
}
