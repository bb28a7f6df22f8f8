//! A fork while other threads are in the middle of something: the child has their locks as they were
//! at that moment, and nobody to let go of them.
//!
//! So no fork happens while a lock of this module is held: who forks waits for those who hold one, and
//! who wants one waits for the fork. All locks of the runtime are of this module, except those of a
//! writer, which a child replaces by one of its own. Nothing waits for a disk while it holds one, or a
//! fork would: what may take long has a turn ([`Turns`]), which is nobody's in a child.

mod gate;
mod lock;
mod parking;
mod sync;
mod turns;

pub(crate) use lock::{Guard, Mutex};
pub(crate) use parking::Parking;
pub(crate) use turns::Turns;

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{callsite, process, sys, writer};
use gate::Gate;

static GATE: Gate = Gate::new(AtomicUsize::new(0));

/// For how long a fork is held up at most: a host whose threads do not run, as under a debugger, gets
/// a child that may miss one of these locks, rather than none.
const LONGEST_HOLD_UP: Duration = Duration::from_secs(2);

/// Forks between the process that began and this one.
static FORKS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// How often this thread holds off forks. Without a destructor: there as long as the thread is.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Makes forks of this process safe from now on.
pub(crate) fn prepare() {
    sys::around_fork(before, in_parent, in_child);
}

/// Another number in each process that was forked from this one.
pub(crate) fn process() -> u64 {
    FORKS.load(Ordering::Relaxed)
}

/// While this lives no thread forks.
#[derive(Debug)]
pub(crate) struct HoldOff {
    /// Belongs to the thread that took it.
    on_this_thread: PhantomData<*const ()>,
}

/// Holds off forks: for what is locked by code that is not ours.
pub(crate) fn hold_off() -> HoldOff {
    HELD.with(|held| {
        if held.get() == 0 {
            GATE.enter();
        }
        held.set(held.get() + 1);
    });
    HoldOff {
        on_this_thread: PhantomData,
    }
}

impl Drop for HoldOff {
    fn drop(&mut self) {
        HELD.with(|held| {
            held.set(held.get() - 1);
            if held.get() == 0 {
                GATE.leave();
            }
        });
    }
}

/// Where the host forks while this thread holds one of its locks, that one is the child's as well.
fn own() -> usize {
    usize::from(HELD.get() > 0)
}

fn before() {
    let deadline = Instant::now() + LONGEST_HOLD_UP;
    GATE.close(own(), || Instant::now() >= deadline);
}

fn in_parent() {
    GATE.open();
}

fn in_child() {
    process::detect_fork();
    FORKS.fetch_add(1, Ordering::Relaxed);
    writer::outdate();
    GATE.open_in_child(own());
    callsite::forget_left_out();
}

#[cfg(test)]
mod tests;
