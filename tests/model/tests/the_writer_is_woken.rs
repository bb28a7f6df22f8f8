//! Of what threads put into their rings nothing stays there while the writer sleeps, however the two
//! sides meet.

/// Loom's atomics in the place of the standard library's.
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
    /// What is in the rings.
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

    /// What a thread does with a record, as in `ring::Producer::push`. The fence is what the time of a
    /// round does: after it the writer's word has arrived here, or this thread's record there.
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

/// The writer falls asleep as in `pump`: it says so, lets a round pass, looks a last time.
fn falls_asleep(shared: &Shared) {
    shared.signal.begin_round();
    shared.drain();
    shared.signal.fall_asleep();
    // A round.
    fence(Ordering::SeqCst);
    shared.signal.begin_round();
    shared.drain();
}

fn recorded_while_it_falls_asleep(threads: usize) {
    let mut model = loom::model::Builder::new();
    // More makes no difference to what can be seen, and takes a minute.
    model.preemption_bound = Some(3);
    model.check(move || {
        let shared = Shared::new();
        let recording: Vec<_> = (0..threads)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.record())
            })
            .collect();
        falls_asleep(&shared);
        for thread in recording {
            thread.join().expect("no panic");
        }
        // It sleeps, unless it finds that it was woken.
        let left = shared.ready.load(Ordering::Acquire) > 0;
        assert!(
            !left || (shared.was_unparked() && shared.signal.was_woken()),
            "asleep over a record"
        );
    });
}

#[test]
fn a_record_that_meets_a_writer_who_falls_asleep_is_seen_or_wakes_it() {
    recorded_while_it_falls_asleep(1);
}

#[test]
fn so_do_two() {
    recorded_while_it_falls_asleep(2);
}

/// A flush takes the work away from a writer that was just woken: it must be awake all the same.
#[test]
fn a_flush_in_between_leaves_no_record_behind() {
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
        // The writer's sleep, and the round after it, as in `pump`.
        shared.signal.begin_round();
        let found = shared.drain();
        if found || shared.signal.was_woken() {
            shared.signal.stay_awake();
        }
        recording.join().expect("no panic");
        let left = shared.ready.load(Ordering::Acquire) > 0;
        assert!(!left || shared.signal.was_woken(), "asleep over a record");
        if left {
            assert!(shared.was_unparked() || found, "nobody told it");
        }
    });
}

/// A ring that fills up does not wait for the end of a nap: the round that misses it is followed by
/// another one at once.
#[test]
fn a_hurried_writer_takes_no_nap_over_what_it_missed() {
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
        assert!(!left || shared.was_unparked(), "a nap over a full ring");
    });
}
