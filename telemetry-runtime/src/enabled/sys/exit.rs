//! The two calls that need `unsafe`: Rust has no safe way to run code in `process::exit`, or in the
//! child of a fork.
#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::sync::OnceLock;

static WORK: OnceLock<fn()> = OnceLock::new();
static IN_CHILD: OnceLock<fn()> = OnceLock::new();

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

/// Runs `work` in every child of a fork, before the fork returns there. It may take no lock and
/// allocate nothing: another thread of the parent may have been in the middle of either.
/// Only the first call of a process has an effect.
pub(crate) fn in_forked_child(work: fn()) {
    if IN_CHILD.set(work).is_ok() {
        // SAFETY: `pthread_atfork` may be called at any time; `run_in_child` has the required
        // signature, lives as long as the program, does not unwind, and is async-signal-safe as
        // far as `work` is. Where memory is short it answers non-zero and nothing is registered.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(run_in_child)) };
    }
}

extern "C" fn run_in_child() {
    if let Some(work) = IN_CHILD.get() {
        work();
    }
}

extern "C" fn run() {
    if let Some(work) = WORK.get() {
        let _ = catch_unwind(work);
    }
}
