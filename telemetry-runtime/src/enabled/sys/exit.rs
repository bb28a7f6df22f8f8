//! The two calls that need `unsafe`: Rust has no safe way to run code in `process::exit`, or in the
//! child of a fork.
#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::sync::OnceLock;

static WORK: OnceLock<fn()> = OnceLock::new();
static FORK: OnceLock<ForkHooks> = OnceLock::new();

/// Runs `work` when the process exits: by returning from `main`, by `process::exit`, by `exit(3)`.
/// Only the first call of a process has an effect.
pub(crate) fn at_exit(work: fn()) {
    if WORK.set(work).is_ok() {
        // SAFETY: `atexit` may be called at any time and from any thread; `run` has the required
        // signature, lives as long as the program, and does not unwind. Where the list of handlers
        // is full it answers non-zero and nothing is registered.
        let _ = unsafe { libc::atexit(run) };
    }
}

/// Runs `before` ahead of every fork of this process, `in_parent` and `in_child` after it, on the
/// thread that forks. What runs in the child may wait for nothing that another thread of the parent
/// was in the middle of, memory included.
/// Only the first call of a process has an effect.
pub(crate) fn around_fork(before: fn(), in_parent: fn(), in_child: fn()) {
    let hooks = ForkHooks {
        before,
        in_parent,
        in_child,
    };
    if FORK.set(hooks).is_ok() {
        // SAFETY: `pthread_atfork` may be called at any time; the three functions have the required
        // signature, live as long as the program and do not unwind, and the last one is
        // async-signal-safe as far as `in_child` is. Where memory is short it answers non-zero and
        // nothing is registered.
        let _ = unsafe {
            libc::pthread_atfork(Some(before_fork), Some(fork_in_parent), Some(fork_in_child))
        };
    }
}

struct ForkHooks {
    before: fn(),
    in_parent: fn(),
    in_child: fn(),
}

extern "C" fn before_fork() {
    if let Some(hooks) = FORK.get() {
        let _ = catch_unwind(hooks.before);
    }
}

extern "C" fn fork_in_parent() {
    if let Some(hooks) = FORK.get() {
        let _ = catch_unwind(hooks.in_parent);
    }
}

extern "C" fn fork_in_child() {
    if let Some(hooks) = FORK.get() {
        let _ = catch_unwind(hooks.in_child);
    }
}

extern "C" fn run() {
    if let Some(work) = WORK.get() {
        let _ = catch_unwind(work);
    }
}
