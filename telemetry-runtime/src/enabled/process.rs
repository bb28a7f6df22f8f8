//! State of one process, and its handling over a fork.
//!
//! A forked child has a copy of its parent's memory, but of all threads only the one that called `fork`. A
//! lock that another thread held at that moment stays locked in the child for ever. Therefore:
//!
//! * All mutable state behind a lock is in a [`PerProcess`] value. A child makes a value of its own on first use.
//! * A value that a child keeps (the configuration, the bound session) is in an [`Inherited`] cell, which is read
//!   without waiting.
//! * Statics that are computed once are in a `once_cell::race` cell: a second thread computes the value again
//!   instead of waiting for the first one.
//!
//! The number of the process in its line of forks is the [`generation`]. A fork handler raises it. After a raw `clone`, for
//! which handlers do not run, [`detect_fork`] detects the fork by the process id.

mod inherited;
mod lock;
mod per_process;

pub(crate) use inherited::Inherited;
pub(crate) use lock::{lock, lock_before};
pub(crate) use per_process::PerProcess;

use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceBox;

use super::sys;

/// The generation in the upper half and the process id in the lower one, so that both change at once. The
/// id is 0 until it is first read.
static GENERATION_AND_ID: AtomicU64 = AtomicU64::new(0);

const ID_BITS: u32 = 32;
const ID: u64 = (1 << ID_BITS) - 1;

/// Returns the generation of this process: another number in each process that was forked from this one.
///
/// Costs one load.
#[inline]
pub(crate) fn generation() -> u64 {
    GENERATION_AND_ID.load(Ordering::Acquire) >> ID_BITS
}

/// The functions of modules above this one that run at a fork.
pub(crate) struct ForkHooks {
    /// Runs on the thread that is about to fork. Must be bounded in time.
    pub(crate) before: fn(),
    /// Runs in the child. Must be async-signal-safe.
    pub(crate) in_child: fn(),
}

static HOOKS: OnceBox<ForkHooks> = OnceBox::new();

/// Registers the fork handlers. Only the first call of a process has an effect.
pub(crate) fn watch_forks(hooks: ForkHooks) {
    if HOOKS.set(Box::new(hooks)).is_ok() {
        detect_fork();
        sys::at_fork(before_fork, in_child);
    }
}

fn before_fork() {
    if let Some(hooks) = HOOKS.get() {
        (hooks.before)();
    }
}

fn in_child() {
    let word = GENERATION_AND_ID.load(Ordering::Acquire);
    // Also where the id is the parent's, as it may be in a new namespace of process ids.
    GENERATION_AND_ID.store(next(word, std::process::id().into()), Ordering::Release);
    sys::close_in_child();
    enter_child();
}

fn enter_child() {
    if let Some(hooks) = HOOKS.get() {
        (hooks.in_child)();
    }
}

/// Raises the generation if the process id has changed since it was last read, which happens after a fork that ran no
/// handlers. Until then the child's records go where the parent's go.
///
/// Costs a system call. To be called before each operation that may wait: when a thread connects to the writer,
/// when a line is appended, when the lock of a session is taken.
pub(crate) fn detect_fork() {
    let id = u64::from(std::process::id());
    let before = GENERATION_AND_ID.fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
        (word & ID != id).then(|| next(word, id))
    });
    if before.is_ok_and(|word| word & ID != 0) {
        enter_child();
    }
}

/// Returns the word of a process with this id that was forked from one with that word.
const fn next(word: u64, id: u64) -> u64 {
    let generation = (word >> ID_BITS) + (word & ID != 0) as u64;
    generation << ID_BITS | id
}

#[cfg(test)]
mod tests;
