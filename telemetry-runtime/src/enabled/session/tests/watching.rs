//! Watches, on threads and in futures.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use super::*;

/// A timeout that is longer than a test takes on a loaded machine.
const LONG: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_watch_reports_each_change_once() {
    log();
    let session = Session::detached();
    let mut watch = session.watch();
    assert!(!watch.has_changed() && !watch.wait(Duration::ZERO));
    write(&session, "1", |_| {});
    write(&session, "2", |_| {});
    assert!(watch.has_changed() && watch.wait(LONG));
    assert!(!watch.has_changed() && !watch.wait(Duration::ZERO));
    // The request is already counted, so that its repetition is not a change.
    write(&session, "2", |_| {});
    assert!(!watch.has_changed());
    write(&session, "3", |_| {});
    assert_eq!(watch.snapshot().totals.requests, 3);
    assert!(!watch.has_changed());
    // A new watch has not seen a change.
    assert!(!session.watch().has_changed());
}

#[test]
fn a_future_is_woken_once_and_not_before() {
    log();
    let session = Session::detached();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let woken = || count.0.load(Ordering::SeqCst);
    let mut watch = session.watch();
    {
        let mut changed = pin!(watch.changed());
        assert!(changed.as_mut().poll(&mut cx).is_pending());
        assert!(changed.as_mut().poll(&mut cx).is_pending());
        assert_eq!(woken(), 0);
        write(&session, "1", |_| {});
        write(&session, "2", |_| {});
        assert_eq!(woken(), 1);
        assert!(changed.as_mut().poll(&mut cx).is_ready());
    }
    // The watch is dropped while it waits, and its waker is removed.
    assert!(watch.poll_changed(&mut cx).is_pending());
    drop(watch);
    write(&session, "3", |_| {});
    assert_eq!(woken(), 1);
}

#[test]
fn a_parent_changes_with_its_child() {
    log();
    let parent = Session::detached();
    let child = parent.child();
    let watch = parent.watch();
    write(&child, "1", |_| {});
    assert!(watch.has_changed());
}

#[test]
fn a_panic_of_a_waker_is_caught() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Self>) {
            panic!("a waker's own panic");
        }
    }
    log();
    let session = Session::detached();
    let mut watch = session.watch();
    let waker = Waker::from(Arc::new(Bad));
    assert!(
        watch
            .poll_changed(&mut Context::from_waker(&waker))
            .is_pending()
    );
    write(&session, "1", |_| {});
    assert_eq!(records_of(&session).len(), 1);
}

#[test]
fn concurrent_threads_miss_no_change() {
    log();
    let session = Session::detached();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            let (mut watch, tell) = (session.watch(), tell.clone());
            scope.spawn(move || {
                // If a change were missed, this would wait for another one, which never happens.
                while watch.snapshot().totals.requests < 200 {
                    assert!(watch.wait(LONG));
                }
                tell.send(()).unwrap();
            });
        }
        for id in 0..200 {
            write(&session, &id.to_string(), |_| {});
        }
    });
    assert_eq!(told.try_iter().count(), 4);
}
