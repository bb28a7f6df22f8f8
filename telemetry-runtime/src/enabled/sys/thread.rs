//! The runtime's own threads.
//!
//! Each thread that `std::thread` starts takes a lock inside of the standard library when it starts and when it ends, for
//! the message about a stack overflow. A child that is forked at such a moment finds that lock held for ever: the
//! threads that it starts never run, and `process::exit` does not return. A thread started here does not take the lock.
#![expect(
    unsafe_code,
    reason = "the standard library starts no thread without its handler of stack overflows"
)]

use std::ffi::{CStr, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use crate::enabled::reentry;

/// Bytes of a stack, as in the standard library.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// The signals that report a crash, which no thread may block.
const CRASHES: [libc::c_int; 6] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGSYS,
];

/// A thread that can be joined. Dropping it detaches the thread.
#[derive(Debug)]
pub(crate) struct JoinHandle(libc::pthread_t);

// SAFETY: a `pthread_t` identifies the thread in the whole process, and any thread may join or detach it.
unsafe impl Send for JoinHandle {}
// SAFETY: as above; nothing is done by a shared reference but comparing it.
unsafe impl Sync for JoinHandle {}

type Body = Box<dyn FnOnce() + Send>;

struct Start {
    name: &'static CStr,
    body: Body,
}

/// Starts a thread, on which all signals are blocked but those that report crashes, and which makes no records. A panic of `body` ends the thread.
///
/// # Errors
///
/// If the system has no resources for a thread.
pub(crate) fn spawn(
    name: &'static CStr,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle> {
    let start = Box::into_raw(Box::new(Start {
        name,
        body: Box::new(body),
    }));
    let created = with_signals_blocked(|| create(start));
    if created.is_err() {
        // SAFETY: no thread was started, so the pointer is still the only one to the box.
        drop(unsafe { Box::from_raw(start) });
    }
    created
}

fn create(start: *mut Start) -> io::Result<JoinHandle> {
    let mut attributes = MaybeUninit::uninit();
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the attributes are initialised by the first call and destroyed by the last one. `run` takes ownership of
    // `start`, which is a box of its type, and is the only one to use it if the thread was started.
    unsafe {
        check(libc::pthread_attr_init(attributes.as_mut_ptr()))?;
        // Fails if the system requires larger stacks; then the size stays the system's.
        let _ = libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK_SIZE);
        let created =
            libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), run, start.cast());
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        check(created)?;
        Ok(JoinHandle(thread.assume_init()))
    }
}

fn check(error: libc::c_int) -> io::Result<()> {
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

extern "C" fn run(start: *mut c_void) -> *mut c_void {
    // SAFETY: `create` passes a box of this type and gives it up.
    let Start { name, body } = *unsafe { Box::from_raw(start.cast::<Start>()) };
    set_name(name);
    let _inside = reentry::enter();
    let _ = catch_unwind(AssertUnwindSafe(body));
    null_mut()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_name(name: &CStr) {
    // SAFETY: the name is a C string of at most 15 bytes; a longer one is refused.
    let _ = unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
}

#[cfg(target_vendor = "apple")]
fn set_name(name: &CStr) {
    // SAFETY: the name is a C string; one that is too long is refused.
    let _ = unsafe { libc::pthread_setname_np(name.as_ptr()) };
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn set_name(_name: &CStr) {}

/// Runs `work` with all signals blocked but those that report crashes; a thread that it starts inherits that.
fn with_signals_blocked<T>(work: impl FnOnce() -> T) -> T {
    let mut blocked = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: `sigfillset` initialises the set, and `sigdelset` changes an initialised one. `before` is initialised if
    // the call returns 0.
    let is_blocked = unsafe {
        libc::sigfillset(blocked.as_mut_ptr());
        for signal in CRASHES {
            libc::sigdelset(blocked.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, blocked.as_ptr(), before.as_mut_ptr()) == 0
    };
    let result = work();
    if is_blocked {
        // SAFETY: `before` was initialised by the call above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
    }
    result
}

impl JoinHandle {
    /// Waits for the end of the thread. Returns at once if it is the calling thread.
    pub(crate) fn join(self) {
        let thread = self.0;
        std::mem::forget(self);
        // SAFETY: the thread was neither joined nor detached before, because either takes the handle.
        unsafe {
            if libc::pthread_equal(thread, libc::pthread_self()) == 0 {
                libc::pthread_join(thread, null_mut());
            } else {
                libc::pthread_detach(thread);
            }
        }
    }
}

impl Drop for JoinHandle {
    fn drop(&mut self) {
        // SAFETY: the thread was neither joined nor detached before, because either takes the handle.
        unsafe { libc::pthread_detach(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::null;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_runs_and_is_joined() {
        let (sender, receiver) = mpsc::channel();
        let thread = spawn(c"telemetry-test", move || sender.send(7).unwrap()).unwrap();
        thread.join();
        assert_eq!(receiver.try_recv(), Ok(7));
    }

    #[test]
    fn a_panic_ends_the_thread_alone() {
        spawn(c"telemetry-test", || panic!("as asked"))
            .unwrap()
            .join();
    }

    #[test]
    fn a_thread_blocks_all_signals_but_those_of_crashes() {
        let (sender, receiver) = mpsc::channel();
        let thread = spawn(c"telemetry-test", move || {
            let mut mask = MaybeUninit::uninit();
            let mut is_blocked = |signal| {
                // SAFETY: the set is initialised by the first call.
                unsafe {
                    libc::pthread_sigmask(libc::SIG_BLOCK, null(), mask.as_mut_ptr());
                    libc::sigismember(mask.as_ptr(), signal) == 1
                }
            };
            let signals = [libc::SIGINT, libc::SIGTERM, libc::SIGUSR1, libc::SIGSEGV];
            sender.send(signals.map(&mut is_blocked)).unwrap();
        });
        thread.unwrap().join();
        assert_eq!(receiver.recv(), Ok([true, true, true, false]));
    }
}
