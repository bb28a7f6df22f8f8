use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::inherited::Versions;
use super::per_process::Generations;
use super::*;

#[test]
fn the_first_process_id_does_not_raise_the_generation() {
    assert_eq!(next(0, 7), 7);
    assert_eq!(next(7, 8), 1 << ID_BITS | 8);
    assert_eq!(next(1 << ID_BITS | 8, 9), 2 << ID_BITS | 9);
}

#[test]
fn a_fork_is_not_detected_where_there_was_none() {
    detect_fork();
    let before = generation();
    detect_fork();
    assert_eq!(generation(), before);
}

#[test]
fn a_value_is_made_once_and_shared_by_threads() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static COUNT: PerProcess<Mutex<u64>> = PerProcess::new(|| {
        MADE.fetch_add(1, Ordering::Relaxed);
        Mutex::new(0)
    });
    COUNT.get();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| *lock(COUNT.get()) += 1));
        }
    });
    assert_eq!(*lock(COUNT.get()), 400);
    assert_eq!(MADE.load(Ordering::Relaxed), 1);
}

#[test]
fn each_generation_has_a_value_of_its_own() {
    // A static keeps the values of other generations reachable, so that the leak sanitizer does not report them.
    static VALUES: Generations<Vec<u64>> = Generations::new();
    let made = |generation| {
        *VALUES
            .get_or_make(generation, |last: Option<&Vec<u64>>| {
                let mut generations = last.cloned().unwrap_or_default();
                generations.push(generation);
                generations
            })
            .last()
            .unwrap()
    };
    assert_eq!(
        [made(1), made(1), made(4), made(6), made(6)],
        [1, 1, 4, 6, 6]
    );
    let all = VALUES.get_or_make(6, |_| unreachable!("made before"));
    assert_eq!(*all, [1, 4, 6]);
    // A thread that has not yet seen the last generation.
    assert_eq!(made(5), 6);
}

#[test]
fn a_lock_that_the_parent_held_is_free_in_the_child() {
    let locks: Generations<Mutex<()>> = Generations::new();
    let parent = locks.get_or_make(0, |_| Mutex::new(()));
    let held = lock(parent);
    let child = locks.get_or_make(1, |_| Mutex::new(()));
    assert!(parent.try_lock().is_err());
    assert!(child.try_lock().is_ok());
    drop(held);
}

#[test]
fn values_of_this_process_are_dropped_and_those_of_others_are_leaked() {
    let dropped = Arc::new(());
    let values = Generations::new();
    values.get_or_make(generation(), |_| Arc::clone(&dropped));
    values.get_or_make(generation() + 1, |_| Arc::clone(&dropped));
    assert_eq!(Arc::strong_count(&dropped), 3);
    drop(values);
    assert_eq!(Arc::strong_count(&dropped), 2);
    // The value is freed, so that the leak sanitizer does not report it.
    #[expect(unsafe_code, reason = "the test frees what the cell leaks")]
    // SAFETY: the count of the value that was leaked above.
    unsafe {
        Arc::decrement_strong_count(Arc::as_ptr(&dropped));
    }
}

#[test]
fn an_inherited_value_is_replaced_and_its_predecessor_dropped() {
    static CELL: Inherited<u64> = Inherited::new();
    assert_eq!(CELL.load(), None);
    let first = Arc::new(1);
    CELL.replace(Some(Arc::clone(&first)));
    assert_eq!(CELL.load(), Some(Arc::clone(&first)));
    CELL.replace(Some(Arc::new(2)));
    assert_eq!(CELL.load().as_deref(), Some(&2));
    assert_eq!(Arc::strong_count(&first), 1);
    CELL.replace(None);
    assert_eq!(CELL.load(), None);
}

#[test]
fn an_inherited_value_is_readable_while_threads_replace_it() {
    static CELL: Inherited<u64> = Inherited::new();
    CELL.replace(Some(Arc::new(0)));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (1..=5_000).for_each(|n| CELL.replace(Some(Arc::new(n)))));
        }
        scope.spawn(|| {
            for _ in 0..5_000 {
                assert!(CELL.load().is_some(), "an empty version was read");
            }
        });
    });
    assert_eq!(CELL.load().as_deref(), Some(&5_000));
}

/// A child finds the parent's locks as they were at the fork, so it must not need any of them.
#[test]
fn an_inherited_value_is_found_whatever_the_parent_s_threads_were_doing() {
    let parent = Versions::new(Some(Arc::new(7)));
    let inherit = || Versions::of_parent(Some(&parent)).load();
    {
        let _replacing = lock(&parent.replacing);
        assert_eq!(inherit().as_deref(), Some(&7));
        // About to become the next version.
        let _next = parent.slots[1].write().unwrap();
        assert_eq!(inherit().as_deref(), Some(&7));
        let _read = parent.slots[0].read().unwrap();
        assert_eq!(inherit().as_deref(), Some(&7));
    }
    parent.replace(Some(Arc::new(8)));
    let _previous = parent.slots[0].write().unwrap();
    assert_eq!(inherit().as_deref(), Some(&8));
}

#[test]
fn a_lock_that_stays_held_is_given_up_at_the_deadline() {
    let mutex = Mutex::new(());
    let held = lock(&mutex);
    assert!(lock_before(&mutex, Instant::now() + Duration::from_millis(5)).is_none());
    drop(held);
    assert!(lock_before(&mutex, Instant::now()).is_some());
}
