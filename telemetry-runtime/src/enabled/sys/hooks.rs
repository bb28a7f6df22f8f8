//! Functions that the C library calls when the process exits or forks.
#![expect(
    unsafe_code,
    reason = "Rust has no safe way to run code in `process::exit` or in a forked child"
)]

use std::panic::catch_unwind;

use once_cell::race::OnceBox;

static AT_EXIT: OnceBox<fn()> = OnceBox::new();
static AT_FORK: OnceBox<ForkHandlers> = OnceBox::new();

struct ForkHandlers {
    before: fn(),
    in_child: fn(),
}

/// Runs `work` when the process exits: by returning from `main`, by `process::exit`, by `exit(3)`.
///
/// Only the first call of a process has an effect.
pub(crate) fn at_exit(work: fn()) {
    if AT_EXIT.set(Box::new(work)).is_ok() {
        // SAFETY: `atexit` may be called at any time and from any thread; `exit` has the required
        // signature, lives as long as the program, and does not unwind. If the list of handlers is full,
        // `atexit` returns non-zero and registers nothing.
        let _ = unsafe { libc::atexit(exit) };
    }
}

/// Runs `before` ahead of every fork of this process, and `in_child` after it, on the thread that forks.
///
/// `in_child` must be async-signal-safe: it must neither allocate nor take a lock. Only the first call of a
/// process has an effect.
pub(crate) fn at_fork(before: fn(), in_child: fn()) {
    if AT_FORK
        .set(Box::new(ForkHandlers { before, in_child }))
        .is_ok()
    {
        // SAFETY: `pthread_atfork` may be called at any time; both functions have the required signature,
        // live as long as the program and do not unwind, and the second one is async-signal-safe as far as
        // `in_child` is. If memory is short, it returns non-zero and registers nothing.
        let _ = unsafe { libc::pthread_atfork(Some(before_fork), None, Some(fork_in_child)) };
    }
}

extern "C" fn before_fork() {
    if let Some(hooks) = AT_FORK.get() {
        let _ = catch_unwind(hooks.before);
    }
}

extern "C" fn fork_in_child() {
    if let Some(hooks) = AT_FORK.get() {
        let _ = catch_unwind(hooks.in_child);
    }
}

extern "C" fn exit() {
    if let Some(work) = AT_EXIT.get() {
        let _ = catch_unwind(work);
    }
}
