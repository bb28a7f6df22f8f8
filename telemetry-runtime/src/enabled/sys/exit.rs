//! The one call that needs `unsafe`: Rust has no safe way to run code in `process::exit`.
#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::sync::OnceLock;

static WORK: OnceLock<fn()> = OnceLock::new();

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

extern "C" fn run() {
    if let Some(work) = WORK.get() {
        let _ = catch_unwind(work);
    }
}
