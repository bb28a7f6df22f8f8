use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

#[test]
fn one_at_a_time_has_the_turn_and_each_gets_it() {
    let (turns, at_it, done) = (Turns::new(), AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let turn = turns.take();
                    assert_eq!(at_it.fetch_add(1, Ordering::SeqCst), 0);
                    thread::yield_now();
                    at_it.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(done.into_inner(), 800);
}

#[test]
fn who_waits_for_the_end_of_a_turn_gives_up_in_time() {
    let turns = Turns::new();
    let turn = turns.take();
    assert!(!turns.is_over_before(Instant::now()));
    assert!(!turns.is_over_before(Instant::now() + Duration::from_millis(5)));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| turns.is_over_before(Instant::now() + Duration::from_mins(1)));
        drop(turn);
        assert!(waiting.join().unwrap());
    });
    assert!(turns.is_over_before(Instant::now()));
}

#[test]
fn locks_of_one_thread_may_be_let_go_of_in_any_order() {
    let (a, b) = (Mutex::new(1), Mutex::new(Cell::new(2)));
    let (first, second) = (a.lock(), b.lock());
    assert!(Arc::new(&a).try_lock().is_none());
    assert_eq!(own(), 1);
    drop(first);
    second.set(3);
    assert_eq!(own(), 1);
    drop(second);
    assert_eq!(own(), 0);
    assert_eq!(*a.try_lock().unwrap(), 1);
    assert_eq!(own(), 0);
}

/// An executor that parks its thread is woken by the same token, and perhaps while it polls what
/// waits here.
#[test]
fn a_wake_that_was_the_host_s_is_left_to_it() {
    const LONG: Duration = Duration::from_secs(10);
    let turns = Turns::new();
    let turn = turns.take();
    thread::current().unpark();
    assert!(!turns.is_over_before(Instant::now() + Duration::from_millis(5)));
    let parked = Instant::now();
    thread::park_timeout(LONG);
    assert!(parked.elapsed() < LONG);
    drop(turn);
}

#[test]
fn a_fork_that_does_not_end_is_not_waited_for_without_end() {
    let gate = Gate::new(AtomicUsize::new(0));
    gate.close(0, || false);
    // As a handler of the host's would keep it closed: another thread's lock, and another fork.
    gate.enter();
    gate.leave();
    gate.close(0, || true);
    gate.open();
    gate.enter();
}
