//! Writing under `ulimit -f` without SIGXFSZ.
//!
//! A write beyond the limit raises SIGXFSZ, which ends the process unless it handles the signal. A library must neither
//! change signal handlers nor end its host. So the signal is blocked on this thread during one write, and consumed if
//! the write raised it.
#![expect(unsafe_code, reason = "the standard library has no signal masks")]

use std::mem::MaybeUninit;
use std::ptr::null_mut;

use super::SizeLimit;

/// Returns the limit of this process.
pub(crate) fn size_limit() -> SizeLimit {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: the pointer has room for a limit, which is initialised if the call returns 0.
    let current = unsafe {
        if libc::getrlimit(libc::RLIMIT_FSIZE, limit.as_mut_ptr()) != 0 {
            return SizeLimit::Unknown;
        }
        limit.assume_init().rlim_cur
    };
    if current == libc::RLIM_INFINITY {
        SizeLimit::None
    } else {
        SizeLimit::Bytes(current)
    }
}

/// Calls `write` with SIGXFSZ blocked, so that a write beyond `ulimit -f` is only an error.
///
/// On systems that send the signal to the process and not to the thread, such as macOS, another thread may still receive
/// it. Therefore the caller checks the limit first.
pub(crate) fn without_size_signal<T>(write: impl FnOnce() -> T) -> T {
    let signal = only_size_signal();
    let mut before = MaybeUninit::uninit();
    // SAFETY: `signal` is an initialised set, `before` has room for one and is initialised by a call
    // that returns 0. Only this thread's mask changes.
    if unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const signal, before.as_mut_ptr()) }
        != 0
    {
        return write();
    }
    let was_pending = is_pending();
    let result = write();
    if !was_pending && is_pending() {
        let mut taken = 0;
        // SAFETY: both point to live values; the signal is blocked and pending, so this does not wait.
        unsafe { libc::sigwait(&raw const signal, &raw mut taken) };
    }
    // SAFETY: `before` was initialised by the first call.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
    result
}

fn only_size_signal() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the set, `sigaddset` changes an initialised one.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: the set has room and is initialised if the call returns 0.
    unsafe {
        libc::sigpending(pending.as_mut_ptr()) == 0
            && libc::sigismember(pending.as_ptr(), libc::SIGXFSZ) == 1
    }
}
