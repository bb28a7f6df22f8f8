//! The session that is current on a thread, in a future and in the process.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;

#[test]
fn the_innermost_scope_is_current_and_scopes_end_in_any_order() {
    let (a, b) = (Session::detached(), Session::detached());
    let current = || Session::current().map(|session| session.id());
    let in_a = a.enter();
    assert_eq!(current(), Some(a.id()));
    let in_b = b.enter();
    let again_in_a = a.enter();
    assert_eq!(current_id(), Some(a.id()));
    drop(in_a);
    drop(again_in_a);
    assert_eq!((current(), current_id()), (Some(b.id()), Some(b.id())));
    drop(in_b);
    assert_ne!(current_id(), Some(b.id()));
}

#[test]
fn a_future_has_its_session_in_each_poll_and_in_its_drop() {
    struct AtDrop<'a>(&'a mut Option<SessionId>);
    impl Drop for AtDrop<'_> {
        fn drop(&mut self) {
            *self.0 = current_id();
        }
    }
    let (outer, inner) = (Session::detached(), Session::detached());
    let mut at_drop = None;
    let mut polls = Vec::new();
    {
        let _in_outer = outer.enter();
        let body = async {
            let _at_drop = AtDrop(&mut at_drop);
            loop {
                polls.push(current_id());
                let mut waited = false;
                std::future::poll_fn(|_| {
                    if std::mem::replace(&mut waited, true) {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
            }
        };
        let mut future = pin!(inner.in_scope(body));
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            let _: Poll<()> = future.as_mut().poll(&mut cx);
            assert_eq!(current_id(), Some(outer.id()));
        }
    }
    assert_eq!(polls, vec![Some(inner.id()); 3]);
    assert_eq!(at_drop, Some(inner.id()));
}

#[test]
fn the_process_has_one_session_on_every_thread_until_it_is_replaced() {
    // The only test that binds a session to the process.
    log();
    let (tell, told) = std::sync::mpsc::channel();
    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let other = thread::spawn(move || {
        while asked.recv().is_ok() {
            tell.send((current_id(), Session::current().map(|session| session.id())))
                .unwrap();
        }
    });
    let elsewhere = || {
        ask.send(()).unwrap();
        told.recv().unwrap()
    };
    assert_eq!(elsewhere(), (None, None));
    let started = Session::current_or_start();
    assert_eq!(elsewhere(), (Some(started.id()), Some(started.id())));
    assert_eq!(Session::current_or_start().id(), started.id());
    let next = Session::start();
    assert_eq!(elsewhere(), (Some(next.id()), Some(next.id())));
    {
        let _inside = started.enter();
        assert_eq!(current_id(), Some(started.id()));
    }
    assert_eq!(current_id(), Some(next.id()));
    write(&started, "r", |_| {});
    let id = unload(started);
    let resumed = Session::resume(id).unwrap();
    assert_eq!(elsewhere(), (Some(id), Some(id)));
    assert_eq!(resumed.snapshot().totals.requests, 1);
    drop(ask);
    other.join().unwrap();
}

#[test]
fn the_current_session_can_be_read_while_a_thread_ends() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let session = Session::detached();
            let _entered = session.enter();
            let _ = (current_id(), Session::current());
        }
    }
    thread_local!(static AT_END: AtEnd = const { AtEnd });
    thread::spawn(|| {
        AT_END.with(|_| {});
        let _entered = Session::detached().enter();
    })
    .join()
    .unwrap();
}
