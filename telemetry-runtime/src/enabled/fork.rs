//! A fork while other threads are in the middle of something: the child has their locks as they were
//! at that moment, and nobody to let go of them. So the forking thread takes every lock that a child
//! needs before the fork, and both sides let go of them after it.
//!
//! The locks of the parent's writer are not among them: a child gets a writer of its own.

use std::cell::RefCell;

use super::{callsite, session, stats, sys, writer};

/// What is held over a fork, in the order in which it may be locked.
type Held = (
    writer::HeldCurrent,
    session::HeldSessions,
    callsite::HeldRegistry,
    stats::HeldError,
);

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// Makes forks of this process safe from now on.
pub(crate) fn prepare() {
    sys::around_fork(hold, let_go, in_child);
}

fn hold() {
    let held = (
        writer::hold(),
        session::hold(),
        callsite::hold(),
        stats::hold(),
    );
    // Of a thread that is ending nothing can be kept: its fork is as safe as it was.
    let _ = HELD.try_with(|place| {
        if let Ok(mut place) = place.try_borrow_mut() {
            *place = Some(held);
        }
    });
}

fn let_go() {
    let held = HELD.try_with(|place| {
        place
            .try_borrow_mut()
            .ok()
            .and_then(|mut place| place.take())
    });
    drop(held);
}

fn in_child() {
    writer::outdate();
    let_go();
}
