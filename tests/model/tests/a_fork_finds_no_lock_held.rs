//! While a thread forks no other one holds a lock that its child would find locked, and each gets its
//! lock in the end.

/// Loom's atomics in the place of the standard library's; two forks, or a fork and a lock: more threads make no other step possible.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicUsize, Ordering};

    pub(super) struct Pause;

    impl Pause {
        pub(super) fn new() -> Self {
            Self
        }

        #[allow(clippy::unused_self)]
        pub(super) fn is_over(&self) -> bool {
            false
        }

        #[allow(clippy::unused_self)]
        pub(super) fn wait(&mut self) {
            loom::thread::yield_now();
        }
    }
}

#[path = "../../../telemetry-runtime/src/enabled/fork/gate.rs"]
#[allow(unreachable_pub, missing_docs, dead_code)]
mod gate;

use gate::Gate;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

struct Process {
    gate: Gate,
    /// What a lock guards: loom says so where a fork copies it in the middle of a change.
    guarded: UnsafeCell<(u32, u32)>,
}

// SAFETY: that nobody touches `guarded` at once is what the model shows.
#[allow(unsafe_code)]
unsafe impl Sync for Process {}

fn forks_and_holds(forking: usize, holding: usize) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(move || {
        let process = Arc::new(Process {
            gate: Gate::new(AtomicUsize::new(0)),
            guarded: UnsafeCell::new((0, 0)),
        });
        let threads: Vec<_> = (0..forking + holding)
            .map(|number| {
                let process = Arc::clone(&process);
                thread::spawn(move || {
                    if number < forking {
                        process.gate.close(0, || false);
                        process.guarded.with(|guarded| {
                            // SAFETY: as above.
                            #[allow(unsafe_code)]
                            let (a, b) = unsafe { *guarded };
                            assert_eq!(a, b, "half a change");
                        });
                        process.gate.open();
                    } else {
                        process.gate.enter();
                        process.guarded.with_mut(|guarded| {
                            // SAFETY: as above; a mutex keeps the other holders out.
                            #[allow(unsafe_code)]
                            unsafe {
                                (*guarded).0 += 1;
                                (*guarded).1 += 1;
                            }
                        });
                        process.gate.leave();
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn a_fork_and_a_lock_exclude_each_other() {
    forks_and_holds(1, 1);
}

#[test]
fn two_forks_wait_for_each_other() {
    forks_and_holds(2, 0);
}

#[test]
fn a_fork_by_who_holds_a_lock_waits_for_the_others_alone() {
    loom::model(|| {
        let process = Arc::new((Gate::new(AtomicUsize::new(0)), AtomicUsize::new(0)));
        let other = {
            let process = Arc::clone(&process);
            thread::spawn(move || {
                process.0.enter();
                process.1.store(1, sync::Ordering::Relaxed);
                process.1.store(0, sync::Ordering::Relaxed);
                process.0.leave();
            })
        };
        process.0.enter();
        process.0.close(1, || false);
        assert_eq!(process.1.load(sync::Ordering::Relaxed), 0);
        // The child's own copy would be opened so; here both sides share one.
        process.0.open();
        process.0.leave();
        other.join().expect("no panic");
    });
}
